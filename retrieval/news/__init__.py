"""A new post → who waits for it; what is important; what is written about."""
