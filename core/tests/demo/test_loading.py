"""The loaded demo holds what it shows: numbers equal rows, nobody speaks where they may not, and it is all or nothing."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cunli import db
from cunli.clock import now
from cunli.compliance import profile_now
from cunli.demo import content, loading
from cunli.demo.profile import answer_by, refuse_another
from cunli.feed import queries, rules
from cunli.media import running
from cunli.mistakes import OperatorMistake
from cunli.notify.words import KINDS
from cunli.people.personal import NAME, PHONE
from cunli.testing.live import LiveSite, settings_for
from cunli.testing.templates import EmptyDatabases

from .conftest import LoadedDemos, started

Numbers = dict[tuple[str, int, str], int]


async def rows(table: str) -> list[Any]:
    return await db.read(f"SELECT * FROM {table} ORDER BY 1")


async def as_shown() -> Numbers:
    """Every number that is kept as a column."""
    found: Numbers = {}
    for table, columns in (
        ("core_village", ("household_count", "verified_count", "away_count", "post_count")),
        ("core_post", ("like_count", "thanks_count", "comment_count", "read_count", "reached_count")),
        ("core_person", ("unread_count",)),
    ):
        for row in await rows(table):
            found |= {(table, row["id"], column): row[column] for column in columns}
    return found


async def counted() -> Numbers:
    """The same numbers from the rows they are about, counted here and not in SQL."""
    counts: Counter[tuple[str, int, str]] = Counter()
    for row in await rows("core_household"):
        counts["core_village", row["village_id"], "household_count"] += row["closed_at"] is None
    for row in await rows("core_membership"):
        verified = row["state"] == "verified"
        counts["core_village", row["village_id"], "verified_count"] += verified
        counts["core_village", row["village_id"], "away_count"] += verified and bool(row["away"])
    for row in await rows("core_post"):
        counts["core_village", row["village_id"], "post_count"] += row["state"] == "visible"
    for row in await rows("core_reaction"):
        counts["core_post", row["post_id"], f"{row['kind']}_count"] += 1
    for row in await rows("core_comment"):
        counts["core_post", row["post_id"], "comment_count"] += row["state"] == "visible"
    reached: set[tuple[int, int]] = set()
    for row in await rows("core_notice_receipt"):
        counts["core_post", row["post_id"], "read_count"] += row["person_id"] is not None
        if row["household_id"] is not None and (row["post_id"], row["household_id"]) not in reached:
            reached.add((row["post_id"], row["household_id"]))
            counts["core_post", row["post_id"], "reached_count"] += 1
    for row in await rows("core_notification"):
        counts["core_person", row["person_id"], "unread_count"] += row["read_at"] is None
    return dict(counts)


def differences(shown: Numbers, real: Numbers) -> dict[tuple[str, int, str], tuple[int, int]]:
    keys = shown.keys() | real.keys()
    return {key: (shown.get(key, 0), real.get(key, 0)) for key in keys if shown.get(key, 0) != real.get(key, 0)}


async def test_every_number_on_the_pages_equals_its_rows(demo_on_both: LiveSite) -> None:
    shown = await as_shown()
    assert not differences(shown, await counted())
    for column in ("household_count", "away_count", "thanks_count", "read_count", "reached_count", "unread_count"):
        assert any(number for (_, _, name), number in shown.items() if name == column), f"{column} is tested on zeros"


async def test_the_demo_answers_by_the_profile_it_was_loaded_with(demo_on_both: LiveSite) -> None:
    await answer_by(None)
    assert [one.id for one in await profile_now.in_force()] == ["cn2026"]
    await answer_by("wecun2019")
    assert [one.id for one in await profile_now.in_force()] == ["wecun2019"]
    await refuse_another(None)
    await refuse_another("wecun2019")
    with pytest.raises(OperatorMistake, match="answers by wecun2019"):
        await refuse_another("cn2026")


@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        ("DELETE FROM core_reaction WHERE id = (SELECT MIN(id) FROM core_reaction)", "core_post"),
        ("UPDATE core_comment SET state = 'hidden' WHERE id = (SELECT MAX(id) FROM core_comment)", "core_post"),
        (
            "UPDATE core_household SET closed_at = '2026-01-01' WHERE id = (SELECT MIN(id) FROM core_household)",
            "core_village",
        ),
        (
            "UPDATE core_person SET unread_count = unread_count + 1 WHERE id = (SELECT MIN(id) FROM core_person)",
            "core_person",
        ),
    ],
)
async def test_the_count_above_notices_one_wrong_row(demo: LiveSite, spoil: str, where: str) -> None:
    sql = spoil if db.engine() == "sqlite" else spoil.replace("'2026-01-01'", "now()")
    await db.run_unit(db.write, sql)
    assert {table for table, *_ in differences(await as_shown(), await counted())} == {where}


async def test_people_answer_only_where_they_may_and_only_after_they_were_verified(demo: LiveSite) -> None:
    verified = {
        r["person_id"]: db.when(r["decided_at"]) for r in await rows("core_membership") if r["state"] == "verified"
    }
    readers = {r["id"]: await queries.reader_by_id(r["id"]) for r in await rows("core_person")}
    posts = {r["id"]: await queries.post_by_id(r["id"]) for r in await rows("core_post")}
    said = [(r["post_id"], r["author_id"], r["created_at"]) for r in await rows("core_comment")]
    given = [(r["post_id"], r["person_id"], r["created_at"]) for r in await rows("core_reaction")]
    assert len(said) > 400
    assert len(given) > 1500
    for post_id, person_id, at in said + given:
        post = posts[post_id]
        assert post is not None
        assert rules.may_answer(post.sight, readers[person_id]), (post.body, person_id)
        assert db.when(at) >= post.created_at
        if not readers[person_id].over:
            assert db.when(at) > verified[person_id]
    for post in posts.values():
        assert post is not None
        assert post.created_at > verified[post.author_id]


async def test_an_answer_stands_below_a_comment_of_the_same_post_and_ids_follow_the_time(
    demo_on_both: LiveSite,
) -> None:
    comments = {row["id"]: row for row in await rows("core_comment")}
    answers = [row for row in comments.values() if row["parent_id"]]
    assert len(answers) > 120
    for row in answers:
        above = comments[row["parent_id"]]
        assert above["post_id"] == row["post_id"]
        assert above["parent_id"] is None
        assert above["id"] < row["id"]
        assert db.when(above["created_at"]) <= db.when(row["created_at"])
    for table in ("core_post", "core_notification", "core_audit_entry"):
        times = [db.when(row["at" if table == "core_audit_entry" else "created_at"]) for row in await rows(table)]
        assert times == sorted(times), table


async def test_nothing_comes_from_the_future(demo: LiveSite) -> None:
    columns: dict[str, Callable[[Any], list[Any]]] = {
        "core_post": lambda r: [r["created_at"]],
        "core_comment": lambda r: [r["created_at"]],
        "core_reaction": lambda r: [r["created_at"]],
        "core_membership": lambda r: [r["applied_at"], r["decided_at"]],
        "core_membership_step": lambda r: [r["at"]],
        "core_notice_receipt": lambda r: [r["at"]],
        "core_notification": lambda r: [r["created_at"], r["read_at"]],
        "core_audit_entry": lambda r: [r["at"]],
        "core_report": lambda r: [r["created_at"], r["decided_at"]],
    }
    for table, pick in columns.items():
        moments = [db.when(value) for row in await rows(table) for value in pick(row) if value is not None]
        assert moments, table
        assert max(moments) <= now(), table


async def test_every_photo_lies_in_the_storage_as_its_row_says(demo_on_both: LiveSite) -> None:
    uploads = await rows("core_upload")
    assert len(uploads) > 70
    assert all(row["unused_until"] is None for row in uploads)
    for row in uploads:
        pictures = [
            await running.storage().get(row["key"], size, kind)
            for size in ("thumb", "large")
            for kind in ("webp", "jpg")
        ]
        assert sum(len(picture or b"") for picture in pictures) == row["stored_bytes"] > 0
    used = {row["upload_id"] for row in await rows("core_post_photo")}
    covers = {row["cover"] for row in await rows("core_village") if row["cover"]}
    assert {row["key"] for row in uploads if row["id"] not in used} == covers


async def test_personal_data_is_sealed_and_opens_for_its_owner(demo: LiveSite) -> None:
    people = await rows("core_person")
    assert len({row["phone_index"] for row in people}) == len(people)
    account = content.accounts()[1][2]  # an elder whose real name nobody sees
    elder = next(row for row in people if row["phone_index"] == PHONE.index(f"+86{account.phone}"))
    assert elder["display_name"] == "龙阿公"
    assert NAME.own(elder["name"], elder["key"], about=elder["id"], reader=elder["id"]) == "龙光前"
    secrets = [person.name for person in content.county().everybody if person.name != person.shown] + ["+8613800000"]
    for table in ("core_person", "core_household", "core_membership", "core_audit_entry", "core_notification"):
        for row in await rows(table):
            text = "".join(str(value) for value in dict(row).values())
            assert not [secret for secret in secrets if secret in text], table


async def test_every_message_says_something(demo: LiveSite) -> None:
    messages = await rows("core_notification")
    assert {row["kind"] for row in messages} <= set(KINDS)
    assert {row["kind"] for row in messages} >= {
        "post.commented",
        "comment.replied",
        "post.thanked",
        "notice.published",
        "membership.applied",
        "membership.verified",
        "membership.refused",
        "post.hidden",
        "report.opened",
        "report.hidden",
    }


async def test_a_second_load_changes_nothing(demo_on_both: LiveSite) -> None:
    before = [dict(row) for row in await rows("core_post")]
    with pytest.raises(loading.AlreadyThere):
        await loading.load(content.county())
    assert [dict(row) for row in await rows("core_post")] == before


@pytest.mark.parametrize(
    "occupant",
    [
        "INSERT INTO core_region (code, level, name, short, pinyin, initials, state) VALUES ('110000000000', 1, 'x', 'x', 'x', 'x', 'active')",
        "INSERT INTO core_person (key, display_name, name, phone, id_number, password_hash, state, unread_count, locale, look, created_at)"
        " VALUES ('k', 'x', '', '', '', '', 'active', 0, '', '', '2026-01-01 00:00:00+00:00')",
    ],
)
async def test_a_database_with_anything_else_in_it_is_left_alone(
    empty_databases: EmptyDatabases, tmp_path: Path, occupant: str
) -> None:
    settings = settings_for(await empty_databases.fresh("sqlite", tmp_path), tmp_path)
    async with started(settings):
        await db.run_unit(db.write, occupant)
        with pytest.raises(loading.NotEmpty):
            await loading.load(content.county())
        assert not await rows("core_village")
        assert not list((tmp_path / "media").rglob("*.webp"))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_load_that_fails_half_way_leaves_no_row(
    empty_databases: EmptyDatabases, loaded_demos: LoadedDemos, tmp_path: Path, kind: str
) -> None:
    """In the last village somebody speaks before it was opened."""
    settings = settings_for(await empty_databases.fresh(kind, tmp_path), tmp_path)
    async with started(settings):
        prepared = await loaded_demos.prepared()
        *rest, last = prepared.county.villages
        county = dataclasses.replace(prepared.county, villages=(*rest, dataclasses.replace(last, opened=1)))
        with pytest.raises(ValueError, match="was opened"):
            await loading.write(dataclasses.replace(prepared, county=county))
        for table in ("core_region", "core_village", "core_person", "core_membership", "core_audit_entry"):
            assert not await rows(table), table
        assert (await loading.write(prepared)).villages == 12, "unspoilt it is taken, by the same database"


async def test_households_are_registered_and_households_of_members_are_among_them(demo: LiveSite) -> None:
    households = {row["id"]: row["village_id"] for row in await rows("core_household")}
    members = [row for row in await rows("core_membership") if row["state"] == "verified"]
    assert len(households) > 500
    assert len(members) > 140
    assert all(households[row["household_id"]] == row["village_id"] for row in members)
