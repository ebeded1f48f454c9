"""Which candidate is best, and how sure is it? Candidates → hits."""
