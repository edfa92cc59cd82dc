"""What others may want to hear of people: facts, after the commit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli.jobs.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipChanged(Event):
    """A membership moved from one state to another; `before` is empty for a new application."""

    kind: ClassVar[str] = "core.membership.changed"
    person_id: int
    """Whose membership it is."""
    membership_id: int
    """The membership."""
    before: str
    """The state it had; empty for a new application."""
    after: str
    """The state it has: `applied`, `verified`, `suspended` and so on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonErased(Event):
    """An account was closed and what was held about the person is gone, from the core and from every plugin."""

    kind: ClassVar[str] = "core.person.erased"
    person_id: int
    """Whose account it was."""
