"""Which paragraph answers this question? Terms, index, ranking, answers."""
