"""The audit trail in the console and on the command line: who sees which part of it, and what leaves it can be verified."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner

from cunli import db
from cunli.cli import command_line
from cunli.people.roles import ReadsAudit, grant
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened
from cunli.trust import audit_search, readers, verifying
from cunli.trust.audit import audit
from cunli.trust.readers import InOffice


@db.unit
async def act(action: str, village: int | None = None, region: int | None = None, actor: int | None = None) -> None:
    await audit(action, actor=actor, village=village, region=region, object=("person", actor or 0), mark=action[-6:])


async def lived_in(site: LiveSite) -> None:
    """One entry for each place, and one that lies nowhere."""
    for slug, action in (
        ("heping", "core.village.describe"),
        ("shangba", "core.village.cover"),
        ("donghu", "core.village.figure"),
        ("waixiang", "core.village.group"),
    ):
        await act(action, village=site[slug].id)
    await act("core.theme.choose", region=site["heping"].township_id)
    await act("core.profile.set", region=site.county_id)
    await act("core.person.added")


def shown(page: Opened) -> set[str]:
    return {row.text_content().split("mark")[0].strip() for row in page.all("tbody th[scope=row]")}


async def as_reader(site: LiveSite, region: int) -> SamplePerson:
    who = await site.stranger("审计员")
    await readers.grant(None, who.id, region, by="command")
    return who


VILLAGES = {"heping": "改村庄资料", "shangba": "换村庄封面", "donghu": "改村庄数字", "waixiang": "改小组"}


async def test_everybody_sees_their_own_subtree_and_nothing_beside_or_above_it(site: LiveSite) -> None:
    await lived_in(site)
    of = {
        "village": await site.village_admin(),
        "township": await site.township_admin(),
        "county": await site.county_admin(),
        "reader of the township": await as_reader(site, site["heping"].township_id),
        "reader of the county": await as_reader(site, site.county_id),
    }
    seen = {name: shown(await (await site.sign_in(who)).open("/admin/audit")) for name, who in of.items()}
    assert seen["village"] == {"改村庄资料"}
    town = {"改村庄资料", "换村庄封面", "选主题"}
    assert seen["township"] == town | {"请人看操作记录"}
    assert seen["reader of the township"] == town | {"请人看操作记录"}
    assert seen["county"] == town | {"改村庄数字", "定合规规定", "请人看操作记录"}
    assert seen["reader of the county"] == seen["county"]
    stranger = await (await site.sign_in(await site.villager("乡亲"))).open("/admin/audit")
    assert stranger.response.status_code == 403
    assert "改村庄资料" not in stranger.text


async def test_control_with_all_the_counties_everything_is_seen_also_what_lies_nowhere(site: LiveSite) -> None:
    await lived_in(site)
    both = await site.county_admin()
    await grant(None, both.id, "county_admin", site["waixiang"].county_id, by="command")
    seen = shown(await (await site.sign_in(both)).open("/admin/audit"))
    assert seen >= {*VILLAGES.values(), "选主题", "定合规规定", "开账号"}


async def test_entries_are_found_by_day_person_act_village_and_object(site: LiveSite) -> None:
    await lived_in(site)
    admin = await site.county_admin("向县长")
    await act("core.invite.created", village=site["heping"].id, actor=admin.id)
    visitor = await site.sign_in(admin)

    async def found(**query: str) -> set[str]:
        asked = "&".join(f"{name}={value}" for name, value in query.items())
        return shown(await visitor.open(f"/admin/audit?{asked}"))

    assert await found(action="core.village.cover") == {"换村庄封面"}
    assert await found(actor="向县长") == {"发邀请"}
    assert await found(village="东湖村") | await found(village="donghu") == {"改村庄数字"}
    assert await found(kind="person", number=str(admin.id)) == {"发邀请"}
    assert await found(until="2020-01-01") == set()
    assert await found(since="2020-01-01", action="core.theme.choose") == {"选主题"}
    assert await found(village="外乡村") == set()  # another county's
    for nonsense in ("before=x", "since=%00", "until=9999-99-99", "number=%F0%9F%8D%8A", "before=99999999999999999999"):
        assert (await visitor.open(f"/admin/audit?{nonsense}")).response.status_code == 200


async def test_pages_go_on_where_the_last_one_ended(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit_search, "PAGE", 3)
    for _ in range(7):
        await act("core.village.figure", village=site["heping"].id)
    visitor = await site.sign_in(await site.village_admin())
    page, numbers = await visitor.open("/admin/audit?action=core.village.figure"), []
    for _ in range(3):
        numbers += [int(cell.text_content()) for cell in page.all("tbody td.n")]
        await act("core.village.figure", village=site["heping"].id)  # what comes meanwhile moves nothing
        older = page.all("a[rel=next]")
        page = await visitor.open(older[0].get("href") or "") if older else page
    assert numbers == sorted(numbers, reverse=True)
    assert len(set(numbers)) == 7


async def test_whoever_reads_the_trail_holds_no_office_and_the_other_way_round(site: LiveSite) -> None:
    admin = await site.village_admin()
    with pytest.raises(InOffice):
        await readers.grant(None, admin.id, site.county_id, by="command")
    reader = await as_reader(site, site.county_id)
    with pytest.raises(ReadsAudit):
        await grant(None, reader.id, "village_admin", site["heping"].region_id, by="command")
    (row,) = await readers.readers()
    await readers.revoke(None, row.id, by="command")
    await grant(None, reader.id, "village_admin", site["heping"].region_id, by="command")


async def test_a_county_admin_asks_somebody_to_read_and_ends_it(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    who = await account("13900139000", name="查账的", password="")
    page = await visitor.open("/admin/audit/readers")
    refused = await page.form("form[action='/admin/audit/readers']").fill(phone="12").send()
    assert refused.response.status_code == 422
    done = await page.form("form[action='/admin/audit/readers']").fill(phone="139 0013 9000").send()
    assert [one.person_id for one in await readers.readers()] == [who.id]
    ended = await done.form("details form").send()
    assert await readers.readers() == []
    assert "还没有请人看" in ended.text
    actions = [r["action"] for r in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert actions[-2:] == ["core.audit.reader_granted", "core.audit.reader_revoked"]


async def test_a_reader_opens_the_trail_and_nothing_else_of_the_console(site: LiveSite) -> None:
    visitor = await site.sign_in(await as_reader(site, site.county_id))
    for path in ("/admin/audit", "/admin/audit/anchors"):
        assert (await visitor.open(path)).response.status_code == 200
    for path in ("/admin/audit/readers", "/admin/plugins", "/admin/profile", "/admin/themes", "/v/heping/members"):
        assert (await visitor.open(path)).response.status_code == 403
    assert not await visitor_belongs(site, visitor)


async def visitor_belongs(site: LiveSite, visitor: object) -> bool:
    """Whether a notice for the village alone is shown to this visitor."""
    page = await visitor.open("/v/heping/")  # type: ignore[attr-defined]
    return bool(page.all("a[href='/v/heping/post']"))


# ---- what leaves ----------------------------------------------------------------------------------------------------


async def exported(site: LiveSite, kind: str, folder: Path, **fields: str) -> Path:
    visitor = await site.sign_in(await site.county_admin())
    page = await visitor.open("/admin/audit")
    answer = await page.form("form[action='/admin/audit/export']").fill(**fields).send(button=("format", kind))
    assert answer.response.status_code == 200
    path = folder / f"trail.{kind}"
    path.write_bytes(answer.response.content)
    return path


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
async def test_an_export_can_be_verified_anywhere_and_a_changed_letter_is_found(
    site: LiveSite, tmp_path: Path, kind: str
) -> None:
    await lived_in(site)
    path = await exported(site, kind, tmp_path)
    verdict = verifying.verify_file(path)
    assert (verdict.broken, verdict.entries) == (None, 5)
    (entry,) = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.audit.exported'")
    assert json.loads(entry["details"]) == {"entries": 5}
    text = path.read_text("utf-8")
    assert "core.village.group" not in text  # another county's
    path.write_text(text.replace("core.village.cover", "core.village.group"), "utf-8")
    broken = verifying.verify_file(path).broken
    assert broken is not None
    assert broken.what == "changed"
    lines = text.splitlines(keepends=True)
    first = 1 if kind == "csv" else 0
    path.write_text("".join([*lines[:first], lines[first + 1], lines[first], *lines[first + 2 :]]), "utf-8")
    assert (verifying.verify_file(path).broken or broken).what == "missing"
    path.write_text("nonsense\n", "utf-8")
    if kind == "jsonl":
        with pytest.raises(verifying.NotAnExport, match="line 1"):
            verifying.verify_file(path)


async def test_the_table_has_names_of_acts_and_no_formulas(site: LiveSite, tmp_path: Path) -> None:
    """DP-5."""

    @db.unit
    async def hostile() -> None:
        await audit("=cmd()", village=site["heping"].id, object=("@kind", "-2+3"))

    await hostile()
    path = await exported(site, "csv", tmp_path)
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    (row,) = [row for row in rows if "cmd()" in row["action"]]
    assert [row[name] for name in ("action", "object_kind", "object_id", "做了什么")] == ["'=cmd()", "'@kind", "'-2+3", "'=cmd()"]  # fmt: skip
    assert verifying.verify_file(path).broken is None


# ---- the command ----------------------------------------------------------------------------------------------------


def run(folder: Path, *words: str, anchors: str = "heads.jsonl") -> tuple[int, str]:
    from cunli.testing.live import DATA_KEY

    environ = {
        "CUNLI_DATABASE_URL": f"sqlite:///{folder / 'cunli.db'}",
        "CUNLI_DEV": "true",
        "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
        "CUNLI_DATA_KEY": DATA_KEY,
        "CUNLI_AUDIT_ANCHORS": str(folder / anchors),
    }
    result = CliRunner().invoke(command_line, words, env=environ)
    return result.exit_code, result.stdout


def test_the_command_verifies_anchors_and_names_the_first_bad_entry(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate")[0] == 0
    with sqlite3.connect(tmp_path / "cunli.db") as connection:
        connection.execute(
            "INSERT INTO core_region (id, code, level, name, short, pinyin, initials, state)"
            " VALUES (1, '510999000000', 3, '澜川县', '澜川', '', '', 'active')"
        )
    for number in ("13800138000", "13900139000"):
        assert run(tmp_path, "user", "add", number, "查账的", "--no-password")[0] == 0
    code, said = run(tmp_path, "audit", "verify")
    assert (code, "whole: 2 entries" in said, "No anchor was compared" in said) == (0, True, True)
    code, head = run(tmp_path, "audit", "anchor")
    assert code == 0
    assert run(tmp_path, "audit", "readers", "add", "13800138000", "510999000000")[0] == 0
    code, said = run(tmp_path, "audit", "verify", "--json", "--head", head.splitlines()[0])
    assert (code, json.loads(said)["anchors"], json.loads(said)["entries"]) == (0, 1, 3)
    assert run(tmp_path, "audit", "verify", "--head", "2:abc")[0] == 2
    with sqlite3.connect(tmp_path / "cunli.db") as connection:
        connection.execute("DROP TRIGGER core_audit_entry_kept")
        connection.execute("DELETE FROM core_audit_entry WHERE id >= 2")
    code, said = run(tmp_path, "audit", "verify")
    assert (code, "from 2 on" in said) == (1, True)
    code, said = run(tmp_path, "audit", "verify", "--json", anchors="none.jsonl")
    assert (code, json.loads(said)["broken"]) == (0, None)
    assert json.loads(run(tmp_path, "audit", "verify", "--json")[1])["broken"] == {"number": 2, "what": "cut"}


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "9999-99-99", "1" * 10])
async def test_a_day_at_the_ends_of_time_is_not_asked(site: LiveSite, day: str) -> None:
    await lived_in(site)
    county = await site.sign_in(await site.county_admin())
    for field in ("since", "until"):
        page = await county.open(f"/admin/audit?{field}={day}")
        assert (page.status, shown(page) >= set(VILLAGES.values()) - {"改小组"}) == (200, True), page.text
        assert (await county.post("/admin/audit/export", {"format": "csv", field: day})).status == 200
