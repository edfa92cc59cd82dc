"""How many statements one page asks of the database, counted in process on the same data."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from cunli import db
from cunli.db import postgres, sqlite
from cunli.settings import Settings
from cunli.testing.live import live_site


@contextmanager
def counting() -> Iterator[list[str]]:
    """Every statement that runs inside the block."""
    seen: list[str] = []
    real_read, undo = db.read, []

    async def read(sql: str, *args: Any, **named: Any) -> list[Any]:
        seen.append(sql)
        return await real_read(sql, *args, **named)

    db.read = read
    for owner in (sqlite.Client, postgres.Client):
        for name in ("execute_query", "execute_query_dict"):
            real = getattr(owner, name)

            async def counted(self: Any, query: str, *rest: Any, _real: Any = real) -> Any:
                seen.append(query)
                return await _real(self, query, *rest)

            setattr(owner, name, counted)
            undo.append((owner, name, real))
    try:
        yield seen
    finally:
        db.read = real_read
        for owner, name, real in undo:
            setattr(owner, name, real)


async def per_page(settings: Settings, token: str) -> dict[str, int]:
    """Statements per page, warm."""
    found: dict[str, int] = {}
    async with live_site(
        settings.model_copy(update={"log_level": "warning", "page_cache_seconds": 0, "jobs": "worker"}),
        sample_county=False,
    ) as site:
        anonymous, signed_in = site.visitor(), site.visitor()
        signed_in.set_cookie("cunli_session", token)
        for name, visitor in (("village page, anonymous", anonymous), ("village page, signed in", signed_in)):
            page = await visitor.open("/v/cun1/")
            with counting() as seen:
                await visitor.open("/v/cun1/")
            found[name] = len(seen)
        posts = [url for url in page.links() if "/p/k" in url]
        with counting() as seen:
            await signed_in.open(posts[0].split("#")[0])
        found["post page with comments"] = len(seen)
    return found
