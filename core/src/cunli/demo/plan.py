"""When everything was said, and by whom it was liked, before a row is written. Pure but for chance and the clock."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from cunli.demo.content import County, Words
from cunli.demo.ground import Actor, Ground
from cunli.demo.times import Times
from cunli.web.tokens import new_key

WHOLE_VILLAGE: Final = timedelta(days=18)  # by then everybody has been verified
_GAPS: Final = ((3, 40), (4, 60), (10, 150), (20, 300))  # minutes: the first answers come quickly


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A post or notice with its moment, those of its comments, and the key of each."""

    words: Words
    key: str
    at: datetime
    remarks_at: tuple[datetime, ...]
    remark_keys: tuple[str, ...]
    photo_keys: tuple[str, ...]


def said(county: County, times: Times, chance: random.Random) -> list[Said]:
    """Everything that was posted, oldest first."""
    found = [_said(words, times, chance) for village in county.villages for words in village.words]
    return sorted(found, key=lambda each: each.at)


def _said(words: Words, times: Times, chance: random.Random) -> Said:
    at = times.at(words.at)
    count = len(words.remarks)
    gaps = [timedelta(minutes=chance.randint(*_GAPS[min(number, len(_GAPS) - 1)])) for number in range(count)]
    return Said(
        words=words,
        key=new_key(),
        at=at,
        remarks_at=tuple(times.later(at, gaps)),
        remark_keys=tuple(new_key() for _ in range(count)),
        photo_keys=tuple(new_key() for _ in words.photos),
    )


def first_words(everything: Iterable[Said]) -> dict[str, datetime]:
    """When each person is first heard: they must have been verified by then."""
    found: dict[str, datetime] = {}
    for each in everything:
        remarks = zip(each.words.remarks, each.remarks_at, strict=True)
        for who, at in [(each.words.by, each.at), *((remark.by, at) for remark, at in remarks)]:
            found[who] = min(at, found.get(who, at))
    return found


def verified_at(opened: datetime, first: datetime | None, times: Times, chance: random.Random) -> datetime:
    """A moment between the opening of the village and somebody's first words. Raises ValueError when there is none."""
    start = opened + timedelta(minutes=25)
    last = min(opened + WHOLE_VILLAGE, times.at("1d 12:00"))
    if first is not None:
        last = min(last, first - timedelta(minutes=5))
    if last < start:
        raise ValueError(f"somebody speaks at {first}, and the village was opened at {opened}")
    moment = start + (last - start) * chance.random() ** 2  # most come at once
    return times.later(moment - timedelta(minutes=1), [timedelta(minutes=1)])[0]


def admirers(ground: Ground, each: Said, wanted: int) -> list[Actor]:
    """Who liked something: mostly its own village, and always people who could see it."""
    place = ground.places[each.words.village]
    talkers = {remark.by for remark in each.words.remarks}
    pool = [
        actor
        for actor in ground.people.values()
        if actor.shown != each.words.by
        and actor.verified_at is not None
        and actor.verified_at < each.at
        and ground.may_answer(actor, place, each.words.audience)
    ]

    def reluctance(actor: Actor) -> float:
        near = 0.4 if actor.shown in talkers else 1.0 if actor.village == place.slug else 2.4
        return near * ground.chance.random()

    ranked = sorted(((reluctance(actor), actor.id, actor) for actor in pool), key=lambda entry: entry[:2])
    return [actor for *_, actor in ranked[:wanted]]


def moments(ground: Ground, start: datetime, people: Sequence[Actor], within: timedelta) -> list[datetime]:
    """A moment for each of these people, in order, within that time after `start`."""
    if not people:
        return []
    mean = within / (len(people) + 1)
    return ground.times.later(start, [mean * (0.4 + 1.2 * ground.chance.random()) for _ in people])
