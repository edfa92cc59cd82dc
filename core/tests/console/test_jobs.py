"""Background work in the console: what is shown, tried again, given up; and how the deployment is."""

from __future__ import annotations

import asyncio
import shutil
from collections import namedtuple

import pytest

from cunli import db, signs
from cunli.jobs import board, queue, worker
from cunli.media import running as media
from cunli.testing.live import LiveSite
from cunli.testing.working import until

HOME = "/admin/jobs"
ERROR = "RuntimeError < cunli.notify.channels.deliver:12"


async def dead(task: str, village: int | None = None, state: str = "dead") -> int:
    rows = await db.run_unit(
        db.read,
        "INSERT INTO core_job (task, village_id, payload, run_at, state, lease_until, attempts, error, finished_at)"
        ' VALUES (?, ?, \'{"secret": "CANARY"}\', ?, ?, 0, 5, ?, ?) RETURNING id',
        task,
        village,
        queue.moment() - 5000,
        state,
        ERROR,
        queue.moment() if state == "dead" else None,
    )
    return int(rows[0]["id"])


async def state_of(job: int) -> tuple[str, int]:
    rows = await db.read("SELECT state, attempts FROM core_job WHERE id = ?", job)
    return rows[0]["state"], rows[0]["attempts"]


async def audited() -> list[tuple[str, str]]:
    rows = await db.read("SELECT action, details FROM core_audit_entry WHERE action LIKE 'core.job.%' ORDER BY id")
    return [(row["action"], str(row["details"])) for row in rows]


async def test_what_failed_is_shown_with_its_error_and_nobodys_words(site: LiveSite) -> None:
    job = await dead("nobody.knows", site["heping"].id)
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    assert ERROR in page.text
    assert f"#{job}" in page.text
    assert "禾坪村" in page.text
    assert "CANARY" not in page.html
    other = await site.sign_in(await site.county_admin("外江", "waixiang"))
    assert f"#{job}" not in (await other.open(HOME)).text, "of another county's village"
    township = await site.sign_in(await site.township_admin())
    assert (await township.open(HOME)).status == 403
    for show in ("waiting", "running", "times", "nothing"):
        assert (await county.open(f"{HOME}?show={show}&page=x")).status == 200
    assert "jobs.sweep" in (await county.open(f"{HOME}?show=times")).text


async def test_jobs_of_no_village_are_not_one_countys_to_decide_where_there_are_two(site: LiveSite) -> None:
    nobodys, mine = await dead("nobody.knows"), await dead("nobody.knows", site["heping"].id)
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    assert f"#{nobodys}" in page.text, "it is seen"
    assert "由管服务器的同志来办" in page.text
    assert [field.get("value") for field in page.all("[name=job]")] == [str(mine)] * 2, "and nothing can be done there"
    for data in ({"job": str(nobodys)}, {"task": "nobody.knows"}, {}):
        await county.post(HOME, {"do": "retry", **data})
        if data:
            await county.post(HOME, {"do": "discard", "reason": "不该", **data})
    assert (await state_of(nobodys))[0] == "dead"
    assert (await state_of(mine))[0] == "waiting"
    await queue.revive(nobodys)  # as the operator's command does
    assert (await state_of(nobodys))[0] == "waiting"


async def test_in_the_only_county_of_a_site_they_are_its_own(site: LiveSite) -> None:
    await db.run_unit(db.write, "UPDATE core_village SET state = 'closed' WHERE county_id <> ?", site.county_id)
    nobodys = await dead("nobody.knows")
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    await page.form(f"form:has([name=job][value='{nobodys}']):has([value=retry])").send()
    assert (await state_of(nobodys))[0] == "waiting"


async def test_without_the_rule_a_county_would_decide_about_the_jobs_of_all(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobodys = await dead("nobody.knows")
    county = await site.sign_in(await site.county_admin())

    async def believed(_counties: object) -> bool:
        return True

    monkeypatch.setattr(board, "_everywhere", believed)
    await county.post(HOME, {"do": "discard", "job": str(nobodys), "reason": "不该"})
    assert (await state_of(nobodys))[0] == "done"


async def test_one_job_is_tried_again_and_one_given_up_with_a_reason(site: LiveSite) -> None:
    here = site["heping"].id
    first, second = await dead("nobody.knows", here), await dead("nobody.knows", here)
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    await page.form(f"form:has([name=job][value='{first}']):has([value=retry])").send()
    assert await state_of(first) == ("waiting", 0)
    page = await county.open(HOME)
    giving_up = f"form:has([name=job][value='{second}']):has([value=discard])"
    refused = await page.form(giving_up).fill(reason="").send()
    assert refused.status == 422
    assert (await state_of(second))[0] == "dead"
    page = await page.form(giving_up).fill(reason="号码早就停机了").send()
    assert (await state_of(second))[0] == "done"
    assert "都做成了" in page.text
    acts = await audited()
    assert [act for act, _details in acts] == ["core.job.retry", "core.job.discard"]
    assert "号码早就停机了" in acts[1][1]


async def test_all_of_a_task_and_all_there_are_are_tried_again_in_the_own_county_only(site: LiveSite) -> None:
    mine, other = await dead("nobody.knows", site["heping"].id), await dead("nobody.hears", site["donghu"].id)
    theirs = await dead("nobody.knows", site["waixiang"].id)
    county = await site.sign_in(await site.county_admin())
    page = await county.open(HOME)
    await page.form("form:has([name=task][value='nobody.hears']):has([value=retry])").send()
    assert [(await state_of(job))[0] for job in (mine, other, theirs)] == ["dead", "waiting", "dead"]
    assert (await county.post(HOME, {"do": "retry"})).status == 200
    assert [(await state_of(job))[0] for job in (mine, other, theirs)] == ["waiting", "waiting", "dead"]
    await county.post(HOME, {"do": "retry", "job": str(theirs)})
    await county.post(HOME, {"do": "discard", "job": str(theirs), "reason": "不该"})
    assert (await state_of(theirs))[0] == "dead"
    assert len(await audited()) == 2
    for data in ({"do": "discard", "reason": "全部"}, {"do": "burn"}, {}):
        assert (await county.post(HOME, data)).status == 400


async def test_a_worker_says_that_it_works_and_takes_its_leave(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "BEAT", 0)
    from cunli.jobs.running import worker_for
    from cunli.jobs.worker import Pace

    one = worker_for(site.app.site, Pace(lease=60))
    running = asyncio.create_task(one.run())

    async def seen() -> bool:
        return any(each.name == one._name for each in await board.working())

    await until(seen)
    await one.stop(5)
    await running
    assert not await seen()


async def states(site: LiveSite) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in await signs.signs(site.app.site):
        if found.get(str(one.what)) != "wrong":
            found[str(one.what)] = one.state
        assert str(one.says)
        assert one.state == "ok" or str(one.mend), "whoever is told of trouble is told what to do"
    return found


async def test_health_is_green_amber_and_red_with_what_to_do(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    await board.beat("here:1", "0.1.0", queue.moment(), 0)
    Usage = namedtuple("Usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(100, 50, 50))
    good = await states(site)
    assert set(good.values()) == {"ok"}, good
    county = await site.sign_in(await site.county_admin())
    assert "都好。" in (await county.open("/admin/health")).text

    await db.run_unit(db.write, "UPDATE core_worker SET seen = 0")
    await dead("nobody.knows")
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(100, 98, 2))

    class Full:
        async def put(self, *_: object) -> None:
            raise OSError(28, "no space left")

    monkeypatch.setattr(media, "storage", Full)
    found = await states(site)
    worse = {what for what, state in found.items() if state != good.get(what)}
    assert worse == {"后台任务", "没做成的任务", "磁盘", "照片和文件的存放"}
    assert found["磁盘"] == "wrong"
    page = await county.open("/admin/health")
    assert "要马上办" in page.text
    assert page.words("tbody tr")[0].startswith(("磁盘", "照片")), "the worst first"
    township = await site.sign_in(await site.township_admin())
    assert (await township.open("/admin/health")).status == 403


async def test_jobs_that_wait_with_nobody_at_work_are_red(site: LiveSite) -> None:
    await db.run_unit(db.write, "DELETE FROM core_worker")
    job = await dead("nobody.knows", state="waiting")
    await db.run_unit(db.write, "UPDATE core_job SET run_at = 0 WHERE id = ?", job)
    assert (await states(site))["后台任务"] == "wrong"
    await board.beat("here:1", "0.1.0", queue.moment(), 0)
    found = {str(one.what): one for one in await signs.signs(site.app.site)}
    assert found["后台任务"].state == "wrong", "ten minutes are too long with somebody at work, too"


async def test_a_look_that_does_not_answer_holds_up_no_other(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(_site: object) -> list[signs.Sign]:
        await asyncio.Event().wait()
        return []

    async def breaks(_site: object) -> list[signs.Sign]:
        raise ConnectionError("10.0.0.7 refused")

    monkeypatch.setattr(signs, "PATIENCE", 0.05)
    monkeypatch.setattr(signs, "LOOKS", {"one": ("慢的", hangs), "two": ("坏的", breaks)})
    found = {str(one.what): one for one in await signs.signs(site.app.site)}
    assert {one.state for one in found.values()} == {"wrong"}
    assert "ConnectionError" in str(found["坏的"].says)
    assert "10.0.0.7" not in str(found["坏的"].says), "no words of an error: they may be anybody's"
