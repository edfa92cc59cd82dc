"""Letters as pages show them: what may be shown to whom is decided here, so that no template can show more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cunli import gettext as _

from . import moments, words
from .clocks import Running
from .models import WHOM, Letter, Step
from .moving import Ground
from .reading import INTERNAL
from .standing import Reader, roles, who_acted
from .states import OFFICIAL, Who
from .terms import last_day
from .ticking import clocks_of, next_due


def roles_with(letter: Letter, looks: Reader, steps: Sequence[Step]) -> frozenset[Who]:
    """What somebody is to a letter, knowing who did what with it."""
    return roles(letter, looks, who_acted(steps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A letter in a list."""

    id: int
    key: str
    url: str
    number: str
    title: str
    kind: Any
    icon: str
    state: Any
    tone: str
    at: datetime | None
    supporters: int
    due_at: datetime | None
    overdue: bool
    provisional: bool
    own: bool
    urgent: bool


def line(letter: Letter, village_url: str, looks: Reader | None = None) -> Line:
    """A letter in a list, without its writer."""
    label, _about, icon = words.KINDS[letter.kind]
    overdue = letter.due_at is not None and letter.due_at <= moments.now()
    return Line(
        id=letter.id,
        key=letter.key,
        url=f"{village_url}/mailbox/letters/{letter.key}",
        number=f"{letter.year}-{letter.number:04d}",
        title=letter.title,
        kind=label,
        icon=icon,
        state=words.STATES[letter.state],
        tone=words.TONES.get(letter.state, "wait"),
        at=letter.submitted_at,
        supporters=letter.supporters,
        due_at=letter.due_at,
        overdue=overdue,
        provisional=letter.provisional,
        urgent=letter.urgency == "life",
        own=looks is not None and looks.person_id in (letter.writer_id, letter.helper_id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One step of the timeline."""

    title: Any
    at: datetime
    who: str
    office: Any
    words: str
    reason: str
    route: str
    outcome: Any
    official: bool
    took: Any
    photos: list[str]


@dataclass(frozen=True, slots=True)
class Names:
    """What people and departments are called."""

    people: Mapping[int, str]
    departments: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """A letter on its own page. What this reader may not see is empty."""

    line: Line
    letter: Letter
    writer: Any
    whom: str
    body: str
    place: str
    photos: list[str]
    channel: Any
    about: str
    rank: Any
    first_rank: Any
    joint: list[str]
    supervised: bool
    urgent: bool
    steps: list[Shown]
    term: Any
    days: tuple[int, int] | None
    citation: str
    last_day: Any
    closed_how: Any
    satisfaction: Any


def full(
    letter: Letter, steps: Sequence[Step], known: Names, ground: Ground, *, whole: bool, inside: bool = False
) -> Full:
    """A letter as its page shows it; `whole` for its writer and the offices that have it, `inside` for the offices alone."""
    url, names = ground.url, known.people
    running = next_due(clocks_of(letter, steps, ground.calendar, ground.rules))
    return Full(
        line=line(letter, url),
        letter=letter,
        writer=_writer(letter, names, whole=whole),
        whom=str(WHOM.masked(letter.whom, letter.key)) if letter.whom and whole else "",
        body=letter.body,
        place=letter.place,
        photos=[f"{url}/mailbox/letters/{letter.key}/photo/{key}" for key in letter.photos],
        channel=words.CHANNELS[letter.channel] if letter.channel != "online" else "",
        about=names.get(letter.about_id or 0, "") if whole else "",
        rank=known.departments.get(letter.department) or words.RANKS[letter.rank],
        first_rank=known.departments.get(letter.first_department) or words.RANKS[letter.first_rank],
        joint=[known.departments.get(slug, slug) for slug in letter.joint.split(",") if slug],
        supervised=letter.supervised_at is not None and inside,
        urgent=letter.urgency == "life",
        steps=[_step(one, letter, known, url, whole=whole) for one in steps if inside or one.move not in INTERNAL],
        term=running.rule.name if running else "",
        days=_days(running) if running else None,
        citation=_citation(running) if running else "",
        last_day=last_day(running.due) if running and running.due else None,
        closed_how=words.CLOSED.get(letter.closed_how, ""),
        satisfaction=words.SATISFACTION.get(letter.satisfaction, "") if whole else "",
    )


def _writer(letter: Letter, names: Mapping[int, str], *, whole: bool) -> Any:
    if whole or letter.named:
        person = letter.writer_id or letter.helper_id
        return names.get(person or 0, _("已注销的乡亲"))
    return _("一位乡亲（名字只有办信的人看得到）")


def _citation(running: Running) -> str:
    return f"《{running.rule.law}》{running.rule.article}"


def _days(running: Running) -> tuple[int, int]:
    """(days used, days of the term), both at least 1, for a bar."""
    assert running.due is not None
    whole = max(1, (running.due.at - running.since).days)
    return min(whole, max(0, (moments.now() - running.since).days)), whole


def _step(step: Step, letter: Letter, known: Names, url: str, *, whole: bool) -> Shown:
    official, names = step.acting in OFFICIAL, known.people
    own = step.acting in (Who.WRITER, Who.HELPER)
    return Shown(
        title=words.HAPPENED[step.move],
        at=step.at,
        who=names.get(step.actor_id or 0, "") if official or (own and (whole or letter.named)) else "",
        office=(known.departments.get(str(step.facts.get("department", ""))) or words.RANKS.get(step.rank, ""))
        if official
        else "",
        photos=[f"{url}/mailbox/letters/{letter.key}/photo/{key}" for key in step.facts.get("photos", ())],
        words=step.words,
        reason=step.reason if whole or official else "",
        route=str(step.facts.get("route", "")),
        outcome=words.OUTCOMES.get(str(step.facts.get("outcome", "")), ""),
        official=official,
        took=took(step.seconds) if step.seconds >= 60 else "",
    )


def took(seconds: int) -> Any:
    """A span in words."""
    days, rest = divmod(seconds, 86400)
    hours, rest = divmod(rest, 3600)
    if days:
        return _("%(d)s 天 %(h)s 小时", d=days, h=hours)
    return _("%(h)s 小时 %(m)s 分", h=hours, m=rest // 60) if hours else _("%(m)s 分钟", m=rest // 60)
