"""Several web processes on one socket: replaced one by one on SIGHUP, and whoever hangs is replaced at once."""

from __future__ import annotations

from typing import Final

from uvicorn.supervisors import Multiprocess

STARTING: Final = 60  # seconds that a new process may take on a busy machine
HANGING: Final = 5


class Supervisor(Multiprocess):
    """uvicorn's, with more patience for those who start than for those who hang.

    On SIGHUP a new process serves before the old one is told to end; when it does not come up (a mistake in new
    settings or code) the old ones go on. Connections that nobody has taken yet wait in the common socket.
    """

    def restart_all(self) -> None:
        self.config.timeout_worker_healthcheck = STARTING
        try:
            super().restart_all()
        finally:
            self.config.timeout_worker_healthcheck = HANGING
