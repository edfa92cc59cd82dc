"""The cover photo of a village: put up, changed and taken down by its admins, seen by everybody."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli import db
from cunli.feed import village_page
from cunli.media.actions import PhotoGone, accept
from cunli.places import actions
from cunli.testing.live import LiveSite
from cunli.testing.photos import jpeg, photo_file
from cunli.testing.visitor import Opened, Visitor

FORM = "form[enctype][action$='/settings/cover']"


def stored(site: LiveSite) -> set[str]:
    folder = Path(site.settings.storage_url.removeprefix("file://"))
    return {path.parent.name for path in folder.rglob("*") if path.is_file()}


async def cover_of(slug: str = "heping") -> str:
    return str((await db.read("SELECT cover FROM core_village WHERE slug = ?", slug))[0]["cover"])


async def put_up(admin: Visitor, colour: str = "orange") -> str:
    page = await admin.open("/v/heping/settings")
    done = await page.form(FORM).attach("cover", photo_file(colour=colour)).send()
    assert "封面照片换好了" in done.text
    return await cover_of()


async def front_page(visitor: Visitor) -> Opened:
    village_page.forget_pages()  # what is kept for visitors for a few seconds
    return await visitor.open("/v/heping/")


async def quiet() -> None:
    from cunli.db import units

    await units.drained(60)


async def test_an_admin_puts_up_a_cover_and_everybody_sees_it(site: LiveSite) -> None:
    admin, guest = await site.sign_in(await site.village_admin()), site.visitor()
    assert not (await front_page(guest)).all("header picture, .vhead--photo")
    assert not (await guest.open("/v/heping/about")).all("main img")
    key = await put_up(admin)
    page = await front_page(guest)
    photo = page.one("header.vhead--photo picture img")
    assert (photo.get("src"), photo.get("alt")) == (f"/media/{key}/thumb", "禾坪村的照片")
    assert page.one("header picture source").get("srcset") == f"/media/{key}/large"
    assert (await guest.open("/v/heping/about")).one("main img").get("src") == f"/media/{key}/large"
    for size in ("thumb", "large"):
        assert (await guest.open(f"/media/{key}/{size}")).status == 200
    guest.set_cookie("cunli_look", ".elder..")  # 大字版 begins with what is needed
    assert not (await front_page(guest)).all("header picture")
    entry = (await db.read("SELECT action, village_id FROM core_audit_entry ORDER BY id DESC LIMIT 1"))[0]
    assert (entry["action"], entry["village_id"]) == ("core.village.cover", site["heping"].id)
    assert await cover_of("shangba") == ""


async def test_another_cover_takes_the_place_of_the_first_and_none_leaves_nothing(site: LiveSite) -> None:
    admin, guest = await site.sign_in(await site.village_admin()), site.visitor()
    first = await put_up(admin)
    second = await put_up(admin, "teal")
    await quiet()
    assert first != second
    assert stored(site) == {second}
    assert (await guest.open(f"/media/{first}/large")).status == 404
    page = await admin.open("/v/heping/settings")
    gone = await page.form("#cover details form").send()
    await quiet()
    assert "封面照片去掉了" in gone.text
    assert not gone.all("#cover details, #cover img")
    assert (await cover_of(), stored(site)) == ("", set())
    assert await db.read("SELECT 1 FROM core_upload") == []
    assert not (await front_page(guest)).all("header picture")
    assert (await guest.open(f"/media/{second}/large")).status == 404


async def test_only_who_may_write_the_village_changes_its_cover(site: LiveSite) -> None:
    key = await put_up(await site.sign_in(await site.village_admin()))
    villager = await site.sign_in(await site.villager("覃小禾"))
    neighbour = await site.sign_in(await site.village_admin("邻村书记", "shangba"))
    for visitor in (villager, neighbour):
        for fields in ({"do": "remove"}, {}):
            answer = await visitor.post("/v/heping/settings/cover", fields, files=[("cover", photo_file())])
            assert answer.status == 403
    assert (await cover_of(), stored(site)) == (key, {key})
    county = await site.sign_in(await site.county_admin())
    assert await put_up(county, "teal") != key


@pytest.mark.parametrize(
    ("raw", "words"),
    [(None, "先选一张照片"), (b"<svg/>", "这不是能用的照片"), (jpeg((640, 480))[:-400], "这张照片打不开")],
)
async def test_what_is_no_photo_is_said_and_the_cover_stays(site: LiveSite, raw: bytes | None, words: str) -> None:
    admin = await site.sign_in(await site.village_admin())
    key = await put_up(admin)
    form = (await admin.open("/v/heping/settings")).form(FORM)
    if raw is not None:
        form.attach("cover", ("村口.jpg", raw, "image/jpeg"))
    refused = await form.send()
    assert (refused.status, words in refused.text) == (422, True)
    assert refused.one("#f-cover").get("aria-invalid") == "true"
    assert (await cover_of(), stored(site)) == (key, {key})


async def test_a_photo_heavier_than_the_setting_is_refused(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    heavy = ("村口.jpg", jpeg() + b"\x00" * (site.settings.max_photo_mb * 1024 * 1024), "image/jpeg")
    refused = await (await admin.open("/v/heping/settings")).form(FORM).attach("cover", heavy).send()
    assert (refused.status, "照片超过了" in refused.text) == (422, True)
    assert (await cover_of(), stored(site)) == ("", set())


async def test_the_same_form_twice_is_one_change(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    form = (await admin.open("/v/heping/settings")).form(FORM).attach("cover", photo_file())
    assert [(await form.send()).status for _ in range(2)] == [200, 200]
    rows = await db.read("SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = 'core.village.cover'")
    assert rows[0]["n"] == 1
    used = await db.read("SELECT key FROM core_upload WHERE unused_until IS NULL")
    assert [row["key"] for row in used] == [await cover_of()]


async def test_nobody_elses_photo_becomes_a_cover(site: LiveSite) -> None:
    """The photo on somebody's post, one that another person or another village sent: `use` refuses each."""
    admin, luo = await site.village_admin(), await site.villager("罗春秀")
    here, there = site["heping"].id, site["shangba"].id
    theirs = await accept(jpeg(), owner_id=luo.id, village_id=here, limit_mb=20)
    elsewhere = await accept(jpeg(), owner_id=admin.id, village_id=there, limit_mb=20)
    for key in (theirs.key, elsewhere.key, "A" * 22):
        with pytest.raises(PhotoGone):
            await actions.set_cover(here, key, actor=admin.id)
    assert await cover_of() == ""
    own = await accept(jpeg(), owner_id=admin.id, village_id=here, limit_mb=20)
    await actions.set_cover(here, own.key, actor=admin.id)
    assert await cover_of() == own.key


async def test_a_kept_page_is_not_good_for_another_cover(site: LiveSite) -> None:
    villager = await site.sign_in(await site.villager("覃小禾"))
    admin = await site.sign_in(await site.village_admin())
    seen = (await villager.open("/v/heping/")).headers["etag"]
    assert (await villager.open("/v/heping/", if_none_match=seen)).status == 304
    key = await put_up(admin)
    page = await villager.open("/v/heping/", if_none_match=seen)
    assert (page.status, f"/media/{key}/thumb" in page.html) == (200, True)
