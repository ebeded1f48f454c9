"""Candidates → hits."""
