"""What is done about young people: they say so, somebody answers for them, agrees, takes it back. One unit each."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import Final

from cunli import db
from cunli.care import consents
from cunli.clock import now, today
from cunli.minors import queries, rules
from cunli.minors.personal import NAME
from cunli.minors.queries import MinorNow
from cunli.notify.actions import tell
from cunli.trust.audit import audit
from cunli.web.tokens import new_key

CODE_LIFE: Final = timedelta(days=7)
GUARDIANS_MOST: Final = 4
PURPOSE: Final = "guardian"
WARDS: Final = "/me/wards"
MINE: Final = "/me/guardian"


class NotTheirs(Exception):
    """Somebody who may not answer for this young person; `why` is one of: self, minor, village, household, twice, most."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@db.unit
async def declare(person_id: int, village_id: int, grown_up: date) -> MinorNow:
    """Somebody says in a village that they are not grown up. Said before: nothing changes, only the village corrects it."""
    fresh = await db.write(
        "INSERT INTO core_minor (person_id, village_id, adult_on, consented, declared_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (person_id) DO NOTHING",
        person_id,
        village_id,
        grown_up,
        False,
        now(),
    )
    known = await queries.minor(person_id)
    assert known is not None, "the day in a new row lies ahead"
    if fresh:
        await audit(
            "core.minor.declared", actor=person_id, village=village_id, object=("person", person_id), age=known.age
        )
        await renew_code(person_id)
        if known.waits:
            await _hide(person_id)
    return await queries.minor(person_id) or known


@db.unit
async def renew_code(person_id: int) -> None:
    """A new code for whoever is to answer; the one before is void."""
    await db.write(
        "UPDATE core_minor SET code = ?, code_until = ? WHERE person_id = ?",
        await _free_code(),
        now() + CODE_LIFE,
        person_id,
    )


async def _free_code() -> str:
    while True:
        code = f"{secrets.randbelow(10**8):08d}"
        if not await db.read("SELECT 1 FROM core_minor WHERE code = ?", code):
            return code


@db.unit
async def answer_for(guardian_id: int, code: str) -> MinorNow | None:
    """A villager says with a code that they are the guardian, and agrees where that is needed. Raises `NotTheirs`.

    None: no such code. Both are verified in one village; households that are known must be the same one, else the
    committee sees papers first.
    """
    child = await queries.by_code(code)
    if child is None:
        return None
    await _refuse_strangers(guardian_id, child)
    if not await _spend(child, code):
        return None
    await _link(child, guardian_id=guardian_id, name="", recorded_by=None)
    await audit(
        "core.guardian.added",
        actor=guardian_id,
        village=child.village_id,
        object=("person", child.person_id),
        how="own",
    )
    await _agree(child, guardian_id)
    await tell(child.person_id, "guardian.added", url=MINE, by=guardian_id, once=f"guardian:{code}")
    return child


async def _refuse_strangers(guardian_id: int, child: MinorNow) -> None:
    if guardian_id == child.person_id:
        raise NotTheirs("self")
    if await queries.minor(guardian_id) is not None:
        raise NotTheirs("minor")
    homes = dict(await queries.homes(guardian_id))
    theirs: dict[int, int | None] = dict(await queries.homes(child.person_id))
    if not theirs and child.village_id is not None:
        theirs = {child.village_id: None}
    shared = [village for village in homes if village in theirs]
    if not shared:
        raise NotTheirs("village")
    if all(homes[here] and theirs[here] and homes[here] != theirs[here] for here in shared):
        raise NotTheirs("household")
    known = await queries.guardians_of(child.person_id)
    if any(one.guardian_id == guardian_id for one in known):
        raise NotTheirs("twice")
    if len(known) >= GUARDIANS_MOST:
        raise NotTheirs("most")


@db.unit
async def record_paper(official_id: int, village_id: int, code: str, name: str) -> MinorNow | None:
    """The committee has a paper that a guardian signed. None: no such code in this village. Raises `NotTheirs`."""
    child = await queries.by_code(code)
    if child is None or not await _is_of(child, village_id):
        return None
    if child.person_id == official_id:
        raise NotTheirs("self")
    if len(await queries.guardians_of(child.person_id)) >= GUARDIANS_MOST:
        raise NotTheirs("most")
    if not await _spend(child, code):
        return None
    await _link(child, guardian_id=None, name=name, recorded_by=official_id)
    await audit(
        "core.guardian.added", actor=official_id, village=village_id, object=("person", child.person_id), how="paper"
    )
    await _agree(child, official_id)
    await tell(child.person_id, "guardian.recorded", village_id=village_id, url=MINE, once=f"guardian:{code}")
    return child


async def _is_of(child: MinorNow, village_id: int) -> bool:
    return child.village_id == village_id or await queries.is_of_village(child.person_id, village_id)


async def _link(child: MinorNow, *, guardian_id: int | None, name: str, recorded_by: int | None) -> None:
    key = new_key()
    await db.write(
        "INSERT INTO core_guardian (key, person_id, guardian_id, name, recorded_by_id, since) VALUES (?, ?, ?, ?, ?, ?)",
        key,
        child.person_id,
        guardian_id,
        NAME.seal(name, key),
        recorded_by,
        now(),
    )


async def _spend(child: MinorNow, code: str) -> bool:
    """Use the code up; False when somebody else did a moment ago. Two who answer at once wait for each other here."""
    sql = "UPDATE core_minor SET code = NULL, code_until = NULL WHERE person_id = ? AND code = ?"
    return bool(await db.write(sql, child.person_id, code))


async def _agree(child: MinorNow, actor: int) -> None:
    if child.age is not rules.Age.CHILD:
        return  # agrees alone; the link lets a guardian see and ask, no more
    await consents.give(child.person_id, PURPOSE, actor=actor)
    await db.write("UPDATE core_minor SET consented = ? WHERE person_id = ?", True, child.person_id)


@db.unit
async def agree_again(guardian_id: int, key: str) -> None:
    """A guardian who took consent back gives it again. Raises `NotTheirs`."""
    child = await queries.ward(guardian_id, key)
    if child is None:
        raise NotTheirs("")
    await _agree(child, guardian_id)


@db.unit
async def take_back(guardian_id: int, key: str) -> None:
    """A guardian takes consent back: from now on the account only reads, and its name is shown no more. Raises `NotTheirs`."""
    child = await queries.ward(guardian_id, key)
    if child is None or child.age is not rules.Age.CHILD:
        raise NotTheirs("")
    await _stop(child.person_id, guardian_id)
    await tell(child.person_id, "guardian.withdrawn", url=MINE, by=guardian_id)


async def _stop(person_id: int, actor: int) -> None:
    await consents.withdraw(person_id, PURPOSE, actor=actor)
    await db.write("UPDATE core_minor SET consented = ? WHERE person_id = ?", False, person_id)
    await _hide(person_id)


async def _hide(person_id: int) -> None:
    """Nothing personal of a child for whom nobody answers is shown: not the name, not the city."""
    await db.write("UPDATE core_person SET display_name = ? WHERE id = ?", rules.CHILD_NAME, person_id)
    await db.write(
        "UPDATE core_membership SET away_city = '', away_since = NULL WHERE person_id = ? AND (away_city <> '' OR away_since IS NOT NULL)",
        person_id,
    )
    await db.write(_SHOWN_ANEW, person_id, person_id)


# Ready-made cards are known by the version of their post, and show the names of who wrote it and who answered.
_SHOWN_ANEW: Final = (
    "UPDATE core_post SET version = version + 1 WHERE author_id = ?"
    " OR id IN (SELECT post_id FROM core_comment WHERE author_id = ?)"
)


@db.unit
async def step_back(guardian_id: int, key: str) -> None:
    """A guardian answers no longer. What they agreed to stays while another one does. Raises `NotTheirs`."""
    child = await queries.ward(guardian_id, key)
    if child is None:
        raise NotTheirs("")
    await _end(key, child.person_id, actor=guardian_id, village_id=None)


@db.unit
async def end_link(official_id: int, village_id: int, key: str) -> None:
    """The committee finds that somebody is no guardian. Raises `NotTheirs`."""
    rows = await db.read("SELECT person_id FROM core_guardian WHERE key = ? AND ended_at IS NULL", key)
    child = await queries.minor(rows[0]["person_id"]) if rows else None
    if child is None or not await _is_of(child, village_id):
        raise NotTheirs("")
    await _end(key, child.person_id, actor=official_id, village_id=village_id)


async def _end(key: str, person_id: int, *, actor: int, village_id: int | None) -> None:
    await db.write("UPDATE core_guardian SET ended_at = ?, name = '' WHERE key = ?", now(), key)
    await audit("core.guardian.ended", actor=actor, village=village_id, object=("person", person_id))
    child = await queries.minor(person_id)
    if child is not None and child.consented and not await queries.guardians_of(person_id):
        await _stop(person_id, actor)


@db.unit
async def undeclare(official_id: int, village_id: int, person_id: int) -> None:
    """The committee corrects a mistake: this person is grown up. Raises `NotTheirs`; nobody corrects their own age."""
    child = await queries.minor(person_id)
    if child is None or person_id == official_id or not await _is_of(child, village_id):
        raise NotTheirs("")
    await _forget(person_id)
    await audit("core.minor.undeclared", actor=official_id, village=village_id, object=("person", person_id))
    await tell(person_id, "minor.undeclared", village_id=village_id, url="/me")


@db.unit
async def grow_up() -> int:
    """Who is eighteen is a minor no longer: age and guardians are deleted; how many that were."""
    rows = await db.read("SELECT person_id FROM core_minor WHERE adult_on <= ? ORDER BY id LIMIT 200", today())
    for row in rows:
        await _forget(row["person_id"])
        await tell(row["person_id"], "minor.adult", url="/me/data")
    return len(rows)


async def _forget(person_id: int) -> None:
    await db.write("DELETE FROM core_minor WHERE person_id = ?", person_id)
    await db.write("DELETE FROM core_guardian WHERE person_id = ?", person_id)
