"""What is remembered of chats, in tables of the bot's own."""
