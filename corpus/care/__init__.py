"""Keeping a database healthy: backups, health checks, repair."""
