"""`cunli …`, killed at a moment: `python killed.py MODULE NAME COUNT cunli-arguments…` dies when that function is called the COUNTth time."""

from __future__ import annotations

import os
import signal
import sys
from importlib import import_module
from typing import Any


def main() -> None:
    module, name, count = import_module(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    real, calls = getattr(module, name), [0]

    def dying(*args: Any, **kwargs: Any) -> Any:
        calls[0] += 1
        if calls[0] == count:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)

    setattr(module, name, dying)
    from cunli.cli import command_line

    command_line(sys.argv[4:], prog_name="cunli")


if __name__ == "__main__":
    main()
