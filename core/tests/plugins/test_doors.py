"""The front doors, gone through by a plugin that writes, shows and answers letters; each with somebody who may not."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

import cunli
from cunli import db, enabling
from cunli.doors.owner import NotYours
from cunli.media import queries as media
from cunli.notify import queries as notify
from cunli.places.merging import merge_regions
from cunli.places.splitting import NewVillage, split_village
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.accounts import visitor_from
from cunli.testing.live import LiveSite
from cunli.testing.photos import photo_file
from cunli.testing.plugins import Install, plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened, Visitor
from cunli.trips import current_plugin

from .whole import county_with, databases_with

WRITE = "/v/heping/letters/write"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmptyDatabases]:
    async with databases_with("letters", tmp_path_factory) as made:
        yield made


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def county(
    request: pytest.FixtureRequest, databases: EmptyDatabases, tmp_path: Path, unhurried: None
) -> AsyncIterator[LiveSite]:
    """The plugin is on in two villages of two townships, and in one of another county; off in shangba."""
    async with county_with("letters", ("heping", "donghu", "waixiang"), request.param, databases, tmp_path) as live:
        yield live


def part(name: str) -> Any:
    return sys.modules[f"cunli_letters.{name}"]


async def written(visitor: Visitor, slug: str = "heping", **fields: str | bool) -> Opened:
    page = await visitor.open(f"/v/{slug}/letters/write")
    form = page.form().fill(**{"words": "路灯坏了", **fields})
    return await form.attach("photo", photo_file()).send()


async def letters(site: LiveSite, slug: str = "heping") -> list[Any]:
    with db.scope(site[slug].id):
        return list(await part("models").Letter.all().order_by("id"))


async def test_somebody_without_an_account_writes_a_letter_with_a_photo_once(county: LiveSite) -> None:
    admin = await county.village_admin()
    page = await county.visitor().open(WRITE)
    assert page.words(".officers") == ["田守义 书记 禾坪村 village;"]
    form = page.form().fill(words="路灯坏了", phone="13800138000", amount="¥1２.5").attach("photo", photo_file())
    first, second = await form.send(), await form.send()
    assert (first.status, first.url) == (200, second.url), first.text
    assert first.words(".fen") == ["12.50 元"]
    assert first.one("main img").get("src", "").startswith("data:image/svg+xml")
    (letter,) = await letters(county)
    assert (letter.author_id, letter.asked_fen) == (None, 1250)
    with db.scope(county["heping"].id):
        assert "13800138000" not in letter.phone
        model, phone = part("models").Letter, part("models").PHONE
        assert await model.filter(phone_index__in=phone.indexes("13800138000")).count() == 1
        assert await model.filter(phone_index__in=phone.indexes("13800138001")).count() == 0
    seen = await county.sign_in(admin)
    assert "禾坪村有人来信" in (await seen.open("/inbox")).text


async def test_a_form_of_a_visitor_is_refused_from_elsewhere_and_after_too_many(county: LiveSite) -> None:
    visitor = visitor_from(county, "203.0.113.7")
    page = await visitor.open(WRITE)
    foreign = await page.form().fill(words="路灯坏了").send(sec_fetch_site="cross-site")
    assert foreign.status == 403
    assert [(await written(visitor)).status for _ in range(4)] == [200, 200, 200, 422]
    assert (await written(visitor_from(county, "203.0.113.8"))).status == 200, "another place"
    assert len(await letters(county)) == 4


async def test_a_photo_is_shown_by_the_plugin_to_whom_it_says_and_by_nobody_else(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    admin = await county.sign_in(await county.village_admin())
    await written(villager)
    (letter,) = await letters(county)
    plain, own = f"/media/{letter.photo}/thumb", f"/v/heping/letters/photo/{letter.photo}"
    assert (await admin.open(own)).status == 200
    assert (await villager.open(own)).status == 403
    for who in (admin, villager, county.visitor()):
        assert (await who.open(plain)).status == 404, "the core does not know whom the plugin shows it to"
    neighbour = await county.sign_in(await county.village_admin("邻村书记", "donghu"))
    assert (await neighbour.open(f"/v/donghu/letters/photo/{letter.photo}")).status == 404, "a photo of another village"
    with db.scope(county["heping"].id):
        assert await media.of_plugin([letter.photo], plugin="other", village_id=county["heping"].id) == {}
    page = await admin.open(f"/v/heping/letters/letter/{letter.key}")
    await page.form().send(button=("do", "burn"))
    assert (await admin.open(own)).status == 404
    assert not await db.read("SELECT 1 FROM core_upload")


async def test_who_leaves_takes_letters_and_photos_along_in_every_village(county: LiveSite) -> None:
    writer = await county.villager("张桂秀")
    signed = await county.sign_in(writer)
    for slug in ("heping", "donghu"):
        await written(signed, slug)
    await written(county.visitor(), words="别人的信")
    await county.close_account(writer)
    assert [one.words for one in await letters(county)] == ["别人的信"]
    assert await letters(county, "donghu") == []
    assert len(await db.read("SELECT 1 FROM core_upload WHERE plugin = 'letters'")) == 1


async def _code(site: LiveSite, slug: str) -> str:
    (row,) = await db.read("SELECT code FROM core_region WHERE id = ?", site[slug].region_id)
    return str(row["code"])


@pytest.mark.parametrize("declared", [True, False], ids=["", "control"])
async def test_photos_go_with_their_rows_when_a_village_is_split_and_stay_seen_when_it_merges(
    county: LiveSite, declared: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    heping, official = county["heping"], await county.sign_in(await county.county_admin())
    villager = await county.sign_in(await county.villager("张桂秀"))
    await written(villager)
    await written(villager)
    goes, stays = await letters(county)
    strange = (await villager.post("/v/heping/uploads", {}, files=[("photo", photo_file())])).response.json()["key"]
    sql = "UPDATE letters_letter SET group_id = ?, words = ? WHERE id = ?"
    await db.run_unit(db.write, sql, heping.group_ids[1], strange, goes.id)
    if not declared:
        monkeypatch.setattr(part("models").Letter, "photo_columns", ())
    else:
        monkeypatch.setattr(part("models").Letter, "photo_columns", ("photo", "words"))
    made = NewVillage(code="510999001299", name="新禾村", groups=("二组",))
    report = await split_village(await _code(county, "heping"), [made])
    (new,) = report.made
    assert report.rows.get("core_upload", 0) == (1 if declared else 0)
    await enabling.switch("letters", new.id, Mode.ON, village_level=True)
    (row,) = await db.read("SELECT slug FROM core_village WHERE id = ?", new.village_id)
    there = f"/v/{row['slug']}/letters/photo/{goes.photo}"
    assert (await official.open(there)).status == (200 if declared else 404)
    assert (await official.open(f"/v/heping/letters/photo/{stays.photo}")).status == 200
    (own,) = await db.read("SELECT village_id FROM core_upload WHERE key = ?", strange)
    assert own["village_id"] == heping.id, "a photo that is not the plugin's does not go, whatever a row says"
    if declared:
        assert (await official.open(f"/v/heping/letters/photo/{goes.photo}")).status == 404
        await merge_regions([made.code], await _code(county, "heping"))
        assert (await official.open(f"/v/heping/letters/photo/{goes.photo}")).status == 200


async def test_control_a_photo_that_no_plugin_took_into_use_is_its_senders_only(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    answer = await villager.post("/v/heping/uploads", {}, files=[("photo", photo_file())])
    key = answer.response.json()["key"]
    assert (await villager.open(f"/media/{key}/thumb")).status == 200
    assert (await county.visitor().open(f"/media/{key}/thumb")).status == 404


async def test_an_unnamed_letter_and_its_photo_have_no_tie_to_their_writer(county: LiveSite) -> None:
    villager = await county.sign_in(await county.villager("张桂秀"))
    await written(villager, unnamed=True)
    (letter,) = await letters(county)
    (upload,) = await db.read("SELECT owner_id, plugin FROM core_upload")
    assert (letter.author_id, upload["owner_id"], upload["plugin"]) == (None, None, "letters")


async def test_a_phone_number_is_masked_and_opened_with_an_entry(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    await written(county.visitor(), phone="13800138000")
    (letter,) = await letters(county)
    page = await admin.open(f"/v/heping/letters/letter/{letter.key}")
    assert page.words(".phone") == ["138****8000"]
    assert not await db.read("SELECT 1 FROM core_audit_entry WHERE action = 'core.person.reveal'")
    opened = await page.form().send(button=("do", "phone"))
    assert opened.words(".phone") == ["13800138000"]
    (entry,) = await db.read("SELECT * FROM core_audit_entry WHERE action = 'core.person.reveal'")
    assert (entry["village_id"], entry["object_kind"]) == (county["heping"].id, "letter")
    assert "letters_letter.phone" in str(entry["details"])
    with pytest.raises(ValueError, match="not a table of a plugin"):
        cunli.SealedText("core_person", "phone", "phone")


async def test_two_answer_at_once_and_one_is_told_in_time(county: LiveSite) -> None:
    writer = await county.villager("张桂秀")
    admin = await county.village_admin()
    await written(await county.sign_in(writer))
    (letter,) = await letters(county)
    actions = part("actions")

    async def answer() -> str:
        with db.scope(county["heping"].id):
            try:
                await actions.answer(letter.key, "修好了", by=admin.id, url="/v/heping")
            except actions.TooLate:
                return "late"
            return "answered"

    assert sorted(await asyncio.gather(answer(), answer(), answer())) == ["answered", "late", "late"]
    (one,) = await letters(county)
    assert one.answers == 1
    entries = await db.read("SELECT * FROM core_audit_entry WHERE action = 'letters.letter.answer'")
    records = await (await county.sign_in(admin)).open("/admin/audit?action=letters.letter.answer")
    assert [row.partition("letters")[0] for row in records.words("tbody th[scope=row]")] == ["回信"], (
        "by the plugin's word"
    )
    assert "回信" in records.words("select[name=action] option[selected]")[0]
    assert [(e["actor_id"], e["village_id"], e["object_kind"]) for e in entries] == [
        (admin.id, county["heping"].id, "letter")
    ]
    told, *_ = await notify.inbox(county.app.site.registry, writer.id)
    assert [message.text for message in told] == ["田守义回了你的信：修好了，百分之百禾坪村"]
    await enabling.switch("letters", county["heping"].region_id, Mode.OFF, village_level=True)
    told, *_ = await notify.inbox(county.app.site.registry, writer.id)
    assert told == [], "where the plugin is off, its messages are not shown"


async def test_the_board_shows_the_own_subtree_and_nothing_beside_it(county: LiveSite) -> None:
    for slug in ("heping", "donghu", "waixiang"):
        await written(visitor_from(county, "198.51.100.9"), slug, words=f"{slug}的信")
    shown = {}
    for role in ("village_admin", "township_admin", "county_admin"):
        visitor = await county.sign_in(await getattr(county, role)())
        page = await visitor.open("/letters/board")
        shown[role] = page.words("main li")
    heping, donghu = "禾坪村 heping的信", "东湖村 donghu的信"
    assert shown == {"village_admin": [heping], "township_admin": [heping], "county_admin": [heping, donghu]}
    assert page.words(".up") == ["county:澜川县:3 township:望溪镇:2 village:禾坪村:1"]
    assert page.words(".top") == ["外江县 澜川县"]
    below = await visitor.open(f"/letters/board?region={county.township_id}")
    assert below.words("main li") == [heping]
    assert (await (await county.sign_in(await county.villager("张桂秀"))).open("/letters/board")).status == 403
    assert (await county.visitor().open("/letters/wall")).words("h1") == ["3 封信，3 个村"]
    await enabling.switch("letters", county["donghu"].region_id, Mode.OFF, village_level=True)
    assert (await county.visitor().open("/letters/wall")).words("h1") == ["2 封信，2 个村"], "off is off"


async def test_many_villages_are_read_together_and_written_one_by_one(county: LiveSite) -> None:
    model = part("models").Letter
    token = current_plugin.set("letters")
    try:
        everywhere = await cunli.reach()
    finally:
        current_plugin.reset(token)
    assert {one.url for one in everywhere.villages} == {"/v/heping", "/v/donghu", "/v/waixiang"}
    with everywhere.rows():
        writings: tuple[Callable[[], Awaitable[Any]], ...] = (
            lambda: model.create(key="a" * 22, words="", village_id=county["heping"].id),
            lambda: model.filter(id=1).update(words=""),
            lambda: model.filter(id=1).delete(),
            lambda: model.bulk_create([model(key="b" * 22, words="", village_id=county["heping"].id)]),
        )
        for writing in writings:
            with pytest.raises(db.WrongVillage):
                await writing()
    with pytest.raises(cunli.OutOfReach):
        everywhere.into(county["shangba"].id)
    with everywhere.into(county["heping"].id):
        await db.run_unit(model.create, key="c" * 22, words="写在禾坪")
    with everywhere.rows():
        assert [one.words for one in await model.all()] == ["写在禾坪"]
    assert not await letters(county, "donghu")


async def test_a_table_is_safe_to_open_and_its_numbers_stay_numbers(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    await written(county.visitor(), words="=HYPERLINK(1)", amount="3")
    answer = await admin.post("/v/heping/letters/table")
    assert answer.response.content.decode("utf-8-sig") == "内容,元,数\r\n'=HYPERLINK(1),3.00,-1\r\n"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%9D%A5%E4%BF%A1.csv"
    assert (await (await county.sign_in(await county.villager("张桂秀"))).post("/v/heping/letters/table")).status == 403


async def test_a_plugin_speaks_in_its_own_name_only(county: LiveSite) -> None:
    person = await county.villager("张桂秀")
    with db.scope(county["heping"].id):
        with pytest.raises(NotYours):
            await cunli.tell(person.id, "membership.verified", url="/v/heping/")
        with pytest.raises(NotYours):
            await cunli.tell(person.id, "letters.unheard_of", url="/v/heping/")
        with pytest.raises(ValueError, match="a page of the plugin or of its village"):
            await cunli.tell(person.id, "letters.came", url="https://example.com/", about="")
        with pytest.raises(NotYours):
            await db.run_unit(_audit, "core.role.granted")
        with pytest.raises(NotYours):
            await db.run_unit(_audit, "letters.unheard_of")
        token = current_plugin.set("other")
        try:
            with pytest.raises(NotYours):
                await cunli.tell(person.id, "letters.came", url="/v/heping/", about="")
        finally:
            current_plugin.reset(token)
        assert await cunli.tell(person.id, "letters.came", url="/v/heping/", once="x" * 200, about="")
        assert not await cunli.tell(person.id, "letters.came", url="/v/heping/", once="x" * 200, about="")
    with pytest.raises(db.NoScope, match=r"cunli\.reach"):
        await cunli.tell(person.id, "letters.came", url="/v/heping/", about="")


async def _audit(act: str) -> None:
    await cunli.audit(act, actor=None)


@pytest.mark.parametrize(
    ("manifest", "wrong"),
    [
        ("messages=(MessageKind(id='core.came', says=''),)", "E016"),
        ("messages=(MessageKind(id='named.' + 'x' * 40, says=''),)", "E016"),
        ("messages=(MessageKind(id='named.a', says=''),) * 2", "E019"),
        ("acts=(Act(id='other.letter.close', label=''),)", "E016"),
        ("acts=(Act(id='named.letter.close', label=''),)", ""),
    ],
)
def test_messages_and_acts_are_named_after_their_plugin(manifest: str, wrong: str, install: Install) -> None:
    install("named", plugin_source(manifest=manifest, head="from cunli import Act, MessageKind"))
    found = [problem.id.rpartition(".")[2] for problem in Registry.load(["named"]).problems]
    assert found == ([wrong] if wrong else [])


TYPED = {"12": 1200, "12.5": 1250, "¥1,234.56": 123456, "１２．５０元": 1250, "0.01": 1, "007": 700, " 3 ": 300}
NO_MONEY = ("", "-1", "1.234", "1e3", ".5", "一百", "NaN", "1" * 13, "1 2", "１²")


def test_money_is_read_as_people_type_it() -> None:
    assert {typed: cunli.fen_of(typed) for typed in TYPED} == TYPED
    assert [typed for typed in NO_MONEY if cunli.fen_of(typed) is not None] == []
    assert all(cunli.fen_of(cunli.yuan(fen)) == fen for fen in TYPED.values())


def test_money_is_shown_in_yuan_and_never_made_of_a_float() -> None:
    assert [cunli.yuan(n) for n in (0, 5, 100, -5, 123456)] == ["0.00", "0.05", "1.00", "-0.05", "1234.56"]
    with pytest.raises(TypeError):
        cunli.yuan(1.5)  # type: ignore[arg-type]
