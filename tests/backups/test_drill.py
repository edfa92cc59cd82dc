"""A backup while twelve people write, restored on an empty machine: log in, see everything, read what is sealed (DU-6)."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from cunli import db
from cunli.people.personal import NAME
from cunli.testing.accounts import sign_in
from cunli.testing.templates import EmptyDatabases

from ..faults.looking import half_done, looking
from ..faults.villagers import VILLAGE
from .drill import NUMBER, REAL_NAME, Machine, Writers, empty_machine, inhabited, posts_of, sees


async def assert_same_people(machine: Machine, writers: Writers) -> None:
    """Sign in with the old password, with an old session see what was written, and open what is sealed."""
    async with machine.site() as site:
        newcomer = site.visitor()
        assert (await sign_in(newcomer, NUMBER)).status == 303
        assert (await newcomer.open("/me")).status == 200
        (row,) = await db.read("SELECT id, key, name FROM core_person WHERE display_name = '春秀'")
        assert NAME.own(row["name"], row["key"], about=row["id"], reader=row["id"]) == REAL_NAME
        assert "乡亲" in (await sees(site, writers.village[0], f"{VILLAGE}/")).text
        shown = await db.read("SELECT p.key FROM core_post p JOIN core_post_photo f ON f.post_id = p.id LIMIT 1")
        page = await sees(site, writers.village[0], f"{VILLAGE}/p/{shown[0]['key']}")
        photo = page.one("main img[src^='/media/']").get("src")
        assert len((await sees(site, writers.village[0], photo)).response.content) > 100


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_a_backup_under_load_is_whole_on_an_empty_machine(
    kind: str, empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    home = Machine(tmp_path, await empty_databases.fresh(kind, tmp_path))
    writers = Writers(home.served(), await inhabited(home))
    file = tmp_path / "everything.backup"
    await writers.served.start()
    try:
        async with writers.at_work():
            await writers.until(30)
            before = set(writers.done)
            said = await home.done("backup", "--to", str(file))
            await writers.until(5)
    finally:
        await writers.served.close()
    assert "SHA-256" in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "is whole" in await home.done("backup", "verify", str(file))

    async with empty_machine(kind, tmp_path / "elsewhere") as other:
        said = await other.done("restore", "--no-tombstones", str(file))
        assert "RPO" in said
        assert "RTO" in said
        assert "audit    whole" in said
        assert (await other.run("audit", "verify"))[0] == 0
        there = await posts_of(other.database_url)
        assert before <= there <= writers.asked
        assert await half_done(other.database_url, other.media) == []
        async with looking(other.database_url) as look:
            assert await look.column("SELECT action FROM core_audit_entry ORDER BY id DESC LIMIT 1") == ["core.restore"]
        await assert_same_people(other, writers)
        again = other.served()
        await again.start()
        try:
            who = writers.village[3]
            async with who.client(again.url) as client:
                answer = await client.post(f"{VILLAGE}/new", data=who.post("after the restore").fields)
                assert answer.status_code == 303, "numbers count on from where they were"
        finally:
            await again.close()
    async with looking(home.database_url) as look:
        assert await look.column("SELECT action FROM core_audit_entry ORDER BY id DESC LIMIT 1") == ["core.backup"]
