"""What people do in Telegram, a module a feature."""
