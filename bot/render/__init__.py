"""What does a person see? An answer → HTML and buttons for Telegram, and charts."""
