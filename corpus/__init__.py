"""What do we know? Posts, where they come from, and the database that keeps them."""
