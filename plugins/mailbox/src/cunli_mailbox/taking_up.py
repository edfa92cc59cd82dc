"""Matters that other plugins raise become letters: the mailbox answers for the office in its terms, as for any other letter."""

from __future__ import annotations

from dataclasses import replace

from cunli import MatterRaised, officers, reach, setting_of, unit
from cunli import gettext as _

from . import moments, words, writing
from .duty import Hours
from .models import Letter
from .moving import Ground
from .office import calendar
from .settings import DUTY_FROM, DUTY_TO, SHORTER
from .standing import COUNTY
from .terms import ZONE
from .ticking import rules_with
from .writing import Written

MOST_TITLE = 40
MOST_PATH = 120


async def raised(event: MatterRaised) -> None:
    """A letter in the name of whoever raised it, once; the words stay where they were written, and the letter leads there."""
    url = next((one.url for one in (await reach()).villages if one.id == event.village_id), "")
    if not url or await Letter.filter(matter=event.matter).exists():
        return
    hours = Hours.read(await setting_of(DUTY_FROM), await setting_of(DUTY_TO))
    rules = rules_with({rule: await setting_of(which) for rule, which in SHORTER.items()})
    ground = Ground(calendar=calendar(), rules=rules, url=url, hours=hours)
    await _take_up(event, ground)


@unit
async def _take_up(event: MatterRaised, ground: Ground) -> None:
    if await Letter.filter(matter=event.matter).exists():
        return
    own = event.path.startswith("/v/") and len(event.path) <= MOST_PATH
    written = Written(
        kind="complaint",
        title=event.title[:MOST_TITLE],
        body=str(_("原话写在别的地方，点下面的“看原话”。")),
        matter=event.matter,
        matter_path=event.path if own else "",
    )
    written = await _above(written, event.about_id)
    today = moments.now().astimezone(ZONE).date()
    await writing.send(written, ground, writer=event.person_id, helper=None, today=today)


async def _above(written: Written, about: int | None) -> Written:
    """What is about somebody in office goes to the level above him, as a letter about a cadre does. Above the county nobody reads."""
    ranks = [
        words.RANK_OF.get(one.level, 0) for one in await officers() if about is not None and one.person_id == about
    ]
    rank = max(ranks, default=0)
    return replace(written, about_id=about, about_rank=rank) if 0 < rank < COUNTY else written
