"""AU-2, AU-3: the audit trail is a chain without forks; nothing in it can be changed, and whatever is changed is found."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from tortoise.exceptions import IntegrityError, OperationalError

from cunli import db
from cunli.clock import now
from cunli.testing.live import LiveSite
from cunli.trust import anchors, cutting, verifying
from cunli.trust.audit import NotInUnit, append, audit, head, link_of
from cunli.trust.chain import Break, Checking, Head, Link

ENTRIES = 12


async def entries() -> list[Any]:
    return await db.read("SELECT * FROM core_audit_entry ORDER BY id")


@db.unit
async def act(number: int) -> None:
    await audit("core.village.figure", by="command", object=("figure", number), value=number, as_of="2026-11-29")


async def some(count: int = ENTRIES) -> int:
    """A trail with something in it; how many entries it has."""
    for number in range(count):
        await act(number)
    return len(await entries())


def _behind_sqlite(path: str, statements: Sequence[str]) -> None:
    with sqlite3.connect(path, timeout=30) as connection:
        guards = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in (*statements, *(guard for _, guard in guards)):
            connection.execute(statement)
    connection.close()


async def behind_the_back(site: LiveSite, *statements: str) -> None:
    """What somebody can do who owns the database: the guards switched off."""
    if site.settings.sqlite:
        # in a thread: whoever holds the database in this process may need the loop to let go of it
        await asyncio.to_thread(_behind_sqlite, site.settings.database_url.removeprefix("sqlite:///"), statements)
        return
    connection = await asyncpg.connect(site.settings.database_url.split("?")[0])
    try:
        await connection.execute("SET session_replication_role = replica; " + "; ".join(statements))
    finally:
        await connection.close()


# ---- written together with the act, one behind the other -------------------------------------------------------------


async def test_an_entry_outside_the_unit_of_its_act_is_refused(site: LiveSite) -> None:
    before = len(await entries())
    with pytest.raises(NotInUnit):
        await audit("core.village.figure")
    await act(1)
    assert len(await entries()) == before + 1


async def test_two_hundred_at_once_make_one_chain_and_what_fails_leaves_no_entry(site: LiveSite) -> None:
    """AU-3. Every third unit fails after its entry; the acts are rows of their own, compared with the entries."""
    who = await site.stranger()
    before = len(await entries())

    @db.unit
    async def one(number: int) -> None:
        await db.write("INSERT INTO core_form_receipt (key, location, at) VALUES (?, '', ?)", f"act-{number}", now())
        await audit("core.person.added", actor=who.id, object=("person", number))
        if number % 3 == 0:
            raise LookupError

    done = await asyncio.gather(*(one(number) for number in range(200)), return_exceptions=True)
    assert sum(isinstance(result, LookupError) for result in done) == 67
    assert [r for r in done if r is not None and not isinstance(r, LookupError)] == []
    acts = await db.read("SELECT key FROM core_form_receipt WHERE key LIKE 'act-%'")
    new = (await entries())[before:]
    assert {row["key"] for row in acts} == {f"act-{row['object_id']}" for row in new}
    assert len(new) == 133
    verdict = await verifying.verify()
    assert (verdict.broken, verdict.entries) == (None, before + 133)


async def test_without_the_lock_the_chain_would_fork(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: two units that read the same end cannot both write behind it."""
    await act(0)
    stale = await head()

    async def stale_end() -> Head:
        return stale

    await act(1)
    monkeypatch.setitem(append.__globals__, "_last", stale_end)
    with pytest.raises((IntegrityError, OperationalError)):
        await act(2)
    monkeypatch.undo()
    assert (await verifying.verify()).broken is None


async def test_what_a_savepoint_undoes_has_no_entry(site: LiveSite) -> None:
    before = len(await entries())

    @db.unit
    async def half() -> None:
        await audit("core.village.cover", change="kept")
        try:
            async with db.savepoint():
                await audit("core.village.cover", change="undone")
                raise LookupError
        except LookupError:
            pass

    await half()
    new = (await entries())[before:]
    assert ["kept" in str(row["details"]) for row in new] == [True]


async def test_a_part_that_fails_after_its_entry_takes_the_unit_with_it(site: LiveSite) -> None:
    before = len(await entries())

    @db.unit
    async def careless() -> None:
        try:
            await failing()
        except LookupError:
            pass

    @db.unit
    async def failing() -> None:
        await audit("core.village.cover", change="swallowed")
        raise LookupError

    with pytest.raises(db.UnitTorn):
        await careless()
    assert len(await entries()) == before


# ---- nothing is changed ----------------------------------------------------------------------------------------------

FORBIDDEN = [
    "UPDATE core_audit_entry SET action = 'core.village.cover' WHERE id = 3",
    "DELETE FROM core_audit_entry WHERE id = 3",
    "DELETE FROM core_audit_entry",
    "UPDATE core_audit_cut SET up_to = 99",
    "DELETE FROM core_audit_cut",
]


async def test_the_database_refuses_to_change_or_delete_entries(site: LiveSite) -> None:
    await some()
    await cutting.cut(datetime(2000, 1, 1, tzinfo=UTC))
    assert await cutting.cut(now() + timedelta(days=1)) > 0
    count = await some()
    for statement in FORBIDDEN:
        with pytest.raises(IntegrityError, match="append-only"):
            await db.run_unit(db.write, statement.replace("id = 3", "id > 3"))
    if not site.settings.sqlite:
        with pytest.raises((IntegrityError, OperationalError), match="append-only"):
            await db.run_unit(db.write, "TRUNCATE core_audit_entry")
    assert len(await entries()) == count
    await behind_the_back(site, FORBIDDEN[2])  # the control: without the guards they are gone
    assert await entries() == []


# ---- and what is changed is found ------------------------------------------------------------------------------------

Tamper = Callable[[LiveSite], Awaitable[Break]]


async def _edit(site: LiveSite) -> Break:
    await behind_the_back(site, "UPDATE core_audit_entry SET object_id = '999' WHERE id = 5")
    return Break(number=5, what="changed")


async def _edit_with_hash(site: LiveSite) -> Break:
    """Whoever knows how hashes are made mends that of the entry; the next one does not fit any more."""
    rows = await entries()
    changed = link_of({**dict(rows[4]), "object_id": "999"})
    mended = changed.hash_after(rows[3]["hash"])
    await behind_the_back(site, f"UPDATE core_audit_entry SET object_id = '999', hash = '{mended}' WHERE id = 5")
    return Break(number=6, what="changed")


async def _delete(site: LiveSite) -> Break:
    await behind_the_back(site, "DELETE FROM core_audit_entry WHERE id = 4")
    return Break(number=4, what="missing")


async def _delete_and_close_the_gap(site: LiveSite) -> Break:
    await behind_the_back(
        site,
        "DELETE FROM core_audit_entry WHERE id = 4",
        "UPDATE core_audit_entry SET id = -(id - 1) WHERE id > 4",
        "UPDATE core_audit_entry SET id = -id WHERE id < 0",
    )
    return Break(number=4, what="changed")


async def _swap(site: LiveSite) -> Break:
    await behind_the_back(
        site,
        "UPDATE core_audit_entry SET id = -3 WHERE id = 3",
        "UPDATE core_audit_entry SET id = 3 WHERE id = 4",
        "UPDATE core_audit_entry SET id = 4 WHERE id = -3",
    )
    return Break(number=3, what="changed")


async def _backdate(site: LiveSite) -> Break:
    earlier = "'2020-01-01 00:00:00+00:00'"
    await behind_the_back(site, f"UPDATE core_audit_entry SET at = {earlier} WHERE id = 2")
    return Break(number=2, what="changed")


async def _put_in(site: LiveSite) -> Break:
    """An entry by hand, without the chain."""
    number = (await head()).number + 1
    await behind_the_back(
        site,
        "INSERT INTO core_audit_entry (id, at, action, by, object_kind, object_id, details, hash)"
        f" VALUES ({number}, '2026-01-01 00:00:00+00:00', 'core.person.reveal', 'web', '', '', '{{}}', '')",
    )
    return Break(number=number, what="changed")


async def _truncate(site: LiveSite) -> Break:
    last = (await head()).number
    await behind_the_back(site, f"DELETE FROM core_audit_entry WHERE id > {last - 2}")
    return Break(number=last - 1, what="cut")


async def _rewrite(site: LiveSite) -> Break:
    """The whole chain written anew from an entry on, every hash right."""
    rows, statements = await entries(), []
    before = rows[3]["hash"]
    for place, row in enumerate(rows[4:]):
        link = link_of({**dict(row), "object_id": "1"} if place == 0 else row)
        before = link.hash_after(before)
        statements.append(f"UPDATE core_audit_entry SET object_id = '{link.object_id}', hash = '{before}' WHERE id = {link.number}")  # fmt: skip
    await behind_the_back(site, *statements)
    return Break(number=(await head()).number, what="rewritten")


async def _cut_in_secret(site: LiveSite) -> Break:
    """Room made for a deletion as the program makes it, but not said in the trail."""
    row = (await entries())[5]
    await behind_the_back(
        site,
        f"INSERT INTO core_audit_cut (id, up_to, hash, at) VALUES (1, 6, '{row['hash']}', '2026-01-01 00:00:00+00:00')",
        "DELETE FROM core_audit_entry WHERE id <= 6",
    )
    return Break(number=6, what="missing")


NEED_AN_ANCHOR = (_truncate, _rewrite)


@pytest.mark.parametrize(
    "tamper",
    [_edit, _edit_with_hash, _delete, _delete_and_close_the_gap, _swap, _backdate, _put_in, _truncate, _rewrite, _cut_in_secret],
)  # fmt: skip
async def test_every_way_of_tampering_is_found_and_the_first_bad_entry_named(site: LiveSite, tamper: Tamper) -> None:
    """AU-2. What only an anchor finds is not found without one: that is the control."""
    count = await some()
    place = Path(site.settings.audit_anchors)
    assert await anchors.drop(place) is not None
    known = [anchor.head for anchor in anchors.kept(place)]
    whole = await verifying.verify(known)
    assert (whole.broken, whole.entries, whole.anchors) == (None, count, 1)
    expected = await tamper(site)
    assert (await verifying.verify(known)).broken == expected
    alone = (await verifying.verify()).broken
    assert alone == (None if tamper in NEED_AN_ANCHOR else expected)


# ---- letting go of what is old ---------------------------------------------------------------------------------------


async def test_what_is_too_old_goes_by_a_cut_and_the_rest_still_verifies(site: LiveSite) -> None:
    await some()
    kept_since = now()
    await some(5)
    last = await head()
    gone = await cutting.cut(kept_since)
    assert gone == last.number - 5
    rest = await entries()
    assert [row["action"] for row in rest] == ["core.village.figure"] * 5 + ["core.audit.cut"]
    verdict = await verifying.verify()
    assert (verdict.broken, verdict.start.number, verdict.entries) == (None, gone, 6)
    assert await cutting.cut(kept_since) == 0
    await some(3)
    assert (await verifying.verify()).broken is None


async def test_anchors_are_appended_durably_and_once_for_each_head(site: LiveSite) -> None:
    place = Path(site.settings.audit_anchors)
    await some(2)
    first = await anchors.drop(place)
    assert first is not None
    assert await anchors.drop(place) is None
    await some(1)
    assert await anchors.drop(place) is not None
    assert [one.head.number for one in anchors.kept(place)] == [first.head.number, first.head.number + 1]
    assert anchors.head_in(" ".join([f"{first.head.number}:", *first.groups])) == first.head
    place.write_text(place.read_text("utf-8") + "{}\n", "utf-8")
    with pytest.raises(anchors.AnchorsUnreadable, match="line 3"):
        anchors.kept(place)


def test_the_form_that_is_hashed_does_not_change() -> None:
    """A promise to trails that exist: this very text has this very hash."""
    link = Link(
        number=7,
        at=datetime(2026, 11, 29, 4, 5, 6, 70, UTC),
        action="core.member.verify",
        actor=3,
        by="web",
        village=2,
        region=None,
        object_kind="membership",
        object_id="11",
        details={"after": "verified", "before": "等"},
    )
    assert link.canonical() == (
        '{"action":"core.member.verify","actor":3,"at":"2026-11-29T04:05:06.000070+00:00","by":"web",'
        '"details":{"after":"verified","before":"等"},"number":7,"object":["membership","11"],"region":null,"village":2}'
    )
    assert link.hash_after("0" * 64) == "854cbdf0d6e7596304054aae969af3f7ee672af8c2800e2c53cdb61bfba430b3"
    checking = Checking(Head(number=6, hash="0" * 64))
    assert checking.see(link, link.hash_after("0" * 64))
    assert checking.end() is None
