"""Photos over HTTP: what is taken, what is served, to whom, and what becomes of the bytes."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from cunli import db
from cunli.clock import now
from cunli.feed import rules as feed_rules
from cunli.feed import tasks as feed_tasks
from cunli.jobs.tasks import TaskContext
from cunli.media import actions, pages, rules, running, tasks
from cunli.testing.live import LiveSite
from cunli.testing.photos import jpeg, photo_file
from cunli.testing.visitor import Opened, Visitor

CTX = TaskContext(task="t", payload={}, village_id=None, attempt=1, key="k")


async def send(visitor: Visitor, raw: bytes | None = None, name: str = "IMG.jpg", slug: str = "heping") -> Opened:
    return await visitor.post(
        f"/v/{slug}/uploads", files=[("photo", (name, raw if raw is not None else jpeg(), "image/jpeg"))]
    )


async def key_of(visitor: Visitor) -> str:
    return str(json.loads((await send(visitor)).html)["key"])


async def post(visitor: Visitor, audience: str = "public") -> tuple[str, str]:
    form = (await visitor.open("/v/heping/new")).form("#post").fill(body="晒秋", audience=audience)
    page = await form.attach("photo", photo_file()).send()
    return page.all("article.post .post__meta a")[0].get("href"), page.all("article.post .photos img")[0].get(
        "src"
    ).split("/")[2]


def stored(site: LiveSite) -> set[str]:
    folder = Path(site.settings.storage_url.removeprefix("file://"))
    return {path.parent.name for path in folder.rglob("*") if path.is_file()}


async def test_a_photo_is_served_with_a_fixed_type_and_nothing_may_run_in_it(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    _url, key = await post(visitor)
    for size in ("thumb", "large"):
        for accept, kind, form in (("image/avif,image/webp,*/*", "image/webp", "WEBP"), ("*/*", "image/jpeg", "JPEG")):
            answer = await site.visitor().open(f"/media/{key}/{size}", accept=accept)
            assert answer.status == 200
            assert answer.headers["content-type"] == kind
            assert Image.open(io.BytesIO(answer.response.content)).format == form
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
            assert answer.headers["content-disposition"] == "inline"
            assert "Accept" in answer.headers["vary"]
    for path in (
        f"/media/{key}/original",
        f"/media/{key}",
        "/media/../x/thumb",
        f"/media/{key}/thumb/..",
        "/media/x/thumb",
    ):
        assert (await visitor.open(path)).status == 404, path


async def test_a_public_photo_is_kept_by_the_browser_and_a_private_one_is_asked_for_each_time(site: LiveSite) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    _url, public = await post(luo, "public")
    _url, private = await post(luo, "village")
    assert (await luo.open(f"/media/{public}/thumb")).headers["cache-control"] == "private, max-age=31536000, immutable"
    answer = await luo.open(f"/media/{private}/thumb")
    assert answer.headers["cache-control"] == "private, no-cache"
    again = await luo.open(f"/media/{private}/thumb", if_none_match=answer.headers["etag"])
    assert again.status == 304
    stranger = await site.sign_in(await site.stranger())
    assert (await stranger.open(f"/media/{private}/thumb", if_none_match=answer.headers["etag"])).status == 404


async def test_narrowing_the_audience_takes_the_photo_from_sight(site: LiveSite) -> None:
    luo, guest = await site.sign_in(await site.villager("罗春秀")), site.visitor()
    url, key = await post(luo, "public")
    assert (await guest.open(f"/media/{key}/large")).status == 200
    await (await luo.open(f"{url}/edit")).form("#post").fill(audience="village").send()
    assert (await guest.open(f"/media/{key}/large")).status == 404
    assert (await luo.open(f"/media/{key}/large")).status == 200


async def test_a_village_cover_is_for_everybody(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    key = await key_of(visitor)
    assert (await site.visitor().open(f"/media/{key}/large")).status == 404
    await actions.use([key], owner_id=luo.id, village_id=site["heping"].id)
    assert (await site.visitor().open(f"/media/{key}/large")).status == 404  # in use, but by nothing anybody may see
    await db.run_unit(db.write, "UPDATE core_village SET cover = ? WHERE id = ?", key, site["heping"].id)
    assert (await site.visitor().open(f"/media/{key}/large")).status == 200


@pytest.mark.parametrize(
    ("name", "raw", "status"),
    [
        ("x.html", b"<script>alert(1)</script>", 415),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 415),
        ("x.php.jpg", b"<?php phpinfo(); ?>", 415),
        ("x.gif", b"GIF89a/*\x01\x00*/=1;alert(1)", 415),
        ("../../../x.jpg", b"nothing", 415),
        ("CON", b"%PDF-1.7", 415),
        ("a" * 4000 + ".jpg", b"", 415),
        ("\u202egpj.exe", b"MZ\x00\x00", 415),
    ],
)
async def test_what_is_no_photo_leaves_nothing_behind(site: LiveSite, name: str, raw: bytes, status: int) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    refused = await send(visitor, raw, name)
    assert refused.status == status
    assert json.loads(refused.html)["error"]
    assert stored(site) == set()
    assert await db.read("SELECT 1 FROM core_upload") == []


async def test_names_that_people_chose_are_not_kept(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    keys = [
        json.loads((await send(visitor, name=name)).html)["key"]
        for name in ("../../x.jpg", "CON.jpg", "x.jpg", "x.jpg")
    ]
    assert len(set(keys)) == 4
    assert stored(site) == set(keys)


async def test_no_derivative_keeps_where_it_was_taken(site: LiveSite) -> None:
    """UP-5 through HTTP: position and serial number are gone from every size and format."""
    exif = Image.Exif()
    exif[ExifTags.Base.BodySerialNumber] = "CANARY-SERIAL"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (30.0, 24.0, 36.0)
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "JPEG", exif=exif)
    assert b"CANARY-SERIAL" in out.getvalue()
    visitor = await site.sign_in(await site.villager("罗春秀"))
    key = json.loads((await send(visitor, out.getvalue())).html)["key"]
    for size in ("thumb", "large"):
        for accept in ("image/webp", "image/jpeg"):
            data = (await visitor.open(f"/media/{key}/{size}", accept=accept)).response.content
            assert b"CANARY" not in data
            assert not Image.open(io.BytesIO(data)).getexif()
    folder = Path(site.settings.storage_url.removeprefix("file://"))
    assert all(b"CANARY" not in path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_too_large_is_refused_before_it_is_decoded(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))

    async def never(*_: object) -> None:
        raise AssertionError("decoded")

    monkeypatch.setattr(running.darkroom(), "develop", never)
    big = jpeg() + b"\x00" * (20 * rules.MEGABYTE)
    refused = await send(visitor, big)
    assert refused.status == 413
    assert "照片超过了 20 MB" in json.loads(refused.html)["error"]
    no_length = await visitor.client.post(
        "/v/heping/uploads",
        content=_slowly(b"x" * pages.LARGEST),
        headers={"content-type": "multipart/form-data; boundary=x"},
    )
    assert no_length.status_code in (400, 413)


async def _slowly(data: bytes):  # type: ignore[no-untyped-def]
    for start in range(0, len(data), rules.MEGABYTE):
        yield data[start : start + rules.MEGABYTE]


async def test_a_quota_of_the_person_and_of_the_village(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    assert (await send(luo)).status == 201
    used = int((await db.read("SELECT SUM(stored_bytes) AS n FROM core_upload"))[0]["n"])
    monkeypatch.setattr(rules, "PERSON_QUOTA", used + 10)
    refused = await send(luo)
    assert refused.status == 413
    assert "你在本村存的照片满了" in json.loads(refused.html)["error"]
    assert (await send(shi)).status == 201
    monkeypatch.setattr(rules, "VILLAGE_QUOTA", used * 2 + 10)
    monkeypatch.setattr(rules, "PERSON_QUOTA", used * 10)
    assert "请告诉村管理员" in json.loads((await send(luo)).html)["error"]
    assert len(stored(site)) == 2


async def test_unused_photos_are_limited(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "UNUSED_MOST", 2)
    visitor = await site.sign_in(await site.villager("罗春秀"))
    assert [(await send(visitor)).status for _ in range(3)] == [201, 201, 429]


async def test_an_unused_photo_is_given_up_by_its_owner_only(site: LiveSite) -> None:
    luo, shi = await site.sign_in(await site.villager("罗春秀")), await site.sign_in(await site.villager("石满仓"))
    key = await key_of(luo)
    assert (await shi.post(f"/v/heping/uploads/{key}/remove")).status == 204
    assert stored(site) == {key}
    assert (await luo.post(f"/v/heping/uploads/{key}/remove")).status == 204
    await _quiet()
    assert stored(site) == set()
    _url, used = await post(luo)
    await luo.post(f"/v/heping/uploads/{used}/remove")
    assert stored(site) == {used}


async def _quiet() -> None:
    """Until what follows a commit has run."""
    from cunli.db import units

    await units.drained(60)


async def test_what_nobody_used_is_swept_after_a_day_and_a_drafts_after_two_weeks(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    visitor = await site.sign_in(luo)
    lost, drafted, (_url, used) = await key_of(visitor), await key_of(visitor), await post(visitor)
    await visitor.post("/v/heping/draft", {"body": "写着", "uploads": drafted})
    await tasks.sweep(CTX)
    assert stored(site) == {lost, drafted, used}

    async def pass_time(by: timedelta) -> None:
        for row in await db.read("SELECT id, unused_until FROM core_upload WHERE unused_until IS NOT NULL"):
            await db.run_unit(
                db.write,
                "UPDATE core_upload SET unused_until = ? WHERE id = ?",
                db.when(row["unused_until"]) - by,
                row["id"],
            )

    await pass_time(timedelta(days=1, minutes=1))
    await tasks.sweep(CTX)
    await _quiet()
    assert stored(site) == {drafted, used}
    await pass_time(timedelta(days=14))
    await tasks.sweep(CTX)
    await _quiet()
    assert stored(site) == {used}
    assert {row["key"] for row in await db.read("SELECT key FROM core_upload")} == {used}


async def test_bytes_that_no_row_knows_are_removed(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    key = await key_of(visitor)
    await running.storage().put("S" * 22, {("thumb", "webp"): b"stray"})
    await tasks.remove_strays(CTX)
    assert stored(site) == {key, "S" * 22}  # too young: a row may be on its way
    monkeypatch.setattr(tasks, "STRAY_AFTER", timedelta(seconds=-5))
    await tasks.remove_strays(CTX)
    assert stored(site) == {key}


async def test_a_deleted_post_takes_its_photos_along_after_a_day(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    luo = await site.sign_in(await site.villager("罗春秀"))
    url, key = await post(luo)
    await luo.post(f"{url}/comments", {"body": "评论"})
    await luo.post(f"{url}/react", {"do": "like"})
    await luo.post(f"{url}/delete")
    row = (await db.read("SELECT id FROM core_post"))[0]
    ctx = TaskContext(task="feed.forget", payload={"post_id": row["id"]}, village_id=None, attempt=1, key="k")
    await feed_tasks.forget(ctx)
    assert stored(site) == {key}  # not yet
    monkeypatch.setattr(feed_rules, "FORGET_AFTER", timedelta(0))
    await feed_tasks.forget(ctx)
    await _quiet()
    assert stored(site) == set()
    left = (await db.read("SELECT body, state FROM core_post"))[0]
    assert (left["body"], left["state"]) == ("", "deleted")
    for table in ("core_comment", "core_reaction", "core_post_photo", "core_upload"):
        assert await db.read(f"SELECT 1 FROM {table}") == []
    jobs = await db.read("SELECT run_at FROM core_job WHERE task = 'feed.forget'")
    assert len(jobs) == 1
    assert jobs[0]["run_at"] > (now().timestamp() + 23 * 3600) * 1000


async def test_only_those_who_may_post_send_photos(site: LiveSite) -> None:
    neighbour = await site.sign_in(await site.villager("邻村人", "shangba"))
    assert (await send(neighbour)).status == 403
    assert (await send(site.visitor())).status == 401
    assert stored(site) == set()
    visitor = await site.sign_in(await site.villager("罗春秀"))
    assert (await visitor.post("/v/heping/uploads")).status == 400
