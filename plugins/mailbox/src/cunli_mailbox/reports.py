"""Sealed reports (举报): putting one in, the receipt code, gathering, and what the discipline office does with one.

Nothing here knows who writes. A report lies as a slip for a while, is moved in a shuffled order at some later run of the clock,
and from then on says a day and no time. Its writer has a code of sixteen digits, of which only a keyed index is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from random import SystemRandom
from typing import Final

from cunli import audit, department_staff, new_key, officers, unit, villagers

from . import moments, sealing
from .keys import is_key
from .models import ABOUT, CODE, CONTENT, PICTURE, SAID, Report, ReportNote, ReportPhoto, Slip
from .report_states import REPORT_MOVES
from .terms import ZONE

CODE_DIGITS: Final = 16
NEAR: Final = ("village", "township")  # whoever holds office so near is no reader: 纪检 of the county only
CHANCE: Final = 0.5  # that a slip is taken along at one run


class ReportNotOpen(Exception):
    """The state of the report does not allow this: somebody was quicker, or the address was made up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What somebody reports. `name` and `phone` are empty in an anonymous one."""

    title: str
    body: str
    about: str
    about_id: int | None = None
    name: str = ""
    phone: str = ""

    @property
    def words(self) -> dict[str, object]:
        return {"title": self.title, "body": self.body, "about": self.about, "name": self.name, "phone": self.phone}


async def receivers(slug: str) -> list[int]:
    """Who may read reports from the village in scope: the county's discipline office, without anybody of this village, and
    without whoever holds an office over it in the village or township."""
    staff = {one.person_id for one in await department_staff(slug)} if slug else set()
    if not staff:
        return []
    near = {one.person_id for one in await officers() if one.level in NEAR}
    return sorted(staff - near - {one.person_id for one in await villagers()})


async def beyond(slug: str) -> set[int]:
    """Whom this office cannot look into: the county's own heads, and whoever works in it. Those go to the level above (R23)."""
    above = {one.person_id for one in await officers() if one.level not in NEAR}
    return above | {one.person_id for one in await department_staff(slug)}


# -- the receipt ---------------------------------------------------------------------------------------------------------


def code_for(form_key: str, told: Told, photos: Sequence[bytes]) -> str:
    """Sixteen digits that only this server can find, and finds again when the same form is sent twice."""
    digest = hashlib.sha256(sealing.filled(told.words).encode())
    for raw in photos:
        digest.update(hashlib.sha256(raw).digest())
    seed = CODE.index(f"code\x00{form_key}\x00{digest.hexdigest()}")
    return str(int.from_bytes(hashlib.sha256(seed.encode()).digest()[:16]) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def plain(code: str) -> str:
    """The digits of what somebody typed; empty when it is no code."""
    digits = "".join(code.split()).replace("-", "")
    return digits if len(digits) == CODE_DIGITS and digits.isascii() and digits.isdecimal() else ""


def today() -> date:
    return moments.now().astimezone(ZONE).date()


# -- by its writer -------------------------------------------------------------------------------------------------------


@unit
async def put(code: str, told: Told, photos: Sequence[bytes]) -> None:
    """Lay a report in as a slip. The same again changes nothing."""
    index = CODE.index(code)
    if await Slip.filter(code_index=index, kind="report").exists() or await Report.filter(code_index=index).exists():
        return
    key = new_key()
    await Slip.create(
        key=key,
        kind="report",
        report_key=key,
        code_index=index,
        about_index=ABOUT.index(str(told.about_id)) if told.about_id is not None else "",
        named=bool(told.name),
        day=today(),
        sealed=CONTENT.seal(sealing.filled(told.words), key),
        photos=[PICTURE.seal(sealing.picture(raw), f"{key}:{n}") for n, raw in enumerate(photos)],
    )


async def by_code(code: str) -> Report | None:
    """The report of this code, once it was gathered."""
    digits = plain(code)
    return await Report.filter(code_index__in=CODE.indexes(digits)).first() if digits else None


async def lies(code: str) -> bool:
    """Whether a report with this code is on its way."""
    digits = plain(code)
    return bool(digits) and await Slip.filter(code_index__in=CODE.indexes(digits), kind="report").exists()


def held(report: Report, code: str, note: ReportNote) -> str:
    """What was said, for whoever holds the code of the report."""
    clear = SAID.held(note.sealed, note.key, secret=plain(code), index=report.code_index, by=CODE)
    return sealing.unfilled(clear).get("words", "")


@unit
async def add(report: Report, form_key: str, words: str) -> None:
    """A further word of its writer, as a slip too. The same again changes nothing."""
    key = CODE.index(f"more\x00{form_key}\x00{words}")
    if await Slip.filter(key=key).exists() or await ReportNote.filter(key=key).exists():
        return
    sealed = SAID.seal(sealing.filled({"words": words}), key)
    await Slip.create(
        key=key, kind="more", report_key=report.key, code_index=report.code_index, day=today(), sealed=sealed
    )


# -- the clock -----------------------------------------------------------------------------------------------------------


async def gather() -> int:
    """Move some of the slips, in an order of chance; how many."""
    waiting = list(await Slip.all().order_by("key"))
    SystemRandom().shuffle(waiting)
    moved = 0
    for slip in waiting:
        if SystemRandom().random() < CHANCE:
            moved += await _move(slip)
    return moved


@unit
async def _move(slip: Slip) -> bool:
    if slip.kind == "more":
        report = await Report.get_or_none(key=slip.report_key)
        if report is None or not await Slip.filter(key=slip.key).delete():
            return False
        await _note(report, slip.key, "more", slip.sealed, day=slip.day, told=True)
        return True
    if not await Slip.filter(key=slip.key).delete():
        return False
    await Report.create(
        key=slip.report_key,
        number=f"JB{slip.day.year}-{secrets.randbelow(10**8):08d}",
        day=slip.day,
        named=slip.named,
        code_index=slip.code_index,
        about_index=slip.about_index,
        sealed=slip.sealed,
    )
    for n, sealed in enumerate(slip.photos):
        await ReportPhoto.create(key=f"{slip.report_key}:{n}", report_id=slip.report_key, number=n, sealed=sealed)
    return True


async def _note(
    report: Report, key: str, what: str, sealed: str, *, day: date, told: bool, staff: int | None = None
) -> None:
    last = await ReportNote.filter(report_id=report.key).order_by("-number").first()
    await ReportNote.create(
        key=key,
        report_id=report.key,
        number=last.number + 1 if last else 1,
        day=day,
        what=what,
        told=told,
        staff_id=staff,
        sealed=sealed,
    )


# -- by the discipline office --------------------------------------------------------------------------------------------


async def readable(person_id: int, most: int) -> list[Report]:
    """Reports of the village in scope for one of its receivers: never one about themselves."""
    own = Report.exclude(about_index__in=ABOUT.indexes(str(person_id)))
    return await own.order_by("-day", "key").limit(most)


async def one_for(person_id: int, key: str) -> Report | None:
    if not is_key(key):
        return None
    return await Report.filter(key=key).exclude(about_index__in=ABOUT.indexes(str(person_id))).first()


@unit
async def act(key: str, name: str, words: str, *, actor: int) -> None:
    """Do something with a report. What is done is told to its writer; what is only noted is not."""
    report = await Report.get(key=key)
    move = REPORT_MOVES.get(name)
    if move is None or report.state not in move.sources:
        raise ReportNotOpen(name)
    if move.to and not await Report.filter(key=key, state=report.state).update(state=move.to):
        raise ReportNotOpen(name)
    note = new_key()
    sealed = SAID.seal(sealing.filled({"words": words}), note) if words else ""
    await _note(report, note, name, sealed, day=today(), told=move.told, staff=actor)
    await audit(f"mailbox.report.{name}", actor=actor, object=("report", report.number), after=move.to or report.state)


async def notes_of(report: Report) -> list[ReportNote]:
    return await ReportNote.filter(report_id=report.key).order_by("number")


async def photos_of(report: Report) -> list[ReportPhoto]:
    return await ReportPhoto.filter(report_id=report.key).order_by("number")


def told_in(texts: Mapping[str, str]) -> list[tuple[str, str]]:
    """What stands in a report, in the order of the form."""
    return [(name, texts[name]) for name in ("about", "title", "body", "name", "phone") if texts.get(name)]
