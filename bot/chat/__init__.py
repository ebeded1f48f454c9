"""Who may ask, whether a message is for the bot, and in which language it answers."""
