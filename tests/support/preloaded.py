"""What `tests.support.forked` has imported before it forks: each command, the bot, the kernels."""

from importlib import import_module

from bot.cli.main import COMMANDS
from retrieval.index import prepare
from tests.support import newsroom, running_bot

__all__ = ["newsroom", "running_bot"]

for name in COMMANDS:
    import_module(f"bot.cli.{name}")
prepare()
