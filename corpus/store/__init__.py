"""What is in the database? The SQLite tables of posts, and the only SQL over them."""
