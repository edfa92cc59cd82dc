"""The table of villages: what it may be asked, opening one, ten and all, closing, renaming, another address, a figure."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cunli import db
from cunli.console import table, village_acts
from cunli.console.villages import TABLE
from cunli.jobs import state_of
from cunli.places import queries
from cunli.places.models import Level
from cunli.places.regions import regions_by_id
from cunli.testing import sample
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened
from cunli.testing.working import until

from .conftest import Asks, Grow


async def unopened(site: LiveSite, count: int, *, first: int = 600) -> list[int]:
    """Regions of 望溪镇 on which no village was opened."""

    async def write() -> list[int]:
        return [
            await sample.region(
                f"510999001{first + i}", f"待开村{i}村委会", Level.VILLAGE, site.township_id, f"daikaicun{i}", f"dk{i}"
            )
            for i in range(count)
        ]

    return await db.run_unit(write)


def names(page: Opened) -> list[str]:
    return page.words("tbody th a")


async def states(regions: list[int]) -> list[str]:
    rows = await db.read(f"SELECT state FROM core_village WHERE region_id IN ({db.marks(regions)})", *regions)
    return [row["state"] for row in rows]


async def test_ten_villages_are_opened_in_one_go_and_open_at_once(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    regions = await unopened(site, 12)
    page = await visitor.open("/admin/villages?state=unopened")
    assert len(names(page)) == 12
    form = page.form("[name=village]")
    done = await form.fill(village=[str(one) for one in regions[:10]]).send(button=("do", "open"))
    assert done.status == 200
    assert "开通了 10 个村" in done.text
    assert await states(regions) == ["open"] * 10
    slug = (await db.read("SELECT slug FROM core_village WHERE region_id = ?", regions[0]))[0]["slug"]
    assert (await site.visitor().open(f"/v/{slug}/")).status == 200
    assert len(names(await visitor.open("/admin/villages?state=unopened"))) == 2
    audited = await db.read(
        "SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = 'core.village.open' AND by = 'web'"
    )
    assert audited[0]["n"] == 10


async def test_the_same_form_twice_opens_once_and_an_empty_one_says_what_to_do(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    regions = await unopened(site, 1)
    form = (await visitor.open("/admin/villages?state=unopened")).form("[name=village]").fill(village=str(regions[0]))
    for _ in range(3):
        assert (await form.send(button=("do", "open"))).status == 200
    rows = await db.read("SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = 'core.village.open'")
    assert rows[0]["n"] == 1
    empty = await (await visitor.open("/admin/villages")).form("[name=village]").send(button=("do", "open"))
    assert empty.status == 422
    assert "先在前面打勾" in empty.text


async def test_everything_below_a_township_is_opened_by_a_job_whose_progress_is_shown(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    regions = await unopened(site, 45)
    page = await visitor.open(f"/admin/villages?region={site.township_id}")
    going = await page.form("form[action$='/open-all']").send()
    assert going.url.startswith(f"/admin/opening?region={site.township_id}")
    job = going.url.partition("job=")[2]

    async def done() -> bool:
        return await state_of(f"console.open_all:{job}") == "done"

    await until(done)
    assert await states(regions) == ["open"] * 45
    after = await visitor.open(going.url)
    assert "开通了 47 个，一共 47 个" in after.text
    assert after.one("progress").get("value") == "47"
    assert after.all("[data-hx-trigger]") == [], "nothing is asked again once it is done"


async def test_only_the_county_opens_and_closes_and_only_below_itself(site: LiveSite) -> None:
    heping, waixiang = site["heping"], site["waixiang"]
    county = await site.sign_in(await site.county_admin())
    form = (await county.open("/admin/villages")).form("[name=village]")
    theirs = await form.fill(village=[str(heping.region_id), str(waixiang.region_id)]).send(button=("do", "close"))
    assert theirs.status == 404
    assert await states([heping.region_id, waixiang.region_id]) == ["open", "open"], "all of the form, or nothing"
    mine = await form.fill(village=str(heping.region_id)).send(button=("do", "close"))
    assert "关闭了 1 个村" in mine.text
    assert (await site.visitor().open("/v/heping/")).status == 404
    for who in (await site.township_admin(), await site.village_admin()):
        official = await site.sign_in(who)
        assert (await official.open("/admin/villages?state=all")).all("[name=village]") == []
        key = {"village": str(heping.region_id), "do": "open"}
        assert (await official.post(f"/admin/villages?region={heping.region_id}", key)).status == 403
        assert (await official.post(f"/admin/villages/{heping.region_id}/state", {"do": "open"})).status == 403
    assert await states([heping.region_id]) == ["closed"]


async def test_without_the_look_at_whose_they_are_strangers_villages_would_be_closed(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def any_of_them(ids: list[str], ground: object) -> object:
        return await regions_by_id([int(one) for one in ids])

    monkeypatch.setattr(village_acts, "_own", any_of_them)
    theirs = site["waixiang"].region_id
    form = (await (await site.sign_in(await site.county_admin())).open("/admin/villages")).form("[name=village]")
    await form.fill(village=str(theirs)).send(button=("do", "close"))
    assert await states([theirs]) == ["closed"]


async def test_a_village_is_renamed_and_readdressed_and_every_old_address_leads_there(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    path = f"/admin/villages/{site['heping'].region_id}"
    page = await (await visitor.open(path)).form("form[action$='/name']").fill(name="新禾坪村村委会").send()
    assert page.words("h1") == ["新禾坪村"]
    moved = await site.visitor().open("/v/heping/")
    assert moved.url == "/v/xinheping/"
    page = await (await visitor.open(path)).form("form[action$='/address']").fill(address="Heping-2").send()
    assert page.status == 200
    for old in ("heping", "xinheping", "heping-2", "510999001200"):
        assert (await site.visitor().open(f"/v/{old}/")).url == "/v/heping-2/"


@pytest.mark.parametrize("address", ["shangba", "禾坪", "a b", "-x", "x-", "../x", "510999001999", "x" * 80, ""])
async def test_an_address_that_is_taken_or_none_is_refused_with_a_reason(site: LiveSite, address: str) -> None:
    visitor = await site.sign_in(await site.county_admin())
    page = await visitor.open(f"/admin/villages/{site['heping'].region_id}")
    refused = await page.form("form[action$='/address']").fill(address=address).send()
    assert refused.status == 422
    assert refused.all("#f-address-err")
    assert (await site.visitor().open("/v/heping/")).url == "/v/heping/"


async def test_a_dated_number_of_smartphone_users_makes_a_rate_and_earlier_ones_stay(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 30 WHERE id = ?", site["heping"].id)
    path = f"/admin/villages/{site['heping'].region_id}"
    for users, day in (("60", "2026-01-01"), ("40", "2025-01-01")):
        page = await (await admin.open(path)).form("form[action$='/figure']").fill(users=users, as_of=day).send()
        assert page.status == 200
    assert "50.0%" in page.text, "the latest day counts, in whatever order they were written"
    rows = await db.read("SELECT COUNT(*) AS n FROM core_village_figure WHERE village_id = ?", site["heping"].id)
    assert rows[0]["n"] == 2
    bad = await (await admin.open(path)).form("form[action$='/figure']").fill(users="x", as_of="2999-01-01").send()
    assert bad.status == 422
    other = await site.sign_in(await site.village_admin("别村人", "donghu"))
    assert (await other.post(f"{path}/figure", {"users": "1", "as_of": "2026-01-01"})).status == 404


async def test_the_table_is_sorted_filtered_searched_and_paged(site: LiveSite, grow: Grow) -> None:
    visitor = await site.sign_in(await site.county_admin())
    await db.run_unit(db.write, "UPDATE core_village SET verified_count = 9 WHERE slug = 'donghu'")
    page = await visitor.open("/admin/villages")
    assert names(page) == ["禾坪村", "上坝村", "东湖村"]
    most = await page.follow("认证的乡亲")
    assert names(most)[0] == "东湖村"
    assert most.one("[aria-sort]").get("aria-sort") == "descending"
    assert names(await visitor.open("/admin/villages?q=hep")) == ["禾坪村"]
    assert names(await visitor.open("/admin/villages?q=%25")) == []
    await site.village_admin()
    assert "禾坪村" not in names(await visitor.open("/admin/villages?show=unled"))
    await grow(60)
    first = await visitor.open("/admin/villages")
    second = await first.follow("下一页")
    assert len(names(first)) == table.PAGE
    assert len(set(names(first)) | set(names(second))) == 63
    assert names(await visitor.open("/admin/villages?page=999999999")) == names(second)


async def test_the_file_holds_every_page_and_no_formula(site: LiveSite, grow: Grow) -> None:
    await grow(60)
    await db.run_unit(db.write, "UPDATE core_region SET short = '=1+1' WHERE id = ?", site["heping"].region_id)
    visitor = await site.sign_in(await site.county_admin())
    answer = await visitor.open("/admin/villages.csv")
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''villages.csv"
    rows = list(csv.reader(io.StringIO(answer.html.lstrip("\ufeff"))))
    assert len(rows) == 64
    assert "'=1+1" in {row[2] for row in rows}
    township = await site.sign_in(await site.township_admin(slug="donghu"))
    assert "禾坪" not in (await township.open("/admin/villages.csv")).html


@pytest.mark.parametrize(
    "query",
    [
        "sort=pinyin",
        "sort=code;DROP TABLE core_village",
        "sort=--members",
        "sort=members,(SELECT 1)",
        "sort=",
        "state=x",
        "state=open' OR '1'='1",
        "show=__class__",
        "page=0",
        "page=-1",
        "page=1e9",
        "page=" + "9" * 30,
        "page=٣",
        "fields=password_hash",
        "verified__gt=1",
        "state=open&state=closed",
    ],
)
async def test_what_the_table_does_not_offer_is_refused(site: LiveSite, query: str) -> None:
    visitor = await site.sign_in(await site.county_admin())
    for path in ("/admin/villages", "/admin/villages.csv"):
        assert (await visitor.open(f"{path}?{quote(query, safe='=&')}")).status == 400


async def test_without_the_list_of_columns_an_address_would_reach_the_database(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.county_admin())
    path = "/admin/villages?sort=nonsense"
    assert (await visitor.open(path)).status == 400
    monkeypatch.setattr(table, "_listed", lambda value, values: True)
    assert (await visitor.open(path)).status == 500


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.sampled_from(["sort", "page", "q", "state", "show", "region", "x"]), st.text(max_size=12)))
def test_an_address_is_understood_or_refused_and_nothing_else(asked: dict[str, str]) -> None:
    from starlette.datastructures import QueryParams

    from cunli.web.errors import BadRequest

    class Visit:
        query = QueryParams(list(asked.items()))

    try:
        found = TABLE.asked(Visit())  # type: ignore[arg-type]
    except BadRequest:
        return
    assert found.sort.removeprefix("-") in {column.key for column in TABLE.columns if column.sort}
    assert 1 <= found.page <= table.MOST_PAGES
    assert found.chosen["state"] in {"open", "unopened", "closed", "all"}
    assert len(found.q) <= table.SEARCH_MOST


async def test_the_table_costs_the_same_for_five_villages_and_for_five_hundred(
    site: LiveSite, grow: Grow, asks: Asks
) -> None:
    visitor = await site.sign_in(await site.county_admin())
    await grow(5)
    few = await asks(visitor, "/admin/villages")
    await grow(500, first=400)
    assert await asks(visitor, "/admin/villages") == few <= 8
    queries.forget_all()


async def test_a_county_chooses_the_township_whose_villages_it_sees_and_a_township_does_not(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await county.open("/admin/villages")
    offered = {option.text_content(): option.get("value") for option in page.all("select[name=region] option")}
    assert offered["望溪镇"] == str(site.township_id)
    there = await county.open(f"/admin/villages?region={site.township_id}")
    assert 0 < len(names(there)) < len(names(page))
    assert there.all("select[name=region] option[selected]")[0].get("value") == str(site.township_id)
    township = await site.sign_in(await site.township_admin())
    assert (await township.open("/admin/villages")).all("select[name=region]") == []
