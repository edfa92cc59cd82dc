"""Moves: the one door through which a letter changes. Who may, what it needs, the step, the clocks, and who is told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tortoise.expressions import F

from cunli import MatterSettled, audit, emit, officers, unit, use_photos
from cunli import gettext as _

from . import joining, moments, tallying, telling
from .clocks import Rule
from .duty import DEFAULT, Hours
from .events import LetterClosed, LetterReopened, LetterReplied, LetterSubmitted
from .models import Letter, Step
from .reading import departments_of
from .standing import Reader, reader_of, roles, who_acted
from .states import BACK, BY_NAME, OFFICIAL, Move, State, Who, can
from .terms import Calendar
from .ticking import terms_now
from .words import place_of

MOST_RANK = 3
MOST_JOINT = 200


class NotOpen(Exception):
    """This move is not open to this person now: not theirs, or somebody else was quicker."""


class Lacking(Exception):
    """A field that the move needs was not given, or cannot be: `args` are its name and, where that is not enough, what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a move stands on and is fetched before its unit: holidays, rules, the address and the hours of the village."""

    calendar: Calendar
    rules: Sequence[Rule]
    url: str
    hours: Hours = DEFAULT


@unit
async def move(
    key: str,
    name: str,
    ground: Ground,
    *,
    actor: int | None,
    verified: bool = False,
    facts: Mapping[str, Any] | None = None,
) -> Letter:
    """Do something with a letter. `actor` is `None` for the clock. Raises `NotOpen`, `Lacking`, `DoesNotExist`."""
    given = dict(facts or {})
    letter = await Letter.get(key=key)
    steps = await Step.filter(letter_id=letter.id).order_by("number")
    offices = await officers()
    departments = await departments_of(actor, letter) if actor is not None else []
    reader = reader_of(actor, verified, offices, departments)
    acting = _acting(letter, reader, steps, name, actor)
    chosen = BY_NAME[name]
    for needed in chosen.needs:
        if not given.get(needed):
            raise Lacking(needed)
    if given.get("photos"):
        await use_photos(given["photos"], owner_id=actor)
    if name == "extend":
        _check_extension(given, steps, ground.rules)
    if name == "merge" and not await joining.takes(letter, int(given["into"])):
        raise Lacking("into", _("这封信不能并进去，请选别的"))
    changes, came_from = _changes(letter, chosen, given), (letter.rank, letter.department)
    now = moments.now()
    step = await _step(letter, steps, chosen, changes, given, acting, actor, reader, now)
    await _write(letter, changes, [*steps, step], ground)
    await _write_down(letter, chosen, step, actor, acting)
    if name == "merge":
        await joining.follow(letter, int(given["into"]))
    elsewhere = (letter.rank, letter.department) != came_from
    await telling.of_move(letter, chosen, step, offices, actor, url=ground.url, elsewhere=elsewhere)
    return letter


def _check_extension(given: Mapping[str, Any], steps: Sequence[Step], rules: Sequence[Rule]) -> None:
    """A term is extended once, and no further than its rule allows."""
    caps = {rule.id: rule.extend for rule in rules}
    if any(one.move == "extend" and one.facts.get("rule") == given["rule"] for one in steps):
        raise Lacking("rule", _("这个期限已经延长过一次，不能再延"))
    if not 0 < int(given["amount"]) <= caps.get(given["rule"], 0):
        raise Lacking("amount", _("最多加 %(n)s", n=caps.get(given["rule"], 0)))


def _acting(letter: Letter, reader: Reader, steps: Sequence[Step], name: str, actor: int | None) -> Who:
    held = frozenset({Who.CLOCK}) if actor is None else roles(letter, reader, who_acted(steps))
    if name not in BY_NAME or not can(name, held, State(letter.state), letter.stage):
        raise NotOpen(name)
    return next(who for who in Who if who in held and who in BY_NAME[name].by)


def _changes(letter: Letter, chosen: Move, given: dict[str, Any]) -> dict[str, Any]:
    """What the move changes in the row, by its name."""
    changes: dict[str, Any] = {"state": chosen.to.value if chosen.to else letter.state}
    if chosen.name in BACK:
        changes |= {"state": letter.back_to or State.SUBMITTED.value, "back_to": ""}
    elif chosen.name == "pause":
        changes["back_to"] = letter.state
    elif chosen.name == "triage":
        changes |= {"track": given["track"], "urgency": given["urgency"]}
    elif chosen.name == "merge":
        changes["into_id"] = given["into"]
    elif chosen.name == "separate":
        changes["into_id"] = None
    elif chosen.name == "supervise":
        changes["supervised_at"] = moments.now()
    elif chosen.name in ("confirm", "call_back"):
        changes["satisfaction"] = int(given["satisfaction"])
    return changes | _whereto(letter, chosen, given) | _times(letter, chosen)


def _whereto(letter: Letter, chosen: Move, given: Mapping[str, Any]) -> dict[str, Any]:
    """Which office or department has it then."""
    if chosen.name in ("assign", "hand_over"):
        return {**_place(letter, given), "handler_id": given.get("handler")}
    if chosen.name == "object":
        return {"rank": letter.first_rank, "department": letter.first_department, "handler_id": None}
    if chosen.name in ("ask_review", "ask_rereview"):
        above = {"rank": min(MOST_RANK, letter.rank + 1), "department": ""}
        return {"stage": letter.stage + 1, **above, "handler_id": None}
    return {"joint": _joined(letter, given)} if chosen.name == "join" else {}


def _place(letter: Letter, given: Mapping[str, Any]) -> dict[str, Any]:
    """The office or department that gets it; never one at or below the level of whoever the letter is about."""
    rank, department = place_of(str(given["office"]))
    if not letter.about_rank < rank <= MOST_RANK:
        raise Lacking("office", _("这封信不能给这一级办"))
    return {"rank": rank, "department": department}


def _joined(letter: Letter, given: Mapping[str, Any]) -> str:
    _rank, department = place_of(str(given["office"]))
    joint = f"{letter.joint}{department},"
    if (
        not department
        or f",{department}," in letter.joint
        or department == letter.department
        or len(joint) > MOST_JOINT
    ):
        raise Lacking("office", _("这个部门已经在办这封信"))
    return joint


def _times(letter: Letter, chosen: Move) -> dict[str, Any]:
    now = moments.now()
    if chosen.event == "submitted":
        return {"submitted_at": now}
    if chosen.event == "replied" and letter.answered_at is None:
        return {"answered_at": now, "answered_late": letter.due_at is not None and letter.due_at <= now}
    if chosen.to is State.CLOSED:
        how = {"confirm": "confirmed", "call_back": "called_back"}.get(chosen.name, "silent")
        return {"closed_at": now, "closed_how": how}
    if chosen.to is State.REOPENED:
        return {"closed_at": None, "closed_how": "", "satisfaction": 0}
    return {}


async def _step(
    letter: Letter,
    steps: Sequence[Step],
    chosen: Move,
    changes: Mapping[str, Any],
    given: dict[str, Any],
    acting: Who,
    actor: int | None,
    reader: Reader,
    now: datetime,
) -> Step:
    last = steps[-1].at if steps else now
    return await Step.create(
        letter_id=letter.id,
        number=letter.steps_count + 1,
        at=now,
        actor_id=actor,
        acting=acting.value,
        rank=max(reader.ranks, default=0) if acting in OFFICIAL else 0,
        move=chosen.name,
        before=letter.state,
        after=changes["state"],
        words=str(given.pop("words", "")),
        reason=str(given.pop("reason", "")),
        facts=given | _acting_for(letter, acting, reader),
        seconds=max(0, int((now - last).total_seconds())),
    )


def _acting_for(letter: Letter, acting: Who, reader: Reader) -> dict[str, Any]:
    """The department for which somebody acts, where it is one."""
    held = {Who.RECEIVER: letter.first_department, Who.HANDLER: letter.department}.get(acting, "")
    if acting is Who.JOINT:
        held = next(iter(sorted(reader.departments)), "")
    return {"department": held} if held else {}


async def _write(letter: Letter, changes: dict[str, Any], steps: Sequence[Step], ground: Ground) -> None:
    """Change the row, unless somebody was quicker. Then what the clocks say about it."""
    seen = letter.steps_count
    counted = tallying.adds(tallying.row_of(letter)) if letter.tallied else {}
    for name, value in changes.items():
        setattr(letter, name, value)
    letter.steps_count = seen + 1
    due = terms_now(letter, steps, ground.calendar, ground.rules)
    done = await Letter.filter(id=letter.id, steps_count=seen).update(
        **changes, **due, tallied=True, steps_count=F("steps_count") + 1
    )
    if not done:
        raise NotOpen("somebody was quicker")
    await tallying.count(letter, counted)


async def _write_down(letter: Letter, chosen: Move, step: Step, actor: int | None, acting: Who) -> None:
    await audit(
        f"mailbox.letter.{chosen.name}",
        actor=actor,
        object=("letter", letter.id),
        by="web" if actor is not None else "system",
        before=step.before,
        after=step.after,
        acting=acting.value,
        seconds=step.seconds,
    )
    if chosen.event == "submitted":
        await emit(LetterSubmitted(village_id=letter.village_id, letter_id=letter.id))
    elif chosen.event == "replied":
        await emit(LetterReplied(village_id=letter.village_id, letter_id=letter.id))
    elif chosen.to is State.CLOSED:
        await emit(LetterClosed(village_id=letter.village_id, letter_id=letter.id, how=letter.closed_how))
        if letter.matter:
            await emit(MatterSettled(village_id=letter.village_id, matter=letter.matter))
    elif chosen.to is State.REOPENED:
        await emit(LetterReopened(village_id=letter.village_id, letter_id=letter.id))
