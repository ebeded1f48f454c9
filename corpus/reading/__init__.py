"""One file or item → `Post`."""
