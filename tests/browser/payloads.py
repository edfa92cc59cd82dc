"""The hostile words of `payloads.txt`, numbered, and joined into one text that tries them all."""

from __future__ import annotations

from functools import cache
from pathlib import Path

CONTROLS = {"␀": "\x00", "␉": "\t", "␊": "\n", "␌": "\f", "␍": "\r"}
CALL = "__x"


@cache
def payloads() -> tuple[str, ...]:
    """Every payload of the file; each calls with its own number."""
    lines = (Path(__file__).parent / "payloads.txt").read_text("utf-8").splitlines()
    kept = [line for line in lines if line and not line.startswith(("# ", "## "))]
    return tuple(_armed(line, number) for number, line in enumerate(kept))


def _armed(line: str, number: int) -> str:
    for shown, control in CONTROLS.items():
        line = line.replace(shown, control)
    return line.replace("x()", f"{CALL}({number})")


@cache
def all_from(first: int) -> str:
    """All of them in one text, beginning with number `first`: whatever a page cuts off, some other value begins with."""
    every = payloads()
    turn = first % len(every)
    return "\n".join((*every[turn:], *every[:turn]))
