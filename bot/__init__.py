"""How do people ask? The command line, Telegram, and what they are shown."""
