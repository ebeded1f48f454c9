"""What do people do in Telegram? A module a feature."""
