"""The command line's words in Chinese, compiled as `gettext` reads them.

python -m tests.catalogue     # makes bot/cli/locale/zh/LC_MESSAGES/taxnews.mo of bot/cli/zh.po
"""

import ast
import re
import struct
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path

import click

from bot.cli.main import COMMANDS, cli
from tests.conftest import ROOT

FOLDER = ROOT / "bot" / "cli"
SOURCE = FOLDER / "zh.po"
CATALOGUE = FOLDER / "locale" / "zh" / "LC_MESSAGES" / "taxnews.mo"


def messages(text: str) -> dict[str, str]:
    """The messages of a .po file, and what they are in Chinese; of a message with a plural, both
    forms, with a NUL between."""
    found = {}
    for entry in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        name = ""
        for line in entry.splitlines():
            if match := re.match(r"(msg[\w\[\]]+)\s+(?=\")", line):
                name = match[1]
            if name and line.rstrip().endswith('"'):
                parts[name] = parts.get(name, "") + ast.literal_eval(line[line.index('"') :])
        if "msgid" in parts:
            key = "\0".join(parts[each] for each in ("msgid", "msgid_plural") if each in parts)
            found[key] = parts.get("msgstr", parts.get("msgstr[0]", ""))
    return found


def compiled(found: Mapping[str, str]) -> bytes:
    """A catalogue in the format of GNU gettext's .mo files."""
    pairs = sorted((key.encode(), value.encode()) for key, value in found.items())
    start = 28 + 16 * len(pairs)
    texts, tables = b"", []
    for column in (0, 1):
        table = b""
        for pair in pairs:
            table += struct.pack("<II", len(pair[column]), start + len(texts))
            texts += pair[column] + b"\0"
        tables.append(table)
    head = (0x950412DE, 0, len(pairs), 28, 28 + 8 * len(pairs), 0, start)
    return struct.pack("<7I", *head) + tables[0] + tables[1] + texts


def said() -> set[str]:
    """Every text of our own that the command line would say in the locale's language."""
    root = click.Context(cli, info_name="taxnews")
    commands = [command for name in COMMANDS for command in _with_subcommands(_raw(root, name))]
    found = set(COMMANDS.values())
    for command in (cli, *commands):
        found |= set(_of(command))
    for package in ("bot", "corpus"):
        for path in (ROOT / package).rglob("*.py"):
            found |= set(_marked(path))
    return found


def _raw(root: click.Context, name: str) -> click.Command:
    """A command as its module has it, not yet in any language."""
    module = __import__(f"bot.cli.{name}", fromlist=[name])
    command: click.Command = getattr(module, name)
    return command


def _with_subcommands(command: click.Command) -> Iterator[click.Command]:
    yield command
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from _with_subcommands(each)


def _of(command: click.Command) -> Iterator[str]:
    """The paragraphs of a command's help, its first sentence, and what its options say."""
    for number, paragraph in enumerate(cleandoc(command.help or "").split("\n\n")):
        text = " ".join(paragraph.split())
        if paragraph.startswith("\b\n"):
            yield paragraph.split("\n")[1]
        else:
            yield text
        if number == 0:
            yield re.split(r"(?<=\.)\s", text)[0]
    for each in command.params:
        if isinstance(each, click.Option) and each.help:
            yield " ".join(each.help.split())


def _marked(path: Path) -> Iterator[str]:
    """What stands in `_("…")`."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_":
            argument = node.args[0]
            if isinstance(argument, ast.Constant):
                yield str(argument.value)


def main() -> None:
    """Writes the catalogue, and says what is not yet in it."""
    found = messages(SOURCE.read_text("utf-8"))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    CATALOGUE.write_bytes(compiled(found))
    for text in sorted(said() - found.keys()):
        print(f"not in {SOURCE.name}: {text}")


if __name__ == "__main__":
    main()
