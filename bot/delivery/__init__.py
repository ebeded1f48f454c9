"""Nothing lost, nothing sent twice: updates in, messages out."""
