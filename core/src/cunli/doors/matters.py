"""What one plugin has raised and another may answer, without either knowing the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli.jobs.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterRaised(Event):
    """Somebody raised something with a plugin that an office should answer, such as a complaint.

    A plugin that takes letters for offices may take it up. Where none does, it stays with the plugin that raised it.
    """

    kind: ClassVar[str] = "core.matter.raised"
    matter: str
    """Its name, such as `tourism.complaint:qk3…`: the same for ever. Who takes it up keeps it, and takes it up once."""
    person_id: int
    """Who raised it."""
    title: str
    """What it is about, in words that everybody may read: of a place, never what somebody wrote."""
    path: str
    """The page of the plugin on which the words stand, for those who may read them."""
    about_id: int | None = None
    """Whom it is about, where that is a person. Somebody in office does not answer what is said of himself: the level above does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MatterSettled(Event):
    """Whoever took a matter up says that it is over."""

    kind: ClassVar[str] = "core.matter.settled"
    matter: str
    """Its name, as it was raised."""
