"""No pattern of ours takes for ever over a text that was written to make it (LD-7)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import cunli

LENGTHS = (1_000, 2_000, 4_000, 8_000, 16_000)
FLOOR = 0.04  # seconds: below, a clock says nothing; on any machine two nested loops take longer for the longest text
STEEP = 3.0  # twice the text takes twice the time, or four times with a loop in a loop
UNITS = (
    "a",
    "1",
    " ",
    "/",
    "-",
    ".",
    "/a",
    "a-",
    "a.",
    "a a",
    "<",
    "%",
    "%(",
    "'",
    '"',
    "\\",
    "1 ",
    "+86",
    "a@",
    "\u200b",
    "村",
)
ENDS = ("", "!", "\x00", "\n")


Look = Callable[[str], object]


def ways() -> Iterator[tuple[str, list[Look]]]:
    """Every compiled pattern of the core by its name, with the ways it is used: whether it may begin anywhere decides much."""
    for module in pkgutil.walk_packages(cunli.__path__, "cunli."):
        if module.name.endswith("__main__"):
            continue
        loaded = importlib.import_module(module.name)
        for name, value in vars(loaded).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                anywhere = re.search(
                    rf"\b{name}\.(search|sub|subn|split|finditer|findall)\(", inspect.getsource(loaded)
                )
                yield f"{module.name}.{name}", [value.match, value.fullmatch, *([value.search] if anywhere else [])]


def slow_over(look: Look) -> list[str]:
    """The texts over which the time of a pattern grows faster than their length."""
    return [f"{unit!r} … {end!r}" for unit in UNITS for end in ENDS if _is_steep(look, unit, end)]


def _is_steep(look: Look, unit: str, end: str) -> bool:
    texts = ["", *(unit * (length // len(unit)) + end for length in LENGTHS)]
    for shorter, text in pairwise(texts):
        if _seconds(look, text) > FLOOR:
            before, taken = _least(look, shorter, text)
            if taken > FLOOR:
                return taken > STEEP * before
    return False


def _least(look: Look, *texts: str) -> list[float]:
    """What each takes when nothing comes between, as others on the machine do, or a collection of garbage."""
    rounds = [[_seconds(look, text) for text in texts] for _ in range(5)]
    return [min(taken) for taken in zip(*rounds, strict=True)]


def _seconds(look: Look, text: str) -> float:
    started = time.thread_time()
    look(text)
    return time.thread_time() - started


def test_no_pattern_takes_longer_than_its_text_is_long() -> None:
    found = list(ways())
    assert len(found) > 10
    assert {name: slow for name, looks in found for look in looks if (slow := slow_over(look))} == {}


def test_a_pattern_that_looks_twice_is_found() -> None:
    """The control."""
    assert slow_over(re.compile(r"a*!x").search)
    assert slow_over(re.compile(r"\s+$").search)
