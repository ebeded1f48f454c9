"""What the bot says in each kind of chat, for the README: as text and as a picture."""
