"""For machines that watch this one: readiness with its reasons, and figures. Others see no such page."""

from __future__ import annotations

import asyncio
import hmac
import time
from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import JSONResponse, Response

from cunli import db, valkey
from cunli.clock import now
from cunli.db import migrations
from cunli.jobs import queue
from cunli.media import running as media
from cunli.web import observed
from cunli.web.errors import NotFound
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

LATE: Final = 600.0  # seconds that a due job may wait before somebody should look
PATIENCE: Final = 2.0
KEPT: Final = 2.0  # seconds; however many ask, what is asked of others is asked this often


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """What the site stands on. `queue_seconds`: how long the oldest due job has been waiting."""

    database: bool
    migrations: bool
    storage: bool
    valkey: str
    queue_seconds: float

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here. Without photos or Valkey the site works, and a late queue is no reason."""
        return self.database and self.migrations


@dataclass(slots=True)
class _Process:
    found: Readiness | None = None
    until: float = 0.0
    known: frozenset[tuple[str, str]] | None = None


_process = _Process()


async def ready(visit: Visit) -> Response:
    """200 when requests should come here, else 503; the reasons as JSON."""
    _refuse_others(visit)
    found = await look(visit)
    told: dict[str, Any] = {
        "ready": found.ready,
        "database": found.database,
        "migrations": found.migrations,
        "storage": found.storage,
        "valkey": found.valkey,
        "queue_seconds": round(found.queue_seconds, 1),
        "queue_late": found.queue_seconds > LATE,
    }
    return JSONResponse(told, 200 if found.ready else 503, headers={"cache-control": "no-store"})


async def metrics(visit: Visit) -> Response:
    """Figures in the text format of Prometheus."""
    _refuse_others(visit)
    found = await look(visit)
    gauges = {
        "ready": float(found.ready),
        "database_up": float(found.database),
        "storage_up": float(found.storage),
        "valkey_up": float(found.valkey == "ok"),
        "queue_oldest_seconds": found.queue_seconds,
        **(await _counted() if found.database else {}),
    }
    body = await asyncio.to_thread(observed.page, gauges)
    return Response(body, headers={"cache-control": "no-store"}, media_type="text/plain; version=0.0.4; charset=utf-8")


def _refuse_others(visit: Visit) -> None:
    token = visit.settings.watch_token.get_secret_value()
    sent = visit.request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(sent.encode(), token.encode()):
        return
    peer = visit.request.client.host if visit.request.client else ""
    # a proxy on this machine that nobody has named in trusted_proxies makes everybody look like this machine
    forwarded = "x-forwarded-for" in visit.request.headers and peer not in visit.settings.trusted_proxies
    if forwarded or visit.address not in visit.settings.watchers:
        raise NotFound


async def look(visit: Visit) -> Readiness:
    """What was found a moment ago, or now."""
    if _process.found is None or time.monotonic() >= _process.until:
        _process.found = await _look(visit)
        _process.until = time.monotonic() + KEPT
    return _process.found


async def _look(visit: Visit) -> Readiness:
    storage = asyncio.ensure_future(media.storage().answers())
    await valkey.ping()
    try:
        applied = {(row["app"], row["name"]) for row in await db.read("SELECT app, name FROM tortoise_migrations")}
        waited = await queue.longest_wait()
        there = True
    except db.Busy:
        there, applied, waited = False, set(), 0.0
    # what does not answer in time is told so, and ends by itself
    await asyncio.wait({storage}, timeout=PATIENCE)
    return Readiness(
        database=there,
        migrations=there and await _known(visit) <= applied,
        storage=storage.done() and storage.result(),
        valkey=valkey.state(),
        queue_seconds=waited,
    )


async def _known(visit: Visit) -> frozenset[tuple[str, str]]:
    """The migrations that this code brings; they do not change while it runs."""
    if _process.known is None:
        found = await migrations.known(visit.settings.database_url, visit.site.apps())
        _process.known = frozenset(found)
    return _process.known


async def _counted() -> dict[str, float]:
    rows = await db.read(
        "SELECT state, COUNT(*) AS many FROM core_job WHERE state IN ('waiting', 'running', 'dead') GROUP BY state"
    )
    jobs = {row["state"]: float(row["many"]) for row in rows}
    (last,) = await db.read("SELECT MAX(at) AS at FROM core_audit_entry WHERE action = 'core.backup'")
    backup = db.when(last["at"])
    return {
        "jobs_waiting": jobs.get("waiting", 0.0),
        "jobs_running": jobs.get("running", 0.0),
        "jobs_dead": jobs.get("dead", 0.0),
        "backup_age_seconds": (now() - backup).total_seconds() if backup is not None else -1.0,
    }


PAGES = (
    Page(path="/readyz", view=ready, to=EVERYONE, scope="county", name="ready"),
    Page(path="/metrics", view=metrics, to=EVERYONE, scope="county", name="metrics"),
)
