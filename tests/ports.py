"""Ports for servers that a test starts, and starts again."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A port of this machine's own that nobody else is given until this process ends.

    It stays bound here, without listening: a server that may use it again (as all do that set SO_REUSEADDR) gets it as
    often as it is started, while the kernel lends it to nobody in between.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    port: int = held.getsockname()[1]
    held.detach()
    return port
