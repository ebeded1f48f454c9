"""Is the database healthy? Backups, health checks, repair."""
