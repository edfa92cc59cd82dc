"""Facts about letters, for other plugins. Ids only: words and names stay in the tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterSubmitted(Event):
    """A letter was sent."""

    kind: ClassVar[str] = "mailbox.letter.submitted"
    letter_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReplied(Event):
    """The office answered. Whether it is done is for the writer to say."""

    kind: ClassVar[str] = "mailbox.letter.replied"
    letter_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterClosed(Event):
    """A letter was closed: `how` is confirmed, called_back or silent."""

    kind: ClassVar[str] = "mailbox.letter.closed"
    letter_id: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterReopened(Event):
    """The writer, or a call-back, said that it is not done."""

    kind: ClassVar[str] = "mailbox.letter.reopened"
    letter_id: int
