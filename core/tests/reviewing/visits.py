"""What the tests of the review desk do again and again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from cunli import db
from cunli.clock import now
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

DESK = "/admin/review"


async def write(visitor: Visitor, body: str, slug: str = "heping", audience: str = "village") -> str:
    """A post; its address."""
    await (await visitor.open(f"/v/{slug}/new")).form("#post").fill(body=body, audience=audience).send()
    row = (await db.read("SELECT key FROM core_post ORDER BY id DESC LIMIT 1"))[0]
    return f"/v/{slug}/p/{row['key']}"


async def report(visitor: Visitor, url: str, reason: str = "fraud", note: str = "") -> Opened:
    return await (await visitor.open(f"{url}/report")).form().fill(reason=reason, note=note).send()


async def decide(
    official: Visitor, do: str, reason: str = "看过了，就这样定", rule: str | None = None, at: str = DESK
) -> Opened:
    """Decide the first case on the desk that this official may decide."""
    form = (await official.open(at)).form(f'form[action*="{DESK}/"]').fill(reason=reason)
    if rule is not None:
        form.fill(rule=rule)
    return await form.send(button=("do", do))


async def appeal(visitor: Visitor, url: str, words: str = "说的是真的，有发票") -> Opened:
    return await (await visitor.open(f"{url}/appeal")).form('form[action$="/appeal"]').fill(words=words).send()


async def case(kind: str = "") -> Any:
    """The newest case."""
    where = f"WHERE kind = '{kind}'" if kind else ""
    return (await db.read(f"SELECT * FROM core_review_case {where} ORDER BY id DESC LIMIT 1"))[0]


async def state_of(url: str) -> str:
    row = await db.read("SELECT state FROM core_post WHERE key = ?", url.rsplit("/", 1)[1])
    return str(row[0]["state"])


async def acts() -> list[str]:
    """What the audit trail says, but for what has nothing to do with content."""
    rows = await db.read("SELECT action FROM core_audit_entry ORDER BY id")
    return [row["action"] for row in rows if row["action"].startswith(("content.", "appeal.", "review."))]


async def age(hours: int) -> None:
    """Let every case be so many hours older, with all that was decided about it."""
    by = timedelta(hours=hours)
    for row in await db.read("SELECT id, opened_at, due_at, decided_at FROM core_review_case"):
        decided = db.when(row["decided_at"]) - by if row["decided_at"] else None
        await db.run_unit(
            db.write,
            "UPDATE core_review_case SET opened_at = ?, due_at = ?, decided_at = ? WHERE id = ?",
            db.when(row["opened_at"]) - by,
            db.when(row["due_at"]) - by,
            decided,
            row["id"],
        )


async def reported(site: LiveSite, body: str = "卖假药的话", name: str = "卖药的") -> tuple[Visitor, Visitor, str]:
    """A post that somebody reported: its author, who reported it, and its address."""
    author, reporter = await site.sign_in(await site.villager(name)), await site.sign_in(await site.villager("举报人"))
    url = await write(author, body)
    await report(reporter, url)
    return author, reporter, url


def some_time_ago(days: int) -> Any:
    return now() - timedelta(days=days)
