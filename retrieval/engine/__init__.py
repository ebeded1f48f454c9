"""An opened database: its index kept up to date, its answers, its news."""
