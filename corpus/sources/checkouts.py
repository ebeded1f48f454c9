"""A git checkout → the files that its commits changed."""

import os
import subprocess
from dataclasses import dataclass, replace

from corpus.errors import SourceError
from corpus.sources.folders import find, is_gone, is_markdown, is_unpublished, name_of
from corpus.sources.source import Found, Listed

_SECONDS = 300  # for one call of git
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "file:git:http:https:ssh",  # ext:: would run a command
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C.UTF-8",
}
_OF_ANOTHER = (
    "GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX",
)  # fmt: skip
"""Git tells a hook so which repository it is run for: not the one that is looked at."""
_SETTINGS = {"core.hooksPath": os.devnull, "core.fsmonitor": "false"}
"""Hooks and monitors are programs of the checkout: following it must not run them."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """A git checkout of posts: a `Source`. With `pull`, what is new is fetched before a look."""

    location: str
    pull: bool = False

    def look(self, cursor: str | None, listed: Listed) -> Found | None:
        """What the commits since `cursor` changed; all files where that is not known."""
        if self.pull:
            pull(self.location)
        now = commit(self.location)
        if now == cursor:
            return None
        found = changed(self.location, cursor, now) if cursor else None
        return replace(found or find(self.location, listed), cursor=now)


def pull(folder: str) -> None:
    """Fetch what is new and move on to it; raises SourceError if that is not a fast-forward."""
    _git(folder, "pull", "--ff-only", "--quiet")


def commit(folder: str) -> str:
    """The commit that is checked out in `folder`; raises SourceError if it is no checkout."""
    return _git(folder, "rev-parse", "--verify", "HEAD").decode().strip()


def changed(folder: str, since: str, until: str) -> Found | None:
    """The posts below `folder` that differ between two commits; None if `since` is unknown."""
    try:
        listing = _git(
            folder, "diff", "--name-status", "-z", "--no-renames", "--no-ext-diff", "--relative",
            since, until, "--", ".",
        )  # fmt: skip
    except SourceError:
        return None  # rewritten history, or a shallow clone
    files: list[str] = []
    deleted: list[str] = []
    fields = listing.split(b"\0")
    for status, name in zip(fields[::2], map(os.fsdecode, fields[1::2]), strict=False):
        is_out = any(map(is_unpublished, name.split("/")[:-1]))
        if is_markdown(name) and not is_out:
            path = os.path.join(folder, *name.split("/"))
            (deleted if status == b"D" else files).append(path)
    there = set(map(name_of, files))
    gone = [name for name in map(name_of, deleted) if is_gone(name, there, [])]
    return Found(files=files, folder=folder, gone=gone)


def _git(folder: str, *arguments: str) -> bytes:
    settings = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
    command = ["git", *settings, "-C", folder, *arguments]
    ours = {name: value for name, value in os.environ.items() if name not in _OF_ANOTHER}
    try:
        return subprocess.run(
            command,
            capture_output=True,
            check=True,
            env={**ours, **_ENVIRONMENT},
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
