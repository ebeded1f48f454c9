"""Completion in shells, beyond what click does."""

from click.shell_completion import FishComplete, add_completion_class


class Fish(FishComplete):
    """Completion in fish: what is said of a word is not cut at its first comma."""

    source_template = FishComplete.source_template.replace(
        'string split ","', 'string split --max 1 ","'
    )


def set_up() -> None:
    """Has completion done so."""
    add_completion_class(Fish)
