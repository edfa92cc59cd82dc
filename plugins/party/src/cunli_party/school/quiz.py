"""Questions as text that a teacher can type, and the marking of answers. Pure.

    随堂题：挂果多的老树，先剪哪种枝？
    - 外围向上的旺枝
    * 里面交叉的弱枝、病枝
    - 随便剪，透光就行
    > 弱枝、病枝耗养分，先剪它们

A star marks a right choice, a `>` says why. Several stars: all of them have to be chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from cunli import gettext as _

MOST_QUESTIONS: Final = 20
MOST_CHOICES: Final = 8


class Unclear(Exception):
    """The questions cannot be read: `args[0]` says what is wrong and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One question."""

    text: str
    choices: tuple[str, ...]
    right: frozenset[int]
    why: str = ""

    @property
    def several(self) -> bool:
        return len(self.right) > 1


def questions_of(text: str) -> list[Question]:
    """Read the questions of a lesson. Raises `Unclear`."""
    found: list[Question] = []
    for number, block in enumerate(_blocks(text), start=1):
        choices = [line for line in block[1:] if line[0] in "-*"]
        why = " ".join(line[1:].strip() for line in block[1:] if line.startswith(">"))
        rest = [line for line in block[1:] if line[0] not in "-*>"]
        title = " ".join([block[0], *rest]).strip()
        right = frozenset(index for index, line in enumerate(choices) if line.startswith("*"))
        if not 2 <= len(choices) <= MOST_CHOICES:
            raise Unclear(_("第 %(n)s 题要有 2 到 8 个选项，每个选项一行，用 - 或 * 开头", n=number))
        if not right:
            raise Unclear(_("第 %(n)s 题没有标出对的选项，请把对的那一行用 * 开头", n=number))
        if len(title) > 300 or any(len(line) > 200 for line in choices):
            raise Unclear(_("第 %(n)s 题太长，题目最多 300 字，选项最多 200 字", n=number))
        texts = tuple(line[1:].strip() for line in choices)
        found.append(Question(text=title, choices=texts, right=right, why=why[:500]))
    if len(found) > MOST_QUESTIONS:
        raise Unclear(_("一节最多 %(n)s 题", n=MOST_QUESTIONS))
    return found


def _blocks(text: str) -> list[list[str]]:
    """Lines of each question; a line that begins with no mark after a choice begins the next question."""
    blocks: list[list[str]] = []
    marked = True
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            continue
        if line[0] in "-*>":
            if not blocks:
                raise Unclear(_("先写题目，再写选项"))
            marked = True
        elif marked:
            blocks.append([])
            marked = False
        blocks[-1].append(line)
    return blocks


def text_of(questions: Sequence[Question]) -> str:
    """The questions as they are typed."""
    parts = []
    for one in questions:
        lines = [
            one.text,
            *(f"{'*' if index in one.right else '-'} {words}" for index, words in enumerate(one.choices)),
        ]
        parts.append("\n".join([*lines, f"> {one.why}"] if one.why else lines))
    return "\n\n".join(parts)


def kept(questions: Sequence[Question]) -> list[dict[str, Any]]:
    """As they are stored."""
    return [
        {"text": one.text, "choices": list(one.choices), "right": sorted(one.right), "why": one.why}
        for one in questions
    ]


def from_kept(rows: Sequence[Mapping[str, Any]]) -> list[Question]:
    return [
        Question(text=row["text"], choices=tuple(row["choices"]), right=frozenset(row["right"]), why=row["why"])
        for row in rows
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How a quiz went: percent of the questions answered wholly right."""

    percent: int
    right: tuple[bool, ...]


def mark(questions: Sequence[Question], answers: Sequence[frozenset[int]]) -> Mark:
    """A question counts when exactly its right choices were chosen."""
    right = tuple(given == one.right for one, given in zip(questions, answers, strict=True))
    return Mark(percent=round(100 * sum(right) / len(right)) if right else 0, right=right)
