"""What is asked? The words of a question → a `ParsedQuestion`."""
