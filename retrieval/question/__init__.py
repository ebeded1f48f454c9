"""The words of a question → what is asked."""
