"""Who waits for this post? Saved queries, importance, trends."""
