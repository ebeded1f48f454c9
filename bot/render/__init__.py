"""An `Answer` as people read it: text for a terminal, HTML for Telegram, JSON for machines."""
