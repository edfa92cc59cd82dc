"""What a kind of problem says of itself; the kinds stand in `problems` and in the modules that it gathers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One thing that can be wrong. `text` and `hint` have `{placeholders}` for the facts of a case.

    `chinese` says both in Chinese, for officials; commands speak English.
    """

    id: str
    text: str
    hint: str
    chinese: tuple[str, str]
