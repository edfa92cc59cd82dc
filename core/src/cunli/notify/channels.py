"""Channels: the ways besides the inbox by which a message reaches people (SMS, WeChat, a loudspeaker).

The inbox always stands, in the unit of the act. What a channel carries leaves after the commit, as jobs: a channel that fails
is tried again, ends as a dead letter, and delays neither the act nor another channel.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from cunli.care.queries import ended
from cunli.clock import now
from cunli.jobs import enqueue
from cunli.jobs.tasks import Task, TaskContext
from cunli.notify import choices, queries
from cunli.notify.queries import Message
from cunli.provide import record
from cunli.provide.chosen import named, patiently
from cunli.provide.kinds import CHANNELS
from cunli.settings import Settings, SettingsError

SEND: Final = "notify.send"
AT_ONCE: Final = 20  # messages in one job
PATIENCE: Final = 10.0  # seconds for one message


class Channel(Protocol):
    """Carries messages to people. Packages offer one as a factory under the entry point group `cunli.channels`.

    def loudspeaker(settings: Settings) -> Channel: ...

    One that makes a phone ring has an attribute `disturbs = True`: unless people chose otherwise, it rests from 22:00 to 7:00.
    """

    async def send(self, message: Message) -> None:
        """Bring one message to the person `message.person_id`; its words are in that person's language.

        Comes at least once with the same `message.id`. Given up after ten seconds; raises to be tried again.
        """
        ...


class ConsoleChannel:
    """Development: messages appear where the server was started. Refuses to exist in production."""

    def __init__(self, settings: Settings) -> None:
        if not settings.dev:
            raise SettingsError(
                ["channel “console” prints people's messages: take it out of channels, or set dev = true"]
            )

    async def send(self, message: Message) -> None:
        print(f"[cunli] 消息 → #{message.person_id}：{message.text} {message.url}", file=sys.stderr, flush=True)


@dataclass(slots=True)
class _Process:
    channels: Mapping[str, Channel] = field(default_factory=dict)
    locale: str = "zh_Hans"


_process = _Process()


def use(settings: Settings) -> None:
    """Take the channels of the settings into use; once at start. Raises `SettingsError` for one that is unknown or not allowed."""
    _process.channels, _process.locale = channels_for(settings), settings.locale


def send_through(channels: Mapping[str, Channel]) -> None:
    """Use these channels from now on: for tests, and for programs that assemble the site themselves."""
    _process.channels = dict(channels)


def channels_for(settings: Settings) -> dict[str, Channel]:
    """The channels that the settings name, in their order."""
    return named(CHANNELS, settings)


def by_name(name: str) -> Channel | None:
    """The channel of this name, if the settings have it."""
    return _process.channels.get(name)


def any_used() -> bool:
    """Whether anything leaves besides the inbox."""
    return bool(_process.channels)


async def carry(notification_ids: Sequence[int], *, village_id: int | None) -> None:
    """Have every channel carry these messages, once the running unit has committed."""
    for name in _process.channels:
        for start in range(0, len(notification_ids), AT_ONCE):
            part = list(notification_ids[start : start + AT_ONCE])
            dedupe = f"{SEND}:{name}:{part[0]}-{part[-1]}"
            await enqueue(SEND, {"channel": name, "messages": part}, dedupe=dedupe, village_id=village_id)


async def send(ctx: TaskContext) -> None:
    """Send some messages through one channel. Those that could not be sent are tried again each by itself."""
    name, ids = str(ctx.payload["channel"]), [int(one) for one in ctx.payload["messages"]]
    channel = _process.channels.get(name)
    if channel is None:  # taken out of the settings meanwhile
        return
    messages = await queries.messages_in_own_words(ids, _process.locale)
    quiet = await ended({message.person_id for message in messages}, "messages")
    chosen = await choices.of([message.person_id for message in messages])
    unasked = choices.Choice() if getattr(channel, "disturbs", False) else choices.ANY_TIME
    for message in messages:
        choice = chosen.get(message.person_id, unasked)
        if message.person_id in quiet or name in choice.off:
            continue
        if wait := choice.wait(now()):
            await _later(ctx, name, message, wait)
            continue
        error = ""
        try:
            await patiently(channel.send(message), seconds=PATIENCE)
        except Exception as exc:  # a channel is foreign code and may raise anything
            error = record.said(exc)
            if len(ids) == 1:
                await record.note(CHANNELS.id, name, error)
                raise
            alone = {"channel": name, "messages": [message.id]}
            await enqueue(SEND, alone, dedupe=f"{SEND}:{name}:{message.id}", village_id=ctx.village_id)
        await record.note(CHANNELS.id, name, error)


async def _later(ctx: TaskContext, name: str, message: Message, seconds: int) -> None:
    """Once the night is over."""
    alone = {"channel": name, "messages": [message.id]}
    dedupe = f"{SEND}:{name}:{message.id}:morning"
    await enqueue(SEND, alone, delay=seconds, dedupe=dedupe, village_id=ctx.village_id)


def in_use() -> tuple[str, ...]:
    """The channels of the settings, in their order."""
    return tuple(_process.channels)


TASKS: Final = (Task(name=SEND, run=send, timeout=300.0),)
