"""May this person ask, and is the message for the bot?"""
