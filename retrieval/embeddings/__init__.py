"""What does a text mean, as a vector? Only where the operator wants it: BM25 needs none of this."""
