"""An answer → what a person or a machine reads: terminal text, JSON, Telegram's HTML."""
