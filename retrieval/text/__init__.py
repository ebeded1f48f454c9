"""Text → terms."""
