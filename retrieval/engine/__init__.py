"""How is a database opened for questions? Its index kept up to date, its answers, its news."""
