"""How is it asked on the command line? A module a command."""
