"""A git checkout → the files that its commits changed."""

import os
import subprocess
from dataclasses import dataclass

from corpus.errors import SourceError
from corpus.sources.folders import is_markdown

_SECONDS = 300  # for one call of git
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # ext:: would run a command
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
_SETTINGS = {"core.hooksPath": os.devnull, "core.fsmonitor": "false"}
"""Hooks and monitors are programs of the checkout: following it must not run them."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What is to be read again, and what is gone, since another commit: absolute paths."""

    files: list[str]
    gone: list[str]


def pull(folder: str) -> None:
    """Fetch what is new and move on to it; raises SourceError if that is not a fast-forward."""
    _git(folder, "pull", "--ff-only", "--quiet")


def commit(folder: str) -> str:
    """The commit that is checked out in `folder`; raises SourceError if it is no checkout."""
    return _git(folder, "rev-parse", "--verify", "HEAD").decode().strip()


def changed(folder: str, since: str, until: str) -> Changed | None:
    """The posts below `folder` that differ between two commits; None if `since` is unknown."""
    try:
        listing = _git(
            folder, "diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--relative",
            since, until, "--", ".",
        )  # fmt: skip
    except SourceError:
        return None  # rewritten history, or a shallow clone
    files: list[str] = []
    gone: list[str] = []
    fields = listing.split(b"\0")
    for status, name in zip(fields[::2], map(os.fsdecode, fields[1::2]), strict=False):
        is_hidden = any(part.startswith(".") for part in name.split("/")[:-1])
        if is_markdown(name) and not is_hidden:
            (gone if status == b"D" else files).append(os.path.join(folder, *name.split("/")))
    return Changed(files, gone)


def _git(folder: str, *arguments: str) -> bytes:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = ["git", *settings, "-C", folder, *arguments]
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=True,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            timeout=_SECONDS,
        ).stdout
    except FileNotFoundError:
        raise SourceError("git is not installed, or not on the PATH") from None
    except subprocess.TimeoutExpired:
        raise SourceError(f"{folder}: git {arguments[0]} took over {_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        reason = said[-1] if said else f"status {error.returncode}"
        raise SourceError(f"{folder}: git {arguments[0]}: {reason}") from None
