"""What is the answer, if there is one? Hits → `Answer`."""
