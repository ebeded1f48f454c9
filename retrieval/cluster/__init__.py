"""The corpus on an OpenSearch cluster. Nothing of it is loaded unless one is set."""
