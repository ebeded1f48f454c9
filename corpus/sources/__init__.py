"""Where posts come from: folders, git checkouts, feeds, JSON Lines → readings."""
