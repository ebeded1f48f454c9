"""What is remembered of chats? The bot's own tables, and the only SQL over them."""
