"""What other ways of telling (SMS, WeChat, a loudspeaker) subscribe to. They read the words with `queries.message`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from cunli.jobs.events import Event


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageTold(Event):
    """A message stands in the inbox of every verified person of a village now, but one."""

    kind: ClassVar[str] = "core.village.told"
    about: str
    """What it is about, such as `notice.published`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTold(Event):
    """A message stands in somebody's inbox now."""

    kind: ClassVar[str] = "core.person.told"
    notification_id: int
    """The message."""
    person_id: int
    """In whose inbox it stands."""
    about: str
    """What it is about, such as `post.commented`."""
