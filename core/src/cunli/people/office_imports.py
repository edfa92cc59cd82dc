"""Offices by the hundred: a table is looked at line by line, then carried out by a job, and changes nothing the second time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from cunli import db
from cunli.clock import now
from cunli.jobs import enqueue
from cunli.jobs.tasks import Task, TaskContext
from cunli.people import accounts, office_rows, roles, rules
from cunli.people.models import OfficeImport
from cunli.people.office_rows import Wanted
from cunli.people.personal import OFFICE_IMPORT, PHONE
from cunli.people.queries import RoleNow
from cunli.people.roles import AlreadyHeld, Granter, NotAllowed, ReadsAudit, WrongLevel
from cunli.trust.audit import audit
from cunli.trust.numbers import parse_phone
from cunli.web.i18n import LazyText, _
from cunli.web.tokens import new_key

State = Literal["checked", "started", "done"]
KEPT: Final = timedelta(days=7)
RUN: Final = "people.import_offices"
AT_ONCE: Final = 40  # lines in one unit: others write in between
GRANTED, MADE, HELD, WRONG = "granted", "made", "held", "wrong"
WORDS: Final[Mapping[str, LazyText]] = {
    GRANTED: _("已有账号，给职务"),
    MADE: _("新开账号，给职务"),
    HELD: _("已经担任，不用改"),
    WRONG: _("要改"),
}
DONE: Final[Mapping[str, LazyText]] = {
    GRANTED: _("给了职务"),
    MADE: _("开了账号，给了职务"),
    HELD: _("本来就担任"),
    WRONG: _("没有办"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One line and what would happen: `outcome` is one of `WORDS`; `text` says what is wrong and what to do about it."""

    wanted: Wanted
    outcome: str
    text: LazyText | str = ""
    region_id: int = 0
    region: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportNow:
    """A table that was uploaded, as its owner sees it."""

    id: int
    key: str
    state: State
    total: int
    done: int
    at: datetime
    lines: tuple[Wanted, ...]
    outcomes: Mapping[int, str]  # by line, once it is carried out


@dataclass(frozen=True, slots=True, kw_only=True)
class _Actor:
    id: int
    roles: tuple[RoleNow, ...]


# -- looking ------------------------------------------------------------------------------------------------------------


async def judge(lines: Sequence[Wanted], actor: Granter) -> list[Judged]:
    """What each line would do if it were carried out by this official now."""
    regions, known = await _regions(lines), await _accounts(lines)
    held = await _held({person for person, _state in known.values()})
    twice = office_rows.again(lines)
    return [_judged(one, actor, regions, known, held, twice) for one in lines]


@dataclass(frozen=True, slots=True)
class _Region:
    id: int
    level: int
    name: str
    chain: tuple[int, ...]


Held = frozenset[tuple[int, str, int]]


def _judged(
    one: Wanted,
    actor: Granter,
    regions: Mapping[str, list[_Region]],
    known: Mapping[str, tuple[int, str]],
    held: Held,
    twice: Mapping[int, int],
) -> Judged:
    if (wrong := office_rows.wrong_in_itself(one)) is not None:
        return Judged(wanted=one, outcome=WRONG, text=wrong)
    if one.line in twice:
        return Judged(wanted=one, outcome=WRONG, text=_("和第 %(n)s 行一样，删掉一行", n=twice[one.line]))
    found = regions.get(one.region, [])
    region = next((each for each in found if each.level == rules.LEVELS[one.kind]), None)
    if region is None:
        return Judged(wanted=one, outcome=WRONG, text=_no_region(one, found))
    if not rules.may_grant(actor.roles, one.kind, region.chain):
        return Judged(
            wanted=one, outcome=WRONG, text=_not_mine(actor, one.kind, region), region_id=region.id, region=region.name
        )
    number = parse_phone(one.phone)
    person, state = known.get(number.e164 if number else "", (0, "active"))
    if state != accounts.ACTIVE:
        text = _("这个手机号的账号停用了，先恢复账号，再来给职务")
        return Judged(wanted=one, outcome=WRONG, text=text, region_id=region.id, region=region.name)
    outcome = MADE if not person else HELD if (person, one.kind, region.id) in held else GRANTED
    return Judged(wanted=one, outcome=outcome, region_id=region.id, region=region.name)


def _no_region(one: Wanted, found: Sequence[_Region]) -> LazyText:
    if not found:
        return _("没有代码是 %(code)s 的地方。到“村庄”页查代码，或者先导入区划", code=one.region)
    return _(
        "%(code)s 是%(place)s，和职务“%(role)s”不是一级。改职务，或者改代码",
        code=one.region,
        place=found[0].name,
        role=one.role,
    )


def _not_mine(actor: Granter, kind: str, region: _Region) -> LazyText:
    if rules.LEVELS[kind] < min((rules.LEVELS[role.kind] for role in actor.roles), default=0):
        return _("这个职务比你自己的高，要由上级来任命")
    return _("%(place)s不归你管，请归它管的管理员来办", place=region.name)


async def _regions(lines: Sequence[Wanted]) -> dict[str, list[_Region]]:
    codes = sorted({one.region for one in lines})
    parents: dict[int, tuple[int | None, int]] = {}
    rows: list[Any] = []
    for some in _portions(codes):
        rows += await db.read(
            "SELECT id, code, level, short, parent_id FROM core_region WHERE state = 'active'"  # noqa: S608 marks only
            f" AND code IN ({db.marks(some)})",
            *some,
        )
    await _climb({row["parent_id"] for row in rows if row["parent_id"]}, parents)
    found: dict[str, list[_Region]] = {}
    for row in rows:
        chain = (row["id"], *_above(row["parent_id"], parents))
        found.setdefault(row["code"], []).append(_Region(row["id"], row["level"], row["short"], chain))
    return found


async def _climb(wanted: set[int], parents: dict[int, tuple[int | None, int]]) -> None:
    """The parents of these regions up to the root, each level of the tree in one read."""
    while wanted := {one for one in wanted if one not in parents}:
        for some in _portions(sorted(wanted)):
            sql = f"SELECT id, parent_id, level FROM core_region WHERE id IN ({db.marks(some)})"  # noqa: S608 marks only
            for row in await db.read(sql, *some):
                parents[row["id"]] = (row["parent_id"], row["level"])
        wanted = {parents[one][0] or 0 for one in wanted if one in parents} - {0}


def _above(region: int | None, parents: Mapping[int, tuple[int | None, int]]) -> list[int]:
    chain = []
    while region is not None and region in parents:
        chain.append(region)
        region = parents[region][0]
    return chain


async def _accounts(lines: Sequence[Wanted]) -> dict[str, tuple[int, str]]:
    """The accounts that there are, by number: person and state."""
    numbers = {number.e164 for one in lines if (number := parse_phone(one.phone))}
    by_index = {index: e164 for e164 in numbers for index in PHONE.indexes(e164)}
    found: dict[str, tuple[int, str]] = {}
    for some in _portions(sorted(by_index)):
        sql = f"SELECT id, state, phone_index FROM core_person WHERE phone_index IN ({db.marks(some)})"  # noqa: S608 marks only
        for row in await db.read(sql, *some):
            found[by_index[row["phone_index"]]] = (row["id"], row["state"])
    return found


async def _held(people: set[int]) -> Held:
    found: set[tuple[int, str, int]] = set()
    for some in _portions(sorted(people)):
        rows = await db.read(
            "SELECT person_id, kind, region_id FROM core_role WHERE revoked_at IS NULL"  # noqa: S608 marks only
            f" AND person_id IN ({db.marks(some)})",
            *some,
        )
        found |= {(row["person_id"], row["kind"], row["region_id"]) for row in rows}
    return frozenset(found)


def _portions(values: Sequence[Any], size: int = 400) -> Iterable[Sequence[Any]]:
    return (values[start : start + size] for start in range(0, len(values), size))


# -- keeping ------------------------------------------------------------------------------------------------------------


@db.unit
async def keep(lines: Sequence[Wanted], person_id: int) -> str:
    """Keep a table that was uploaded, to be looked at and then carried out; its key."""
    key = new_key()
    content = OFFICE_IMPORT.seal(office_rows.packed(lines), key)
    await OfficeImport.create(
        key=key, person_id=person_id, content=content, total=len(lines), at=now(), expires_at=now() + KEPT
    )
    return key


async def kept(key: str, person_id: int) -> ImportNow | None:
    """A table that this person uploaded; None for those of others and for what is forgotten."""
    rows = await db.read(
        "SELECT * FROM core_office_import WHERE key = ? AND person_id = ? AND expires_at > ?", key, person_id, now()
    )
    return _import(rows[0]) if rows else None


def _import(row: Any) -> ImportNow:
    owner = row["person_id"]
    text = OFFICE_IMPORT.own(row["content"], row["key"], about=owner, reader=owner)
    return ImportNow(
        id=row["id"],
        key=row["key"],
        state=row["state"],
        total=row["total"],
        done=row["done"],
        at=db.when(row["at"]),
        lines=tuple(office_rows.unpacked(text)),
        outcomes={int(line): outcome for line, outcome in json.loads(row["outcomes"]).items()},
    )


@db.unit
async def sweep() -> int:
    """Forget tables a week after they came."""
    return await db.write("DELETE FROM core_office_import WHERE expires_at <= ?", now())


# -- carrying out -------------------------------------------------------------------------------------------------------


@db.unit
async def start(key: str, person_id: int) -> None:
    """Have the table carried out. Once is enough: starting it again does nothing."""
    started = await db.write(
        "UPDATE core_office_import SET state = 'started' WHERE key = ? AND person_id = ? AND state = 'checked'",
        key,
        person_id,
    )
    if not started:
        return
    found = await kept(key, person_id)
    assert found is not None
    await audit("core.role.import", actor=person_id, object=("office_import", found.id), lines=found.total)
    await enqueue(RUN, {"import": found.id}, dedupe=f"{RUN}:{found.id}")


async def carry_out(ctx: TaskContext) -> None:
    """The job: line after line, some in each unit. A second run goes on where the first one was cut off."""
    rows = await db.read("SELECT * FROM core_office_import WHERE id = ? AND state = 'started'", ctx.payload["import"])
    if not rows:
        return
    found, owner = _import(rows[0]), rows[0]["person_id"]
    waiting = [one for one in found.lines if one.line not in found.outcomes]
    for some in _portions(waiting, AT_ONCE):
        await _some(found.id, owner, some)
    await db.run_unit(db.write, "UPDATE core_office_import SET state = 'done' WHERE id = ?", found.id)


@db.unit
async def _some(import_id: int, owner: int, lines: Sequence[Wanted]) -> None:
    """The offices are asked for again in each unit: whoever lost theirs meanwhile grants nothing more."""
    rows = await db.read("SELECT state FROM core_person WHERE id = ?", owner)
    active = bool(rows) and rows[0]["state"] == accounts.ACTIVE
    actor = _Actor(id=owner, roles=await roles.roles_of(owner) if active else ())
    (row,) = await db.read("SELECT * FROM core_office_import WHERE id = ?", import_id)
    everything = _import(row)
    outcomes = dict(everything.outcomes)
    wanted = {one.line for one in lines} - outcomes.keys()
    for judged in await judge(everything.lines, actor):
        if judged.wanted.line in wanted:
            outcomes[judged.wanted.line] = await _carried_out(judged, actor)
    await db.write(
        "UPDATE core_office_import SET outcomes = ?, done = ? WHERE id = ?",
        json.dumps(outcomes),
        len(outcomes),
        import_id,
    )


async def _carried_out(judged: Judged, actor: Granter) -> str:
    if judged.outcome in (WRONG, HELD):
        return judged.outcome
    try:
        return await carry_out_one(judged, actor)
    except AlreadyHeld:
        return HELD
    except (NotAllowed, ReadsAudit, WrongLevel):
        return WRONG


@db.unit
async def carry_out_one(judged: Judged, actor: Granter) -> str:
    """Grant the office of a line that is right; what came of it. Raises as `roles.grant` does."""
    wanted, number = judged.wanted, parse_phone(judged.wanted.phone)
    assert number is not None, "a line that is right has a number"
    person = await accounts.find_by_phone(number)  # an earlier line may have made it
    made = person is None
    if person is None:
        person = await accounts.add_person(number, wanted.name, name=wanted.name, by="web", actor=actor.id)
    await roles.grant(actor, person, wanted.kind, judged.region_id, title=wanted.title)
    return MADE if made else GRANTED


TASK: Final = Task(name=RUN, run=carry_out, timeout=600)
