"""What does one file or item say? Text → `Post`."""
