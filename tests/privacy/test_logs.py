"""Nobody writes a line of their own into the log, and no error repeats what was typed (LG-3, LG-4; masks of LG-1)."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import traceback
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import structlog
from starlette.responses import Response
from starlette.routing import Route

from cunli import db, logs
from cunli.clock import now
from cunli.db.units import drained
from cunli.people.models import Person
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE
from cunli.web.gate import Gate
from cunli.web.pages import EVERYONE, Page
from cunli.web.visit import Visit

from .tour import everything_said

FORGED = '{"event":"forged","level":"info"}'
HOSTILE = {
    "new lines": f"a\r\n{FORGED}\n{FORGED}",
    "lines of Unicode": f"a\u2028{FORGED}\u2029{FORGED}\x85{FORGED}\x0b{FORGED}\x0c{FORGED}\x1e{FORGED}",
    "terminal colours": "a\x1b[2K\x1b[1;31mroot\x9b31m\x07\x08",
    "text turned around": "a\u202eexe.gpj\u2066x\u2069\u200f\u061c",
    "nothing to see": "a\u200b\u200d\ufeff\u2060b",
    "half a character": "a\ud800b",
    "a megabyte": "长" * 350_000,
    "quotes": '", "level": "critical", "x": "',
    "bytes of nothing": "a\x00b",
}
VISIBLE = re.compile(r"[\x20-\x7e\u00a0-\u061b\u0620-\u1fff\u3000-\u9fff\uff00-\uffef]*")


@pytest_asyncio.fixture(loop_scope="session")
async def on_sqlite(empty_databases: EmptyDatabases, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """A running site; what it logs does not depend on its database."""
    async with live_site(settings_for(await empty_databases.fresh("sqlite", tmp_path), tmp_path)) as site:
        yield site


async def knock(site: LiveSite, path: str = "/", **headers: str) -> int:
    """One request as a server hands it over, whatever stands in it; the status of the answer."""
    statuses: list[int] = []
    given = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): text for name, text in headers.items()}}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        statuses.extend([message["status"]] if "status" in message else [])

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "path": path, "raw_path": b"/", "query_string": b"",
        "root_path": "", "headers": [(n.encode(), t.encode("utf-8", "surrogatepass")) for n, t in given.items()],
        "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8000), "scheme": "http",
    }  # fmt: skip
    await site.app(scope, receive, send)
    return statuses[0]


def one_line_each(output: str, count: int) -> list[dict[str, Any]]:
    """The events of an output that has exactly one short, plain line of JSON for each of them."""
    lines = output.splitlines()  # knows every line end there is, like many a log reader
    assert len(lines) == count, lines[:10]
    assert all(VISIBLE.fullmatch(line) for line in lines)
    assert max(len(line) for line in lines) < 8 * logs.LIMIT
    events = [json.loads(line) for line in lines]
    assert [event for event in events if event["event"] == "forged"] == []
    return events


# -- lines that people would like to write -------------------------------------------------------------------------------


async def test_a_request_is_one_line_whatever_stands_in_it(on_sqlite: LiveSite) -> None:
    with everything_said("info") as said:
        for text in HOSTILE.values():
            await knock(on_sqlite, f"/v/{text}/")
            await knock(on_sqlite, user_agent=text)
            await knock(on_sqlite, referer=text, cookie=f"cunli_session={text[:3000]}")
    events = one_line_each(said.getvalue(), 3 * len(HOSTILE))
    assert {event["event"] for event in events} == {"request"}
    assert {event["status"] for event in events} >= {200, 400, 404, 431}


async def test_a_hostile_name_is_in_no_line(on_sqlite: LiveSite) -> None:
    """Lines name people by number: a name has no way in."""
    for text in HOSTILE.values():
        who = await on_sqlite.villager("某人")
        name = text.encode("utf-8", "replace").decode()[:24]
        await db.run_unit(db.write, "UPDATE core_person SET display_name = ? WHERE id = ?", name, who.id)
        visitor = await on_sqlite.sign_in(who)
        with everything_said("debug") as said:
            assert (await visitor.open("/me")).status == 200
        (event,) = one_line_each(said.getvalue(), 1)
        assert event["person"] == who.id
        assert "forged" not in said.getvalue()


def test_every_logger_writes_one_line() -> None:
    """Ours and those of libraries; as the message, as an argument, as a value, as a key, inside a list."""
    with everything_said("info") as said:
        for text in HOSTILE.values():
            structlog.get_logger("ours").info(text, who=text, **{text[:50]: 1}, inside=[{"deep": text}])
            logging.getLogger("theirs").warning("it says %s", text)
            logging.getLogger("theirs").warning(text[:500], extra={"more": text})
    one_line_each(said.getvalue(), 3 * len(HOSTILE))


async def test_a_plain_format_would_be_forged(on_sqlite: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(structlog.stdlib, "ProcessorFormatter", _Plain)
    with everything_said("info") as said:
        logging.getLogger("theirs").warning("it says %s", HOSTILE["new lines"])
    with pytest.raises(AssertionError):
        one_line_each(said.getvalue(), 1)
    assert FORGED in said.getvalue().splitlines()


class _Plain(logging.Formatter):
    wrap_for_formatter = structlog.stdlib.ProcessorFormatter.wrap_for_formatter
    remove_processors_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta

    def __init__(self, **_: object) -> None:
        super().__init__("%(message)s")


async def test_json_alone_would_be_forged_too(on_sqlite: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """JSON leaves the line ends of Unicode, terminal codes and marks of direction as they are."""
    monkeypatch.setattr(logs, "_UNSEEN", re.compile(r"(?!)"))
    for what in ("lines of Unicode", "terminal colours", "text turned around"):
        with everything_said("info") as said:
            await knock(on_sqlite, f"/v/{HOSTILE[what]}/")
        with pytest.raises(AssertionError):
            one_line_each(said.getvalue(), 1)


# -- numbers -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "way",
    ["13812341234", "+8613812341234", "8613812341234", "008613812341234", "+86 138 1234 1234", "138-1234-1234", "138 12341234", "１３８１２３４１２３４"],
)  # fmt: skip
def test_a_phone_that_gets_into_a_line_is_masked(way: str) -> None:
    for text in (way, f"tel:{way},", f"电话{way}号", f"/find/{way}"):
        shown = logs.mask(text)
        assert way not in shown
        assert shown.count("****") == 1
        assert re.search(r"(?:138|１３８)\*{4}(?:1234|１２３４)", shown)


@pytest.mark.parametrize(
    "text", ["1760000000000", "2026-11-22T06:13:42.446234Z", "510999001200", "1381234123", "v138123412345"]
)
def test_what_is_no_phone_stays(text: str) -> None:
    assert logs.mask(text) == text


def test_an_id_number_that_gets_into_a_line_is_masked() -> None:
    with everything_said("info") as said:
        logging.getLogger("theirs").warning("%s", {"id": "11010519491231002X", "phones": ["13812341234"]})
        structlog.get_logger("ours").info("x", found={"id": "11010519491231002X", "phones": ["13812341234"]})
    assert said.getvalue().count("1101**********002X") == 2
    assert said.getvalue().count("138****1234") == 2


# -- errors ----------------------------------------------------------------------------------------------------------------

WORD = "金丝雀说的话"


async def twice_the_same() -> None:
    """PostgreSQL repeats the value that was there already."""
    for _ in range(2):
        await db.write("INSERT INTO core_rate_count (key, count, resets_at) VALUES (?, 1, 1)", WORD)


async def too_long() -> None:
    """The ORM repeats the value that did not fit."""
    await Person.create(key="k" * 22, display_name=WORD * 60, created_at=now())


async def typed_wrong() -> None:
    int(WORD)


MISTAKES = (twice_the_same, too_long, typed_wrong)


async def _let_it_happen(site: LiveSite, mistake: Any) -> None:
    """The same mistake in a page, after a unit, and in a task that nobody waits for."""
    page = Page(path="/about", view=_view(mistake), to=EVERYONE)
    for route in site.app.router.routes:
        if isinstance(route, Route) and route.path == "/v/{village}/about" and isinstance(route.endpoint, Gate):
            route.endpoint.pages["GET"] = page
    assert (await site.visitor().open("/v/heping/about")).status == 500
    db.after_commit(db.run_unit, mistake)
    left_alone = asyncio.get_running_loop().create_task(db.run_unit(mistake))
    await asyncio.wait([left_alone])
    del left_alone
    assert await drained(PATIENCE) == 0
    gc.collect()
    await asyncio.sleep(0.05)


def _view(mistake: Any) -> Any:
    async def view(visit: Visit) -> Response:
        await db.run_unit(mistake)
        raise AssertionError("it did not fail")

    return view


@pytest.mark.parametrize("mistake", MISTAKES)
async def test_an_error_is_logged_without_its_words(site: LiveSite, mistake: Any) -> None:
    """LG-3: where and what kind of error, three times; not what it says."""
    with everything_said("debug") as said:
        await _let_it_happen(site, mistake)
    output = said.getvalue()
    traces = [str(json.loads(line)["exception"]) for line in output.splitlines() if '"exception"' in line]
    assert WORD not in output
    assert len(traces) == 3, output
    assert all(mistake.__name__ in text for text in traces), traces
    assert all(re.fullmatch(r"[\w.]+(Error|AlreadyThere)", text.splitlines()[-1]) for text in traces), traces


@pytest.mark.parametrize("mistake", [too_long, typed_wrong])
async def test_a_trace_with_its_words_would_be_found(
    on_sqlite: LiveSite, mistake: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "trace", lambda error: "".join(traceback.format_exception(error)))
    with everything_said("debug") as said:
        await _let_it_happen(on_sqlite, mistake)
    assert WORD in said.getvalue()
