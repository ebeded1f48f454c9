"""A group of commands of which only the one that is run gets imported."""

import gc
from collections.abc import Mapping
from difflib import get_close_matches
from gettext import gettext as _
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

import click

from bot.cli.help import HelpContext, help_text, prepared

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class UnknownCommand(click.UsageError):
    """A command that there is not."""


class LazyGroup(click.Group):
    """Has each command in a module of `package` with the command's name.

    `summaries` says of each command what --help says of it.
    """

    context_class = HelpContext

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
        return prepared(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """click's way; of a name that is none, those that are like it, in click of any version."""
        name = args[0]
        if name in self.summaries or name.startswith("-") or ctx.resilient_parsing:
            return super().resolve_command(ctx, args)
        raise UnknownCommand(self._unknown(name), ctx)

    def _unknown(self, name: str) -> str:
        said: str = _("No such command {name!r}.").format(name=name)
        near = get_close_matches(name.lower(), self.summaries)
        meant = _("Did you mean {names}?").format(names=", ".join(near))
        return f"{said} {meant}" if near else said

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes what the group is for."""
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(help_text(self.help or ""))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list of commands without importing them."""
        with formatter.section(_("Commands")):
            formatter.write_dl(self._summaries())

    def shell_complete(self, ctx: click.Context, incomplete: str) -> "list[CompletionItem]":
        """The commands that begin so, without importing them, and what click adds."""
        from click.shell_completion import CompletionItem  # here, as few want it

        return [
            CompletionItem(name, help=said)
            for name, said in self._summaries()
            if name.startswith(incomplete)
        ] + click.Command.shell_complete(self, ctx, incomplete)

    def _summaries(self) -> list[tuple[str, str]]:
        return [(name, _(said)) for name, said in sorted(self.summaries.items())]


def _loaded(module: str) -> ModuleType:
    """A module, imported and set apart from what may become garbage: to walk that again and again
    would be a third of the time until a question is answered."""
    gc.disable()
    try:
        return import_module(module)
    finally:
        gc.freeze()
        gc.enable()
