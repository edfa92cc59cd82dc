"""The console's frame: who is let in, which doors are shown, and whose ground a page stands on."""

from __future__ import annotations

import pytest

from cunli.console import ground
from cunli.console.navigation import COUNTY, NAVIGATION, Entry, Group, doors
from cunli.testing import sample
from cunli.testing.live import LiveSite


async def test_each_official_is_led_to_the_own_region_and_nobody_else_comes_in(site: LiveSite) -> None:
    for who, name in (
        (await site.county_admin(), "澜川县"),
        (await site.township_admin(), "望溪镇"),
        (await site.village_admin(), "禾坪村"),
    ):
        visitor = await site.sign_in(who)
        page = await visitor.open("/admin")
        assert page.status == 200
        assert f"{name}总览" in page.words("h1")
        assert page.words(".adm__side .slip") == [name]
        assert "/admin" in (await visitor.open("/me")).links()
    villager = await site.sign_in(await site.villager("覃小禾"))
    assert (await villager.open("/admin")).status == 403
    assert "/admin" not in (await villager.open("/me")).links()
    assert (await site.visitor().open("/admin")).url.startswith("/sign-in")


async def test_the_village_page_has_a_door_to_the_console_for_officials_only(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    assert "/admin" in (await admin.open("/v/heping/")).links()
    villager = await site.sign_in(await site.villager("覃小禾"))
    assert "/admin" not in (await villager.open("/v/heping/")).links()


async def test_a_region_below_is_opened_and_one_of_somebody_else_looks_like_none(site: LiveSite) -> None:
    heping, donghu = site["heping"], site["donghu"]
    visitor = await site.sign_in(await site.township_admin())
    below = await visitor.open(f"/admin?region={heping.region_id}")
    assert below.status == 200
    assert below.words(".way li") == ["望溪镇", "禾坪村"]
    assert below.words(".adm__side .slip") == ["望溪镇"]
    for theirs in (heping.county_id, donghu.township_id, donghu.region_id, 999_999):
        assert (await visitor.open(f"/admin?region={theirs}")).status == 404


@pytest.mark.parametrize("asked", ["x", "-1", "1e3", "9" * 40, "٣", "1;DROP", "1%00x", "' OR 1=1 --"])
async def test_a_region_that_is_no_number_is_not_found(site: LiveSite, asked: str) -> None:
    visitor = await site.sign_in(await site.county_admin())
    assert (await visitor.open(f"/admin?region={asked}")).status == 404


async def test_without_the_look_at_whose_region_it_is_strangers_would_come_in(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.village_admin())
    path = f"/admin?region={site['donghu'].region_id}"
    assert (await visitor.open(path)).status == 404
    monkeypatch.setattr(ground, "_owns", lambda own, chain: True)
    assert (await visitor.open(path)).status == 200


async def test_somebody_with_offices_in_two_places_goes_from_one_to_the_other(site: LiveSite) -> None:
    who = await site.village_admin()
    await sample.office(who, "village_admin", site["donghu"].region_id)
    visitor = await site.sign_in(who)
    page = await visitor.open("/admin")
    assert page.words("h1") == ["禾坪村总览"]
    assert (await page.follow("东湖村")).words("h1") == ["东湖村总览"]


async def test_a_door_is_shown_by_capability_and_by_level(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    only = Group(
        label="",
        entries=(
            Entry(
                tab="a", label=NAVIGATION[0].entries[0].label, url="/admin/a", needs="core.console.open", icon="star"
            ),
            Entry(
                tab="b",
                label=NAVIGATION[0].entries[0].label,
                url="/admin/b",
                needs="core.console.open",
                icon="star",
                level=COUNTY,
            ),
            Entry(tab="c", label=NAVIGATION[0].entries[0].label, url="/admin/c", needs="core.profile.set", icon="star"),
        ),
    )
    monkeypatch.setattr("cunli.console.frame.doors", lambda visit: doors(visit, (only,)))
    for who, shown in (
        (await site.village_admin(), {"/admin/a"}),
        (await site.county_admin(), {"/admin/a", "/admin/b", "/admin/c"}),
    ):
        page = await (await site.sign_in(who)).open("/admin")
        assert {link for link in page.links() if link in {"/admin/a", "/admin/b", "/admin/c"}} == shown


async def test_every_door_leads_to_a_page_that_marks_it(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    for group in NAVIGATION:
        for door in group.entries:
            page = await visitor.open(door.url)
            assert page.status == 200, door.url
            assert page.words(".adm__side > .adm__nav [aria-current]") == [str(door.label)]
