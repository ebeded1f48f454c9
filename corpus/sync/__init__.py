"""Files and sources into the store, and keeping it up to date."""
