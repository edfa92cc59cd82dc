"""What a tour of the whole application leaves in its logs, in cookies and in caches (LG-1, HD-2, HD-3)."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
import structlog
from starlette.responses import Response

from cunli.settings import Settings
from cunli.web import cookies, visit
from cunli.web.visit import Visit

from ..permissions.world import World
from .conftest import Toured
from .tour import Stop, Tour, parsed, walk

KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgres"])
FEWEST = 400  # a tour that saw less has proved nothing
WRITES = ["POST /sign-in", "POST /me", "POST /v/{village}/new", "POST /v/{village}/join"]

# -- logs --------------------------------------------------------------------------------------------------------------


@KINDS
async def test_no_log_line_holds_what_is_private(toured: Toured, kind: str) -> None:
    """LG-1: names, numbers, passwords, codes, tokens and words, stored or typed, at both levels."""
    for level, tour in (await toured(kind)).items():
        assert tour.leaks() == [], level
        assert len(tour.secrets) > 150
        # one line for each request, and nothing but lines of JSON
        assert [event["event"] for event in tour.events].count("request") >= len(tour.stops)
    assert len((await toured(kind))["debug"].stops) >= FEWEST


async def test_a_form_that_is_logged_would_be_found_and_its_phones_are_masked(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = Visit.form

    async def tells(self: Visit) -> object:
        form = await honest(self)
        structlog.get_logger("planted").info("form", fields=dict(form._data))
        return form

    monkeypatch.setattr(visit.Visit, "form", tells)
    tour = await walk(lived_in_sqlite, "info", only=WRITES, briefly=True)
    found = " ".join(tour.leaks())
    for field in ("body", "name", "display_name"):
        assert f"typed into {field}:" in found
    for what in ("a password:", "a wrong password:", "a sign-in code:"):
        assert what in found
    assert "a phone:" not in found
    assert f"{tour.phone[:3]}****{tour.phone[-4:]}" in tour.output


# -- cookies -----------------------------------------------------------------------------------------------------------


def careless(stops: Iterable[Stop]) -> list[str]:
    """Cookies that are not as they should be."""
    allowed = {f"__Host-{name}" for name in cookies.ALL}
    wrong = []
    for stop in stops:
        for line in stop.answer.headers.get_list("set-cookie"):
            name, flags = parsed(line)
            good = {"secure", "httponly"} <= set(flags) and "domain" not in flags
            if (
                name not in allowed
                or not good
                or flags.get("path") != "/"
                or flags.get("samesite", "").lower() != "lax"
            ):
                wrong.append(f"{stop.row}: {line}")
    return wrong


def cookies_of(tour: Tour) -> list[str]:
    return [parsed(line)[0] for stop in tour.stops for line in stop.answer.headers.get_list("set-cookie")]


@KINDS
async def test_every_cookie_is_closed_to_scripts_and_to_other_sites(toured: Toured, kind: str) -> None:
    """HD-2: on a site with TLS, whichever answer sets it."""
    tour = (await toured(kind))["debug"]
    assert careless(tour.stops) == []
    # set on the way to a plugin's page and to a service that signs people in, where the tour does not go
    elsewhere = {"__Host-cunli_recent", "__Host-cunli_way"}
    assert set(cookies_of(tour)) | elsewhere == {f"__Host-{name}" for name in cookies.ALL}
    assert len(cookies_of(tour)) > 50


def tokens_shown(tour: Tour) -> list[str]:
    """Answers that hold somebody's session token anywhere but in its cookie."""
    tokens = [word for word, what in tour.secrets.items() if what.startswith("the session of")]
    assert len(tokens) > 5
    return [
        stop.row
        for stop in tour.stops
        if any(token in stop.answer.body or token in stop.answer.headers.get("location", "") for token in tokens)
    ]


@KINDS
async def test_no_page_and_no_address_holds_the_token_of_a_session(toured: Toured, kind: str) -> None:
    """SE-5: it stands in its cookie, and pages tell other sites nothing of the address they were left from."""
    tour = (await toured(kind))["debug"]
    assert tokens_shown(tour) == []
    assert {stop.answer.headers["referrer-policy"] for stop in tour.stops} == {"same-origin"}


async def test_a_token_in_an_address_would_be_found(lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = Visit.finish

    def tells(self: Visit, response: Response) -> None:
        honest(self, response)
        response.headers["location"] = f"/me?session={cookies.read(self.request, self.settings, cookies.SESSION)}"

    monkeypatch.setattr(Visit, "finish", tells)
    assert tokens_shown(await walk(lived_in_sqlite, "error", only=["GET /me"], briefly=True)) == ["GET /me"]


async def test_a_cookie_set_past_the_rule_is_found(lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless_put(response: object, settings: Settings, base: str, value: str, **_: object) -> None:
        response.set_cookie(cookies.name(settings, base), value, secure=True, samesite="lax")  # type: ignore[attr-defined]

    monkeypatch.setattr(cookies, "put", careless_put)
    tour = await walk(lived_in_sqlite, "error", only=["POST /me"], briefly=True)
    assert careless(tour.stops)


# -- caches ------------------------------------------------------------------------------------------------------------

PICTURES = "GET /media/"  # asked for each time, or public: held by test_uploads
FILES = (
    "GET /static/",
    "GET /sw.js",
    "GET /manifest.webmanifest",
    "GET /offline",
    "GET /robots.txt",
)  # the same for everybody
STREAMS = ("GET /live", "GET /v/{village}/live")  # numbers and ids, never asked for by htmx
REVALIDATED = "GET /v/{village}/"  # the village page alone: an unchanged one is a 304; signing out clears it away
NEEDED = {"Cookie", "HX-Request"}


def kept(stops: Iterable[Stop]) -> list[str]:
    """Answers to signed-in people that a browser or a cache might keep."""
    wrong = []
    for stop in stops:
        if stop.role == "anonymous" or stop.row.startswith((PICTURES, *FILES)):
            continue
        headers = stop.answer.headers
        caching, vary = headers.get("cache-control", ""), {v.strip() for v in headers.get("vary", "").split(",")}
        village_page = stop.row.split(" [")[0] == REVALIDATED
        good = caching == "private, no-cache" and "etag" in headers if village_page else caching == "no-store"
        if not good or not vary >= ({"Cookie"} if stop.row.startswith(STREAMS) else NEEDED):
            wrong.append(f"{stop.row} as {stop.role}: {stop.answer.status} {caching!r} {sorted(vary)}")
    return wrong


@KINDS
async def test_pages_and_fragments_of_a_person_are_kept_by_nobody(toured: Toured, kind: str) -> None:
    """HD-3: everything but the village page, which is asked for again each time, is not stored at all."""
    tour = (await toured(kind))["debug"]
    private = [stop for stop in tour.stops if stop.role != "anonymous"]
    assert kept(private) == []
    assert len([stop for stop in private if stop.fragment and stop.answer.status == 200]) > 50
    village_pages = [stop for stop in private if stop.row.split(" [")[0] == REVALIDATED]
    assert {stop.fragment for stop in village_pages} == {True, False}
    assert {stop.answer.status for stop in village_pages} == {200}


@KINDS
async def test_signing_out_clears_what_the_browser_kept(toured: Toured, kind: str) -> None:
    """The other half of the exception above."""
    tour = (await toured(kind))["debug"]
    (out,) = [stop for stop in tour.stops if stop.row == "POST /sign-out" and stop.role != "anonymous"]
    assert '"cache"' in out.answer.headers["clear-site-data"]


async def test_a_page_without_the_rule_is_found(lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Visit, "finish", lambda self, response: None)
    tour = await walk(lived_in_sqlite, "error", only=["GET /me", "GET /v/{village}/"])
    found = kept(tour.stops)
    assert any(line.startswith("GET /me as") for line in found)
    assert any(line.startswith("GET /v/{village}/ as") for line in found)
