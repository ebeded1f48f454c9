"""How does the store keep up with its sources?"""
