"""A group of commands of which only the one that is run gets imported."""

import gc
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

import click


class LazyGroup(click.Group):
    """Has each command in a module of `package` with the command's name.

    `summaries` says of each command what --help says of it.
    """

    def __init__(self, *, package: str, summaries: Mapping[str, str], **others: Any) -> None:
        super().__init__(**others)
        self.package = package
        self.summaries = summaries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        return sorted(self.summaries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, imported; None where there is none."""
        if cmd_name not in self.summaries:
            return None
        command: click.Command = getattr(_loaded(f"{self.package}.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.summaries.items()))


def _loaded(module: str) -> ModuleType:
    """A module, imported and set apart from what may become garbage: to walk that again and again
    would be a third of the time until a question is answered."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
