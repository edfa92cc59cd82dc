"""A process that has loaded `cunli` once and splits off a copy of itself for each command.

A command takes two seconds of a processor to be loaded, and the tests run hundreds. The copy is a process of its own: its
environment, folder, standard streams, exit code and database are those of a real command. What only a start from nothing shows is
tested by starting from nothing (`core/tests/web/test_command_line.py`, `core/tests/places/test_commands.py`).
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

_children: dict[int, tuple[int, str]] = {}


def address() -> str:
    """The socket of the process that is split, started for this process of the tests when it is first asked for."""
    mine = os.getpid()
    if mine not in _children:
        folder = tempfile.mkdtemp(prefix="cunli-preloaded-")
        path = str(Path(folder) / "socket")
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(path)  # before the start: whoever connects waits until it accepts
        listening.listen(64)
        listening.set_inheritable(True)
        code = f"from {__name__.rpartition('.')[2]} import serve; serve({listening.fileno()})"
        paths = [str(Path(__file__).parent), *(one for one in sys.path if one)]
        clean = {key: value for key, value in os.environ.items() if not key.startswith("CUNLI_")}
        child = os.posix_spawn(
            sys.executable,
            [sys.executable, "-c", code],
            {**clean, "PYTHONPATH": os.pathsep.join(paths)},
            setsid=True,
        )
        listening.close()
        _children[mine] = (child, path)
        atexit.register(_end, mine, child, folder)
    return _children[mine][1]


def _end(owner: int, child: int, folder: str) -> None:
    if os.getpid() != owner:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    for one in Path(folder).iterdir():
        one.unlink()
    Path(folder).rmdir()


def serve(listening: int) -> None:
    """Load everything, then split for each command that is asked for. Ends when its parent does."""
    import cunli.cli as commands

    for found in iter_modules(commands.__path__):
        import_module(f"cunli.cli.{found.name}")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # copies are not waited for
    waits = socket.socket(fileno=listening)
    while True:
        asked, _ = waits.accept()
        if os.fork() == 0:
            waits.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _run(asked)
        asked.close()


def _run(asked: socket.socket) -> None:
    """In the copy: become the command, run it in a copy once more, and tell what it said."""
    with asked, asked.makefile("rwb") as wire:
        order = json.loads(wire.readline())
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(order["typed"].encode())
            given.seek(0)
            child = os.fork()
            if child == 0:
                for ours, theirs in ((given, 0), (out, 1), (err, 2)):
                    os.dup2(ours.fileno(), theirs)
                _command(order)
            _pid, status = os.waitpid(child, 0)
            said = [_all_of(stream) for stream in (out, err)]
        wire.write(json.dumps({"code": os.waitstatus_to_exitcode(status), "out": said[0], "err": said[1]}).encode())
        wire.flush()
    os._exit(0)


def _all_of(stream: Any) -> str:
    stream.seek(0)
    return str(stream.read().decode())


def _command(order: Mapping[str, Any]) -> None:
    """In the inner copy: never returns."""
    from cunli.cli import main

    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    sys.path[:] = [*order["environment"]["PYTHONPATH"].split(os.pathsep)]
    sys.argv = ["cunli", *order["arguments"]]
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w")  # noqa: SIM115 they live as long as the process
    code = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
        if isinstance(ended.code, str):
            print(ended.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 the last wall of a process of its own
        sys.excepthook(*sys.exc_info())
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def order(folder: Path, environment: Mapping[str, str], arguments: Sequence[str], typed: str) -> bytes:
    """What is sent to `address()`, one line."""
    asked = {
        "folder": str(folder),
        "environment": dict(environment),
        "arguments": list(arguments),
        "typed": typed,
    }
    return json.dumps(asked).encode() + b"\n"
