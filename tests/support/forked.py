"""Processes for the tests to kill, limit or signal: forked from one that has imported the code.

Each is a process of its own in all that the tests look at: its files, its output, its end. Only
the second or two in which Python starts and imports are spent once.
"""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Thread

from bot.__main__ import main
from tests.support.command_line import ROOT

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["__main__", "tests.support.preloaded"])


class Forked:
    """A process that carries out `work`; it stands in `folder`, with settings in its environment.

    What it writes is kept where `keep` says so, else thrown away.
    """

    def __init__(
        self,
        work: Callable[..., object],
        *arguments: object,
        folder: Path = ROOT,
        keep: bool = False,
        **settings: str,
    ) -> None:
        self._read: list[bytes] = [b"", b""]
        pipes = [_context.Pipe(duplex=False) for _ in range(2)] if keep else []
        writing = [end for _, end in pipes]
        self.process: ForkServerProcess = _context.Process(
            target=_carry_out, args=(work, arguments, str(folder), settings, writing)
        )
        self.process.start()
        for end in writing:
            end.close()
        self._readers = [
            Thread(target=self._keep, args=(number, end)) for number, (end, _) in enumerate(pipes)
        ]
        for reader in self._readers:
            reader.start()

    def _keep(self, number: int, end: Connection) -> None:
        with os.fdopen(os.dup(end.fileno()), "rb") as file:
            self._read[number] = file.read()
        end.close()

    def send_signal(self, number: int) -> None:
        """Sends it a signal, if it goes on."""
        if self.process.is_alive():
            assert self.process.pid
            os.kill(self.process.pid, number)

    def kill(self) -> None:
        """Ends it at once."""
        self.process.kill()

    def wait(self, timeout: float | None = None) -> int:
        """How it ended, as `subprocess` says it; raises `TimeoutExpired` if it does not."""
        self.process.join(timeout)
        if self.process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.process), timeout or 0)
        return self.process.exitcode

    def output(self) -> tuple[str, str]:
        """What it wrote until its end, to standard output and to standard error."""
        for reader in self._readers:
            reader.join()
        return self._read[0].decode(), self._read[1].decode()


def _carry_out(
    work: Callable[..., object],
    arguments: tuple[object, ...],
    folder: str,
    settings: dict[str, str],
    writing: list[Connection],
) -> None:
    os.chdir(folder)
    os.environ.update(settings)
    targets = [end.fileno() for end in writing] or [os.open(os.devnull, os.O_WRONLY)] * 2
    for number, target in enumerate(targets, 1):
        os.dup2(target, number)
    for end in writing:
        end.close()
    sys.stdout, sys.stderr = (os.fdopen(number, "w", 1, "utf-8") for number in (1, 2))
    work(*arguments)


def command(*arguments: object) -> None:
    """The command line, in a process of this module's."""
    sys.argv = ["taxnews", *map(str, arguments)]
    main()


def run_limited(limit: Callable[[], None], *arguments: object) -> subprocess.CompletedProcess[str]:
    """A command, run to its end after `limit` has bounded what the process may do."""
    forked = Forked(_limited, limit, arguments, keep=True)
    output, errors = forked.output()
    return subprocess.CompletedProcess(arguments, forked.wait(), output, errors)


def _limited(limit: Callable[[], None], arguments: tuple[object, ...]) -> None:
    limit()
    command(*arguments)
