"""The SQLite database of posts."""
