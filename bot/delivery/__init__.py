"""How is no question lost and no answer sent twice? Updates in, messages out."""
