"""The subcommands of `taxnews` that stand apart from asking, a module a topic."""
