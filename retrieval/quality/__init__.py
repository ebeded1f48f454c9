"""Judged questions → figures."""
