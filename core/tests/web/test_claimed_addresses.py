"""Who a request says it comes from and which host it says it is for: believed from nobody but a trusted proxy (HD-6, HD-7)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
import pytest_asyncio

from cunli import db
from cunli.testing.accounts import account
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import BROWSER_HEADERS, Visitor
from cunli.trust import limits

PROXY, OTHER = "10.0.0.2", "203.0.113.9"


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def behind_a_proxy(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[LiveSite]:
    """A site that knows one reverse proxy."""
    url = await empty_databases.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, trusted_proxies=(PROXY,))) as site:
        yield site


def from_peer(site: LiveSite, address: str) -> Visitor:
    """Somebody whose connection comes from this address."""
    visitor = site.visitor()
    transport = httpx2.ASGITransport(app=site.app, raise_app_exceptions=False, client=(address, 4711))
    visitor.client = httpx2.AsyncClient(transport=transport, base_url=site.settings.base_url, headers=BROWSER_HEADERS)
    return visitor


async def guess(site: LiveSite, peer: str, number: int, forwarded: str) -> int:
    """One wrong password for one of many accounts; the status."""
    visitor = from_peer(site, peer)
    fields = {"phone": f"138001380{number:02d}", "password": "Spring 2026 x"}
    return (await visitor.post("/sign-in", fields, headers={"x-forwarded-for": forwarded})).status


async def test_an_address_that_a_visitor_claims_does_not_buy_new_tries(behind_a_proxy: LiveSite) -> None:
    """A new address in every request, and all are counted as the one they come from."""
    statuses = [await guess(behind_a_proxy, OTHER, n, f"198.51.100.{n}") for n in range(40)]
    assert statuses.count(429) >= 10
    assert statuses[-1] == 429


async def test_the_trusted_proxy_is_believed_and_only_for_what_it_added_itself(behind_a_proxy: LiveSite) -> None:
    """The last address is the proxy's; those before it were sent by the visitor."""
    assert {await guess(behind_a_proxy, PROXY, n, f"198.51.100.{n}") for n in range(40)} == {422}
    spoofed = [await guess(behind_a_proxy, PROXY, n, f"192.0.2.{n}, 203.0.113.50") for n in range(40, 80)]
    assert spoofed[-1] == 429


async def test_whoever_trusts_everybody_is_guessed_without_end(
    behind_a_proxy: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusting = behind_a_proxy.settings.model_copy(update={"trusted_proxies": (PROXY, OTHER)})
    monkeypatch.setattr(behind_a_proxy.app.site, "settings", trusting)
    assert {await guess(behind_a_proxy, OTHER, n, f"198.51.100.{n}") for n in range(40)} == {422}


async def test_no_claimed_address_is_written_anywhere(behind_a_proxy: LiveSite) -> None:
    await account("13800138000", "罗春秀")
    claims = {"x-forwarded-for": "198.51.100.77", "x-real-ip": "198.51.100.77", "forwarded": "for=198.51.100.77"}
    visitor = from_peer(behind_a_proxy, OTHER)
    fields = {"phone": "13800138000", "password": "三块田 两口塘 一棵柿"}
    assert (await visitor.post("/sign-in", fields, headers=claims, follow=False)).status == 303
    rows = [
        str(dict(row))
        for table in ("core_session", "core_rate_count", "core_audit_entry")
        for row in await db.read(f"SELECT * FROM {table}")
    ]
    assert len(rows) >= 2
    assert not any(address in row for row in rows for address in ("198.51.100.77", OTHER))
    assert limits.network("198.51.100.77") == "198.51.100.77"  # written, it would look like this


CLAIMS = {"x-forwarded-host": "evil.example", "x-forwarded-proto": "https", "x-original-url": "//evil.example/", "forwarded": "host=evil.example"}  # fmt: skip


async def test_links_and_redirects_use_the_address_of_the_settings(behind_a_proxy: LiveSite) -> None:
    """Whatever host or scheme a request claims, from the proxy too."""
    for peer in (OTHER, PROXY):
        visitor = from_peer(behind_a_proxy, peer)
        for path in ("/", "/me", "/v/heping/", "/v/510999001200/", "/nothing"):
            answer = await visitor.open(path, follow=False, **{n.replace("-", "_"): v for n, v in CLAIMS.items()})
            assert "evil.example" not in f"{dict(answer.headers)}{answer.html}"
            assert answer.headers.get("location", "/").startswith("/")
            assert "strict-transport-security" not in answer.headers


async def test_a_foreign_host_is_refused_and_answered_only_where_the_settings_name_it(
    behind_a_proxy: LiveSite, empty_databases: EmptyDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for host in ("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "127.0.0.1@evil.example", "a/?x="):
        assert (await behind_a_proxy.visitor().open("/me", host=host)).status == 400
        monkeypatch.setattr(behind_a_proxy.app._asgi, "hosts", {host})
        assert (await behind_a_proxy.visitor().open("/me", host=host, follow=False)).status == 303
        monkeypatch.undo()
