"""The core's own settings: found, set, inherited, taken back, and obeyed where they count."""

from __future__ import annotations

from datetime import timedelta

import pytest

from cunli import county_settings, db, enabling, plugin_values
from cunli.clock import now
from cunli.county_settings import DONE_JOBS_DAYS, INVITE_DAYS
from cunli.jobs import queue
from cunli.plugin_setting import contradictions
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.trust import policy

HOME = "/admin/settings"


def folded(page: Opened, selector: str) -> str:
    return " ".join(page.words(selector))


async def audited() -> list[tuple[str, int | None, str]]:
    rows = await db.read(
        "SELECT action, region_id, details FROM core_audit_entry WHERE action LIKE 'core.setting.%' ORDER BY id"
    )
    return [(row["action"], row["region_id"], str(row["details"])) for row in rows]


def test_every_declaration_holds_and_stands_on_the_page_once() -> None:
    for one in county_settings.ALL.values():
        assert list(contradictions(one)) == []
        assert one.plugin == county_settings.OWNER
    names = [one.name for group in county_settings.GROUPS for one in group.settings]
    assert len(names) == len(set(names)) == len(county_settings.ALL)


async def test_what_the_county_set_is_inherited_until_the_village_says_otherwise(site: LiveSite) -> None:
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    assert page.url == f"{HOME}/{site.county_id}", "led to the own place"
    assert "谁也没有定过，用默认的：90" in folded(page, "#s-invite_days")
    page = await page.form("#s-invite_days form").fill(invite_days="30").send()
    assert "这里自己定的" in folded(page, "#s-invite_days")

    admin = await site.sign_in(await site.village_admin())
    here = site["heping"].region_id
    page = await admin.open(HOME)
    assert "沿用澜川县的设置：30" in folded(page, "#s-invite_days")
    page = await page.form("#s-invite_days form").fill(invite_days="5").send()
    assert page.status == 200
    page = await page.form("#s-invite_days form[action$=inherit]").send()
    assert "沿用澜川县的设置：30" in folded(page, "#s-invite_days")
    assert [(act, region) for act, region, _details in await audited()] == [
        ("core.setting.set", site.county_id),
        ("core.setting.set", here),
        ("core.setting.unset", here),
    ]
    assert "core.invite_days" in (await audited())[0][2]


async def test_an_invitation_lives_as_long_as_its_village_says(site: LiveSite) -> None:
    async def life(slug: str, name: str) -> int:
        admin = await site.sign_in(await site.village_admin(name, slug))
        await (await admin.open(f"/v/{slug}/invites")).form("main form[action$=invites]").send()
        rows = await db.read(
            "SELECT expires_at FROM core_invite WHERE village_id = ? ORDER BY id DESC LIMIT 1", site[slug].id
        )
        left: timedelta = db.when(rows[0]["expires_at"]) - now()
        return round(left / timedelta(days=1))

    await site.set_value(INVITE_DAYS, 3)
    assert await life("heping", "甲") == 3
    assert await life("shangba", "乙") == 90, "the control: nobody said anything there"


async def test_finished_jobs_are_kept_as_long_as_the_county_says(site: LiveSite) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE slug = 'waixiang'")
    long_ago = queue.moment() - 3 * 86_400_000
    await db.run_unit(
        db.write,
        "INSERT INTO core_job (dedupe, task, payload, run_at, state, lease_until, attempts, error, finished_at)"
        " VALUES ('old', 'test.old', '{}', 0, 'done', 0, 1, '', ?)",
        long_ago,
    )

    async def swept() -> bool:
        from cunli.jobs import housekeeping
        from cunli.jobs.tasks import TaskContext

        values = await plugin_values.values_in(None)
        await housekeeping.sweep(
            TaskContext(task="jobs.sweep", payload={}, village_id=None, attempt=1, key="j", setting=values)
        )
        return not await db.read("SELECT 1 FROM core_job WHERE dedupe = 'old'")

    assert not await swept(), "the control: seven days are the default"
    await plugin_values.set_value(DONE_JOBS_DAYS, site.county_id, 2, by="command")
    assert await swept()


async def test_a_wrong_value_comes_back_beside_its_field(site: LiveSite) -> None:
    admin = await site.sign_in(await site.village_admin())
    page = await admin.open(HOME)
    page = await page.form("#s-invite_days form").fill(invite_days="400").send()
    assert page.status == 422
    assert "要在 1 到 365 之间" in folded(page, "#s-invite_days .f__err")
    assert page.one("#f-invite_days").get("value") == "400"
    assert await audited() == []


async def people(site: LiveSite) -> dict[str, Visitor]:
    return {
        "visitor": site.visitor(),
        "villager": await site.sign_in(await site.villager("张桂秀")),
        "village": await site.sign_in(await site.village_admin()),
        "other village": await site.sign_in(await site.village_admin("罗三", "shangba")),
        "township": await site.sign_in(await site.township_admin()),
        "county": await site.sign_in(await site.county_admin()),
        "other county": await site.sign_in(await site.county_admin("外江县", "waixiang")),
    }


async def let_in(site: LiveSite, everybody: dict[str, Visitor], region: int, name: str) -> set[str]:
    found = set()
    for who, visitor in everybody.items():
        before = len(await audited())
        await visitor.post(f"{HOME}/{region}/{name}", {name: "9"}, follow=False)
        if len(await audited()) > before:
            found.add(who)
            assert (await visitor.open(f"{HOME}/{region}")).status == 200
        await visitor.post(f"{HOME}/{region}/{name}/inherit", {}, follow=False)
    return found


async def test_officials_set_what_they_govern_and_what_their_level_may(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    everybody, here = await people(site), site["heping"].region_id
    assert await let_in(site, everybody, here, "invite_days") == {"village", "township", "county"}
    assert await let_in(site, everybody, site.county_id, "done_jobs_days") == {"county"}
    assert await let_in(site, everybody, here, "done_jobs_days") == set(), "only the county decides about it"
    page = await everybody["village"].open(f"{HOME}/{here}")
    assert "这一项只由县里定" in folded(page, "#s-done_jobs_days")
    assert page.all("#s-done_jobs_days form") == []
    for path in (f"{HOME}/0", f"{HOME}/x", f"{HOME}/99999999999999", f"{HOME}/{site.county_id}"):
        assert (await everybody["village"].open(path)).status == 403
    assert (await everybody["county"].post(f"{HOME}/{site.county_id}/nothing", {"nothing": "1"})).status == 404
    monkeypatch.setattr(policy, "may_over", lambda *_, **__: True)
    assert "other county" in await let_in(site, everybody, here, "invite_days"), "the control"


async def test_a_theme_chosen_for_a_region_is_no_setting_of_this_page(site: LiveSite) -> None:
    admin = await site.sign_in(await site.county_admin())
    page = await admin.open(HOME)
    assert page.all("#s-theme") == []
    enabling.forget()
    assert (await admin.post(f"{HOME}/{site.county_id}/theme", {"theme": "x"})).status == 404
