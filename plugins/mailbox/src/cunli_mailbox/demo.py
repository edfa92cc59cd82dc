"""Letters of a few weeks for the demo county, written and answered through the same doors as real ones."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final

import click

from cunli import officers, reach, villagers

from . import duty, moments, petitions, phrases
from .models import Letter
from .moving import Ground, move
from .office import calendar
from .petitions import Counted, Quarter
from .terms import ZONE
from .ticking import rules_with
from .writing import Written, send, support

Acts = Sequence[tuple[float, str, str, dict[str, Any]]]  # days later, by whom, what, with what


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A letter and what became of it. `ago`: days before today."""

    ago: float
    kind: str
    title: str
    body: str
    place: str = ""
    public: bool = True
    others: int = 0
    acts: Acts = field(default_factory=tuple)


@cache
def stories() -> list[Story]:
    """The letters of `demo.toml`."""
    told = tomllib.loads(files("cunli_mailbox").joinpath("demo.toml").read_text("utf-8"))["story"]
    return [
        Story(**(one | {"acts": [(act["days"], act["by"], act["does"], act["with"]) for act in one["acts"]]}))
        for one in told
    ]


PHRASES: Final = (
    ("路灯报修", "收到，三天以内来修。修好请到这封信里按“办好了”，没修好就按“没办好”。"),
    ("要补材料", "还差一样材料，请拍照发在“补充”里，收到以后接着办。"),
)


@click.command("demo")
async def demo() -> None:
    """Letters of a few weeks in this village."""
    people = [one.person_id for one in await villagers()]
    there = await officers()
    offices = {level: [one.person_id for one in there if one.level == level] for level in LEVELS}
    writers = [one for one in people if one not in offices["village"]]
    if len(writers) < MOST_OTHERS or not offices["village"]:
        return
    chance = random.Random(len(people))  # noqa: S311 a demo, the same each time
    regions = {one.region_id for one in there}
    here = next(one.url for one in (await reach()).villages if one.region_id in regions)
    ground = Ground(calendar=calendar(), rules=rules_with({}), url=here)
    for story in stories():
        if chance.random() < EACH and (
            offices["township"] or all(who != "above" for _days, who, _what, _with in story.acts)
        ):
            await _tell(story, chance.sample(writers, MOST_OTHERS), offices, ground)
    await _arrange(offices["village"], chance)


LEVELS: Final = ("village", "township", "county")
MOST_OTHERS: Final = 8
EACH: Final = 0.8  # so that not every village has the same troubles


async def _tell(story: Story, people: Sequence[int], offices: dict[str, list[int]], ground: Ground) -> None:
    start = datetime.now(UTC) - timedelta(days=story.ago)
    writer, *others = people
    written = Written(kind=story.kind, title=story.title, body=story.body, place=story.place, public=story.public)
    with moments.as_of(start):
        today = start.astimezone(ZONE).date()
        letter = await send(written, ground, writer=writer, helper=None, today=today)
    for other in others[: story.others]:
        await support(letter, other, on=True)
    by = {"office": offices["village"][0], "writer": writer, "above": next(iter(offices["township"]), 0)}
    for days, who, what, facts in story.acts:
        with moments.as_of(start + timedelta(days=days)):
            await move(letter.key, what, ground, actor=by[who], verified=True, facts=facts)


async def _arrange(office: Sequence[int], chance: random.Random) -> None:
    """Two weeks of duty, two phrases, and petitions that fell since there are letters."""
    today = datetime.now(UTC).astimezone(ZONE).date()
    await duty.write_roster({today + timedelta(days=n): office[n % len(office)] for n in range(14)})
    for title, words in PHRASES:
        await phrases.add(title, words)
    first = (await Letter.all().order_by("submitted_at").first().values("submitted_at"))["submitted_at"]
    since, people = Quarter.of(first.astimezone(ZONE).date()), chance.randint(1200, 2400)
    falls = chance.choice((0.85, 0.65))  # the two towns of the story: −15 % and −35 %
    before = 20
    await petitions.write(
        Counted(quarter=since.before(n), petitions=round(before * (falls if n <= 0 else 1)), residents=people)
        for n in range(4, -1, -1)
    )
