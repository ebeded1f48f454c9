"""Ports of loopback at which nobody listens, and that no other test is given."""

import secrets
import socket

_ON_PURPOSE = range(20_000, 32_000)
"""Below those that the system gives to servers that ask for any."""


def free_port() -> int:
    """A port that nobody listens at."""
    while True:
        port = secrets.choice(_ON_PURPOSE)
        try:
            held(port).close()
        except OSError:
            continue
        return port


def held(port: int) -> socket.socket:
    """Holds a port at which nobody is to listen for a time: connections are refused, and the
    system gives it to no other server until the socket is closed. OSError if it is taken."""
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind(("127.0.0.1", port))
    except OSError:
        holder.close()
        raise
    return holder
