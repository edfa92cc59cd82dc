"""docs/reference/asvs.md from docs/asvs.toml: each item of OWASP ASVS 5.0.0 that concerns us, and what holds it."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

SOURCE = Path(__file__).resolve().parent.parent / "docs/asvs.toml"
STATES = ("held", "partly", "not held", "does not apply")
CHAPTERS = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "In the browser",
    4: "HTTP",
    5: "Files",
    6: "Signing in",
    7: "Sessions",
    8: "Who may do what",
    10: "As a client of OAuth",
    11: "Cryptography",
    12: "TLS",
    13: "Configuration",
    14: "Data",
    15: "Code and dependencies",
    16: "Logs and failures",
}
INTRO = """\
# OWASP ASVS 5.0.0

Which items of the [Application Security Verification Standard 5.0.0](https://github.com/OWASP/ASVS/tree/master/5.0) hold here, and
what shows it. The standard is by OWASP and its contributors, under CC BY-SA 4.0; ids and levels are its own, the words are ours and
only say what an item is about. Read the standard for what it asks. The project's own list is in
[security checks](../security-checks.md).

In the list is all of levels 1 and 2 but for V9 (tokens that carry their own content: a session here is a row, and forms are not
believed for what they say), V10 (OAuth) except for what concerns a client, which signing in with WeChat is, and V17 (WebRTC); and of
level 3 what matters most to a county: V1.2.10, V6.3.8, V8.3.2, V14.2.6, V15.4.2.

This is our own judgement and no audit. **Held** means that the tests named here fail when it is not so, or, where no test is named,
that the mechanism makes it so. **Partly** and **not held** say what is missing and for whom it is to do, or that it is kept so on purpose.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of the standard, in our words."""

    id: str
    level: int
    words: str
    state: str
    tests: tuple[str, ...] = ()
    because: str = ""

    @property
    def chapter(self) -> int:
        return int(self.id[1:].split(".")[0])


def items(text: str) -> list[Item]:
    """What a file like docs/asvs.toml says. An unknown or missing key is a `TypeError`."""
    return [Item(**{**one, "tests": tuple(one.get("tests", ()))}) for one in tomllib.loads(text).get("item", ())]


def page() -> str:
    """The page, with how many are held on top and what is not held first."""
    found = items(SOURCE.read_text("utf-8"))
    lines = [INTRO, "| level | " + " | ".join(STATES) + " | all |", "|---" * (len(STATES) + 2) + "|"]
    lines += [_count(f"{level}", [one for one in found if one.level == level]) for level in (1, 2, 3)]
    lines += [_count("all", found), ""]
    for state in ("not held", "partly"):
        lines += [
            f"## {state.capitalize()}",
            "",
            "| item | level | what | why, what is missing, and for whom it is to do |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {one.id} | {one.level} | {one.words} | {_linked(one.because)} |" for one in found if one.state == state
        ]
        lines.append("")
    for number, title in CHAPTERS.items():
        lines += [f"## V{number} {title}", "", "| item | level | what | state | held by |", "|---|---|---|---|---|"]
        lines += [_row(one) for one in found if one.chapter == number]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _count(title: str, found: list[Item]) -> str:
    numbers = [sum(one.state == state for one in found) for state in STATES]
    return f"| {title} | " + " | ".join(map(str, numbers)) + f" | {len(found)} |"


def _row(one: Item) -> str:
    held = "<br>".join([*(f"`{test}`" for test in one.tests), *([_linked(one.because)] if one.because else [])])
    return f"| {one.id} | {one.level} | {one.words} | {one.state} | {held} |"


def _linked(words: str) -> str:
    """Pages that are named become links, seen from docs/reference/."""
    return re.sub(r"docs/([\w/.-]+\.md)", r"[\1](../\1)", words)
