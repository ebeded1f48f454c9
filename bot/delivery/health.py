"""Is the bot starting, serving, stuck or stopping? For systemd, and for whoever asks over HTTP.

The bot's loop beats: its pulse goes through the storage thread, so that it stops when either is
stuck. systemd's protocol is a datagram of lines to the socket in NOTIFY_SOCKET (man sd_notify).
"""

import asyncio
import os
import socket
import time
from collections.abc import Callable, Mapping
from typing import Literal

from bot.storage.thread import StorageThread

State = Literal["starting", "serving", "stuck", "stopping"]

BEAT = 1.0
"""Seconds between two beats."""

STUCK = 30.0
"""Seconds without a beat after which the bot is stuck: a search or a commit takes far less."""


class Health:
    """How the bot is, by its beats. Safe to ask from any thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        environment: Mapping[str, str] = os.environ,
    ) -> None:
        self._clock = clock
        self._phase: Literal["starting", "serving", "stopping"] = "starting"
        self._beaten = clock()
        self._systemd = environment.get("NOTIFY_SOCKET")
        self._is_watched = "WATCHDOG_USEC" in environment

    @property
    def state(self) -> State:
        """What the bot does. One that starts waits for the network as long as it takes."""
        is_late = self._clock() - self._beaten > STUCK
        return "stuck" if is_late and self._phase == "serving" else self._phase

    async def keep_beating(self, storage: StorageThread) -> None:
        """Says that the bot serves, and beats until cancelled."""
        self._phase = "serving"
        self._beaten = self._clock()
        self._tell("READY=1")
        while True:
            await storage(int)
            self._beaten = self._clock()
            if self._is_watched:
                self._tell("WATCHDOG=1")
            await asyncio.sleep(BEAT)

    def stopping(self) -> None:
        """The bot has begun to stop."""
        self._phase = "stopping"
        self._tell("STOPPING=1")

    def _tell(self, line: str) -> None:
        """A line for systemd, where it started the bot; it may have gone, which is no matter."""
        if not self._systemd:
            return
        address = self._systemd.replace("@", "\0", 1) if self._systemd[0] == "@" else self._systemd
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
                sock.sendto(line.encode(), address)
        except OSError:
            pass


def page(health: Health, path: str) -> tuple[str, str] | None:
    """The status line and text of /healthz and /readyz; None for another path.

    /healthz fails where only a restart helps, /readyz wherever no question is answered.
    """
    fine = {"/healthz": ("starting", "serving", "stopping"), "/readyz": ("serving",)}
    if path not in fine:
        return None
    state = health.state
    return "200 OK" if state in fine[path] else "503 Service Unavailable", f"{state}\n"
