"""Old backups, logs that nobody keeps, addresses without TLS, a Valkey that is gone: each is said, with what to do."""

from __future__ import annotations

import asyncio
import ssl
import time
from datetime import timedelta
from pathlib import Path

import pytest

from cunli import db, operation_signs
from cunli.clock import now
from cunli.sign import Sign
from cunli.testing.certificates import self_signed
from cunli.testing.live import LiveSite
from cunli.trust.audit import audit


async def look(site: LiveSite, name: str, monkeypatch: pytest.MonkeyPatch, **settings: object) -> list[Sign]:
    changed = site.settings.model_copy(update={"dev": False, **settings})
    monkeypatch.setattr(site.app.site, "settings", changed)
    found = await operation_signs.LOOKS[name][1](site.app.site)
    for sign in found:
        assert sign.state == "ok" or str(sign.mend), "whoever is told of trouble is told what to do"
    return found


async def backed_up() -> None:
    await audit("core.backup", by="command", object=("backup", "x"))


async def test_a_missing_an_old_and_an_unsealed_backup_are_told(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [sign.state for sign in await look(site, "backup", monkeypatch)] == ["wrong"]
    await db.run_unit(backed_up)
    assert [sign.state for sign in await look(site, "backup", monkeypatch)] == ["warning"], "not sealed"
    assert [sign.state for sign in await look(site, "backup", monkeypatch, backup_key="given")] == ["ok"]
    for age, state in ((timedelta(hours=27), "warning"), (timedelta(days=8), "wrong")):
        later = now() + age
        monkeypatch.setattr(operation_signs, "now", lambda later=later: later)
        assert [sign.state for sign in await look(site, "backup", monkeypatch, backup_key="given")] == [state]


async def test_logs_that_are_kept_nowhere_are_told(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert [sign.state for sign in await look(site, "logs", monkeypatch)] == ["warning"]
    (tmp_path / "cunli-2026-01-02.jsonl").touch()
    (sign,) = await look(site, "logs", monkeypatch, log_folder=str(tmp_path))
    assert sign.state == "ok"
    assert "2026-01-02" in str(sign.says)


async def test_an_address_without_tls_or_without_anybody_is_told(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    (sign,) = await look(site, "address", monkeypatch, base_url="http://cunli.example")
    assert sign.state == "wrong"
    (sign,) = await look(site, "address", monkeypatch, base_url="https://127.0.0.1:1")
    assert sign.state == "warning"


@pytest.mark.parametrize(("days", "state"), [(3, "warning"), (30, "ok")])
async def test_a_certificate_that_ends_soon_is_told(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, days: int, state: str
) -> None:
    """And one that no browser would take is as good as none."""
    certificate, key = self_signed(tmp_path, days=days)
    shown = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shown.load_cert_chain(certificate, key)
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=shown)
    url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        (sign,) = await look(site, "address", monkeypatch, base_url=url)
        assert (sign.state, str(url) in str(sign.says)) == ("warning", True), "the control: nobody trusts it"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        (sign,) = await look(site, "address", monkeypatch, base_url=url)
    assert (sign.state, str(days - 1) in str(sign.says)) == (state, True)


@pytest.mark.parametrize(
    ("settings", "states"),
    [
        ({}, ["ok"]),
        ({"database_url": "postgresql://u@127.0.0.1/x", "valkey_url": "valkey://localhost:6379/0"}, ["ok"]),
        ({"database_url": "postgresql://u@/x?host=/run/postgresql", "valkey_url": "unix:///run/valkey"}, ["ok"]),
        ({"database_url": "postgresql://u@db.county.example/x"}, ["warning"]),
        ({"database_url": "postgresql://u@db.county.example/x?sslmode=require"}, ["warning"]),
        ({"database_url": "postgresql://u@db.county.example/x?sslmode=verify-full"}, ["ok"]),
        ({"database_url": "postgresql://u@10.0.0.5/x", "valkey_url": "valkey://10.0.0.6:6379/0"}, ["warning"] * 2),
        ({"valkey_url": "valkeys://cache.county.example:6379/0"}, ["ok"]),
    ],
)
async def test_another_machine_that_is_talked_to_in_the_clear_is_told(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], states: list[str]
) -> None:
    assert [sign.state for sign in await look(site, "wires", monkeypatch, **settings)] == states


async def test_a_valkey_that_is_gone_is_a_warning_only(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await look(site, "valkey", monkeypatch) == []
    (sign,) = await look(site, "valkey", monkeypatch, valkey_url="valkey://127.0.0.1:1/0")
    assert sign.state == "warning"


async def test_another_clock_than_the_databases_is_told(site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    found = await look(site, "clock", monkeypatch)
    if db.engine() == "sqlite":
        assert found == [], "one machine has one clock"
        return
    assert [sign.state for sign in found] == ["ok"]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 60)
    assert [sign.state for sign in await look(site, "clock", monkeypatch)] == ["warning"]
