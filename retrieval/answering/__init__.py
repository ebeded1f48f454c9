"""Hits → `Answer`."""
