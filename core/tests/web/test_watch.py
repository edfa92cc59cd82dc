"""Readiness and figures: for the machines that watch this one, and for nobody else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from cunli import db
from cunli.jobs import queue
from cunli.media import running
from cunli.testing.accounts import visitor_from
from cunli.testing.live import LiveSite
from cunli.web import watch_pages

PATHS = ("/metrics", "/readyz")


@pytest.fixture(autouse=True)
def _asked_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(watch_pages, "KEPT", 0.0)
    watch_pages._process.found = watch_pages._process.known = None
    yield
    watch_pages._process.found = watch_pages._process.known = None


async def test_a_machine_that_watches_is_told_and_others_see_nothing(site: LiveSite) -> None:
    for path in PATHS:
        assert (await visitor_from(site, "127.0.0.1").open(path)).status == 200
        assert (await visitor_from(site, "203.0.113.7").open(path)).status == 404
        county_admin = await site.sign_in(await site.county_admin(f"县管理员{path[1]}"))
        county_admin.client = visitor_from(site, "203.0.113.7").client
        assert (await county_admin.open(path)).status == 404


async def test_behind_a_proxy_that_nobody_trusts_everybody_would_look_like_this_machine(site: LiveSite) -> None:
    for path in PATHS:
        answer = await visitor_from(site, "127.0.0.1").client.get(path, headers={"x-forwarded-for": "127.0.0.1"})
        assert answer.status_code == 404


async def test_a_token_opens_from_anywhere_and_a_wrong_one_does_not(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = "monitoring-monitoring"
    settings = site.app.site.settings.model_copy(update={"watch_token": type(site.settings.secret)(token)})
    monkeypatch.setattr(site.app.site, "settings", settings)
    for sent, status in ((token, 200), (token[:-1], 404), ("", 404), ("令牌", 404)):
        headers = {"authorization": f"Bearer {sent}".encode()}
        answer = await visitor_from(site, "203.0.113.7").client.get("/readyz", headers=headers)  # type: ignore[arg-type]
        assert answer.status_code == status, sent


async def test_what_is_missing_is_named(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    watcher = visitor_from(site, "127.0.0.1")
    assert (await watcher.open("/readyz")).response.json() == {
        "ready": True, "database": True, "migrations": True, "storage": True, "valkey": "none",
        "queue_seconds": 0.0, "queue_late": False,
    }  # fmt: skip

    async def gone() -> bool:
        return False

    monkeypatch.setattr(running.storage(), "answers", gone)
    answer = await watcher.open("/readyz")
    assert (answer.status, answer.response.json()["storage"]) == (200, False), "without photos the site works"
    watch_pages._process.known = frozenset({("core", "9999_of_newer_code")})
    answer = await watcher.open("/readyz")
    assert (answer.status, answer.response.json()["migrations"]) == (503, False)


async def test_a_storage_that_is_silent_keeps_nobody_waiting(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = asyncio.Event()

    async def never() -> bool:
        await silent.wait()
        return True

    monkeypatch.setattr(running.storage(), "answers", never)
    monkeypatch.setattr(watch_pages, "PATIENCE", 0.05)
    assert (await visitor_from(site, "127.0.0.1").open("/readyz")).response.json()["storage"] is False
    silent.set()


async def test_a_queue_that_is_late_is_told(site: LiveSite) -> None:
    await db.run_unit(
        db.write,
        "INSERT INTO core_job (task, payload, run_at, state, lease_until, attempts, error) VALUES ('nobody.does', '{}', ?, 'waiting', 0, 0, '')",
        queue.moment() - 3_600_000,
    )
    answer = (await visitor_from(site, "127.0.0.1").open("/readyz")).response.json()
    assert answer["queue_late"] is True
    assert 3600 <= answer["queue_seconds"] < 3700
    assert answer["ready"] is True


async def test_figures_count_answers_and_name_nobody(site: LiveSite) -> None:
    who = await site.sign_in(await site.villager("罗CANARY秀"))
    assert (await who.open("/v/heping/")).status == 200
    assert (await who.open("/v/heping/p/nobody-wrote-this-one")).status == 404
    text = (await visitor_from(site, "127.0.0.1").open("/metrics")).html
    assert 'cunli_answers_total{method="GET",part="core",status="404"}' in text
    assert 'cunli_answer_seconds_bucket{le="0.3",part="core"}' in text
    for name in ("cunli_database_up 1.0", "cunli_jobs_waiting 0.0", "cunli_backup_age_seconds -1.0"):
        assert name in text
    assert "CANARY" not in text
    assert "heping" not in text
