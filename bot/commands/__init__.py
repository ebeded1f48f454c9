"""Commands of `taxnews` beside asking: each module one topic, joined in `bot.cli`."""
