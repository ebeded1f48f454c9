"""Where do posts come from? Folders, git checkouts, feeds, JSON Lines → readings."""
