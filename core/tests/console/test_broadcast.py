"""A notice from the console: written, looked at with who gets it, sent to one, several or all villages, and followed."""

from __future__ import annotations

import pytest
from lxml.html import tostring
from markupsafe import Markup

from cunli import db
from cunli.console import notice_pages
from cunli.feed import broadcast
from cunli.jobs import TaskContext, state_of
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Filling, Opened, Visitor
from cunli.testing.working import until
from cunli.trust.limits import Limit

from .conftest import Grow

WORDS = {"title": "明天停水", "body": "早上八点到下午五点停水，请先接好。"}


async def written(visitor: Visitor, **fields: str | list[str]) -> Filling:
    page = await visitor.open("/admin/notices/new")
    return page.form("[name=title]").fill(**{**WORDS, "to": "all", **fields})


async def previewed(visitor: Visitor, **fields: str | list[str]) -> Opened:
    return await (await written(visitor, **fields)).send(button=("do", "preview"))


async def sent(visitor: Visitor, **fields: str | list[str]) -> Opened:
    page = await (await previewed(visitor, **fields)).form("[name=do][value=send]").send(button=("do", "send"))
    if "job" in page.url or "/admin/notices/" in page.url:
        key = page.url.partition("/admin/notices/")[2].partition("?")[0]

        async def done() -> bool:
            return await state_of(broadcast.job_of(key)) in ("", "done")

        await until(done)
    return page


async def villages() -> list[str]:
    rows = await db.read(
        "SELECT v.slug FROM core_post p JOIN core_village v ON v.id = p.village_id WHERE p.kind = 'notice' ORDER BY v.slug"
    )
    return [row["slug"] for row in rows]


async def test_a_notice_goes_to_every_village_of_the_county_once_and_not_beyond(site: LiveSite) -> None:
    for slug in ("heping", "donghu", "waixiang"):
        await site.villager("乡亲", slug)
    visitor = await site.sign_in(await site.county_admin())
    look = await previewed(visitor)
    assert look.status == 200
    assert "还没发" in look.text
    assert [one.split("个")[0] for one in look.words(".kpi__v")][:1] == ["3"]
    assert "2人" in "".join(look.words(".kpi__v")).replace(" ", ""), "as many as are verified in these villages"
    assert await villages() == []
    page = await sent(visitor)
    assert await villages() == ["donghu", "heping", "shangba"]
    after = await visitor.open(page.url)
    assert "发到了 3 个村，一共 3 个" in after.text
    assert after.all("[data-hx-trigger]") == []
    assert "明天停水" in (await visitor.open("/admin/notices")).text
    assert "明天停水" in (await (await site.sign_in(await site.villager("看的人"))).open("/v/heping/")).text
    audited = await db.read("SELECT COUNT(*) AS n FROM core_audit_entry WHERE action = 'notice.publish'")
    assert audited[0]["n"] == 3


async def test_some_villages_are_ticked_and_only_those_get_it(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    nobody = await previewed(visitor, to="some")
    assert nobody.status == 422
    await sent(visitor, to="some", village=[str(site["donghu"].id), str(site["shangba"].id)])
    assert await villages() == ["donghu", "shangba"]


async def test_a_township_and_a_village_send_to_their_own_only(site: LiveSite) -> None:
    township = await site.sign_in(await site.township_admin())
    theirs = await previewed(township, to="some", village=[str(site["heping"].id), str(site["donghu"].id)])
    assert theirs.status == 404
    await sent(township)
    assert await villages() == ["heping", "shangba"]
    village = await site.sign_in(await site.village_admin("东湖书记", "donghu"))
    await sent(village)
    assert await villages() == ["donghu", "heping", "shangba"]
    villager = await site.sign_in(await site.villager("乡亲"))
    assert (await villager.open("/admin/notices/new")).status == 403


async def test_without_the_look_at_whose_villages_a_stranger_would_send_to_them(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = notice_pages._places

    async def every(ground: object) -> object:
        rows = await db.read("SELECT id, name, slug FROM core_village")
        own = await real(ground)  # type: ignore[arg-type]
        return [
            *own,
            *(
                notice_pages.Place(id=r["id"], name=r["name"], url="", township="", verified=0, households=0)
                for r in rows
                if r["id"] not in {one.id for one in own}
            ),
        ]

    monkeypatch.setattr(notice_pages, "_places", every)
    township = await site.sign_in(await site.township_admin())
    await sent(township, to="some", village=[str(site["donghu"].id)])
    assert await villages() == ["donghu"]


async def test_the_same_form_and_the_same_job_twice_send_once(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    form = (await previewed(visitor)).form("[name=do][value=send]")
    first, second = await form.send(button=("do", "send")), await form.send(button=("do", "send"))
    assert first.url == second.url
    key = first.url.partition("/admin/notices/")[2].partition("?")[0]

    async def done() -> bool:
        return await state_of(broadcast.job_of(key)) == "done"

    await until(done)
    rows = await db.read("SELECT payload FROM core_job WHERE dedupe = ?", broadcast.job_of(key))
    import json

    again = TaskContext(
        task=broadcast.COPY, payload=json.loads(rows[0]["payload"]), village_id=None, attempt=2, key="again"
    )
    await broadcast.copy(again)
    assert await villages() == ["donghu", "heping", "shangba"]


async def test_a_notice_for_sixty_villages_does_not_slow_its_author_down(site: LiveSite, grow: Grow) -> None:
    await grow(60)
    admin = await site.village_admin()
    from cunli.testing import sample

    await sample.office(admin, "county_admin", site.county_id)
    visitor = await site.sign_in(admin)
    page = await sent(visitor)
    assert len(await villages()) == 63
    assert "63 个" in (await visitor.open(page.url)).text
    mine = await (await visitor.open("/v/heping/new")).form().fill(body="村口的路修好了").send()
    assert mine.url.startswith("/v/heping/")
    assert mine.status == 200


async def test_too_many_broadcasts_in_an_hour_are_stopped(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notice_pages, "BROADCASTS", Limit(name="few broadcasts", most=1, seconds=3600))
    visitor = await site.sign_in(await site.village_admin())
    assert (await sent(visitor)).status == 200
    look = await previewed(visitor)
    assert (await look.form("[name=do][value=send]").send(button=("do", "send"))).status == 429


async def test_what_is_missing_comes_back_with_what_was_written_and_ticked(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    page = await previewed(visitor, title="", to="some", village=[str(site["donghu"].id)])
    assert page.status == 422
    assert WORDS["body"] in page.html
    assert [box.get("value") for box in page.all("[name=village][checked]")] == [str(site["donghu"].id)]
    back = await (await previewed(visitor)).form("[name=do][value=change]").send(button=("do", "change"))
    assert back.status == 200
    assert WORDS["body"] in back.html


async def test_personal_data_is_asked_about_before_the_preview_and_masked_for_all(site: LiveSite) -> None:
    visitor = await site.sign_in(await site.county_admin())
    asked = await previewed(visitor, body="有事打电话 13812345678 找覃小禾")
    assert asked.status == 422
    assert asked.all("[name=personal]")
    look = await asked.form("[name=title]").send(button=("personal", "mask"))
    assert "13812345678" not in look.text
    page = await look.form("[name=do][value=send]").send(button=("do", "send"))
    assert page.status == 200
    rows = await db.read("SELECT body FROM core_post WHERE kind = 'notice'")
    assert rows
    assert all("13812345678" not in row["body"] for row in rows)


async def test_somebody_elses_notice_looks_like_none(site: LiveSite) -> None:
    page = await sent(await site.sign_in(await site.village_admin("东湖书记", "donghu")))
    stranger = await site.sign_in(await site.township_admin())
    assert (await stranger.open(page.url.partition("?")[0])).status == 404
    assert (await stranger.open("/admin/notices/nothing")).status == 404
    county = await site.sign_in(await site.county_admin())
    assert (await county.open(page.url.partition("?")[0] + "?of=x")).status == 400


LIVELY = """看 https://example.cn/a?b=1&c=<2> ，<b>粗</b><img src=x onerror=alert(1)>
[点这里](javascript:alert(1)) {{ 7*7 }} <div hx-get="/x" hx-trigger="load">‮反过来"""


async def test_what_is_looked_at_is_drawn_as_it_will_be(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """XS-5: the same words, the same markup, in the preview and in the village; a preview of its own kind is seen."""
    visitor = await site.sign_in(await site.county_admin())

    def drawn(page: Opened) -> list[bytes]:
        return [tostring(one, with_tail=False) for one in page.all("p.ugc")]

    look = await previewed(visitor, body=LIVELY, to="some", village=[str(site["heping"].id)])
    assert len(drawn(look)) == 1
    await sent(visitor, body=LIVELY, to="some", village=[str(site["heping"].id)])
    key = (await db.read("SELECT key FROM core_post WHERE kind = 'notice'"))[0]["key"]
    assert drawn(await visitor.open(f"/v/heping/p/{key}"))[:1] == drawn(look)
    monkeypatch.setattr("cunli.console.notice_pages.words.html", Markup)
    assert drawn(await previewed(visitor, body=LIVELY)) != drawn(look)
