"""What the bot says in each kind of chat, for the docs: as text and as a picture."""
