"""What an event is, and who hears of it. An event is a fact after the commit: nobody who hears it can change it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, ClassVar, Generic, TypeVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened. Subclass it as a frozen dataclass of ids and small values, never of personal data.

        @dataclass(frozen=True, slots=True, kw_only=True)
        class PostPublished(Event):
            kind: ClassVar[str] = "core.post.published"
            post_id: int

    `kind` is stored and so must never change. With `village_id` set, only plugins that are on there hear of it.
    """

    kind: ClassVar[str] = ""
    village_id: int | None = None
    """Where it happened; only plugins that are on there hear of it. `None`: every plugin that subscribes."""


E = TypeVar("E", bound=Event)
PLAIN = (int, str, bool, float, type(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription(Generic[E]):
    """Have `run` called with every event of the class `event`: after the commit, at least once, on its own.

    `name` is `<room or plugin>.<what it does>`; it marks what was delivered already, so it must never change either.
    A subscriber that fails is tried again and never delays another.
    """

    name: str
    event: type[E]
    run: Callable[[E], Awaitable[None]]
    timeout: float = 60.0
    attempts: int = 5


def payload_of(event: Event) -> dict[str, Any]:
    """The event's fields for storing. Raises `TypeError` for what JSON would not give back as it was."""
    if not is_dataclass(event) or not event.kind:
        raise TypeError(f"{type(event).__name__} must be a dataclass with a `kind`")
    values = {f.name: getattr(event, f.name) for f in fields(event)}
    for name, value in values.items():
        if not isinstance(value, PLAIN):
            raise TypeError(
                f"{type(event).__name__}.{name}: an event carries ids and small values, not {type(value).__name__}"
            )
    return values
