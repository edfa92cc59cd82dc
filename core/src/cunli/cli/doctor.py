"""`cunli doctor`: what is wrong with this deployment, and how to mend it."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from cunli import db, rooms
from cunli import settings as settings_module
from cunli.cli import run
from cunli.provide import chosen
from cunli.provide.kinds import PROVIDER_KINDS
from cunli.registry import Registry
from cunli.settings import Settings, SettingsError
from cunli.web import themes
from cunli.web.i18n import speaking
from cunli.web.themed import wardrobe
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.web.site import Site

State = Literal["ok", "warning", "wrong"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    what: str
    state: State
    says: str
    mend: str = ""


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(as_json: bool) -> None:
    """Check settings, secrets, database, migrations, storage, time zone and theme. Exits 1 when something is wrong."""
    findings = run(_look())
    if as_json:
        click.echo(json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=1))
    else:
        for finding in findings:
            _print(finding)
    raise SystemExit(1 if any(f.state == "wrong" for f in findings) else 0)


def _site(settings: Settings) -> Site:
    from cunli.web.site import Site

    return Site(settings)


def _print(finding: Finding) -> None:
    mark = {
        "ok": click.style("ok     ", fg="green"),
        "warning": click.style("look   ", fg="yellow"),
        "wrong": click.style("WRONG  ", fg="red"),
    }
    click.echo(f"{mark[finding.state]} {finding.what}: {finding.says}")
    if finding.mend:
        click.echo(f"        → {finding.mend}")


async def _look() -> list[Finding]:
    try:
        settings = settings_module.load()
    except SettingsError as exc:
        return [
            Finding(what="settings", state="wrong", says=p, mend="see docs/reference/settings.md") for p in exc.problems
        ]
    findings = [Finding(what="settings", state="ok", says="readable, no unknown key"), *_secrets(settings)]
    zone, theme = _time_zone(settings), _theme(settings)
    providers = _providers(settings)
    findings += [zone, theme, await _storage(settings), *providers]
    fit = zone.state == "ok" and themes.CORE in themes.installed() and all(one.state == "ok" for one in providers)
    whole = settings.data_key.get_secret_value() and fit
    async for finding in _database(settings, _site(settings) if whole else None):
        findings.append(finding)
    return findings


def _secrets(settings: Settings) -> list[Finding]:
    found = [
        Finding(what="secrets", state="wrong", says=p.split(":")[0], mend=p)
        for p in settings_module.problems_in_production(settings)
    ]
    path = Path(os.environ.get("CUNLI_CONFIG", "cunli.toml"))
    if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
        found.append(
            Finding(what="secrets", state="wrong", says=f"{path} can be read by others", mend=f"chmod 600 {path}")
        )
    if settings.second_factor == "optional":
        found.append(
            Finding(
                what="second factor",
                state="warning",
                says="county and township admins may sign in with a password or a code alone",
                mend='set second_factor = "required" where real people are',
            )
        )
    if settings.dev:
        found.append(
            Finding(
                what="secrets",
                state="warning",
                says="dev = true: never with real people",
                mend="set dev = false in production",
            )
        )
    return found or [Finding(what="secrets", state="ok", says="strong, and readable by their owner only")]


def _time_zone(settings: Settings) -> Finding:
    try:
        ZoneInfo(settings.time_zone)
    except (ZoneInfoNotFoundError, ValueError):
        return Finding(
            what="time zone",
            state="wrong",
            says=f"“{settings.time_zone}” is unknown",
            mend='set time_zone = "Asia/Shanghai"',
        )
    if time.time() < 1_700_000_000:
        return Finding(
            what="time zone",
            state="wrong",
            says="this machine's clock is years behind",
            mend="set up time synchronisation",
        )
    return Finding(what="time zone", state="ok", says=settings.time_zone)


def _theme(settings: Settings) -> Finding:
    """The themes of the settings; a broken one costs its look, and nothing else."""
    try:
        worn, problems = wardrobe(settings, Registry())
    except themes.ThemeError as exc:
        return Finding(what="theme", state="wrong", says=str(exc), mend=f"pip install cunli-theme-{themes.CORE}")
    if problems:
        says = "; ".join(f"{one.plugin}: {one.id} {one.text}" for one in problems)
        return Finding(what="theme", state="wrong", says=says, mend=problems[0].hint)
    return Finding(
        what="theme", state="ok", says=", ".join(" → ".join(t.id for t in one.chain) for one in worn.values())
    )


def _providers(settings: Settings) -> list[Finding]:
    """One line for each kind of provider; that of photos is tried out apart."""
    found = []
    for kind in PROVIDER_KINDS:
        names = ", ".join(chosen.names_in(kind, settings)) or "none"
        why = chosen.usable(kind, settings)
        mend = f"correct {kind.setting} in the settings; see `cunli providers`" if why else ""
        what = f"provider of {kind.id.replace('_', ' ')}"
        found.append(Finding(what=what, state="wrong" if why else "ok", says=why or names, mend=mend))
    return found


async def _storage(settings: Settings) -> Finding:
    from obstore.exceptions import BaseError

    from cunli.media.storage import Storage

    key, small = f"doctor-{new_key()}", {("thumb", "webp"): b"x"}
    try:
        storage = Storage.open(settings.storage_url)
        await storage.put(key, small)
        back = await storage.get(key, "thumb", "webp")
        await storage.delete([key])
    except (OSError, BaseError) as exc:
        mend = "check that the folder or bucket exists and is writable"
        return Finding(what="storage", state="wrong", says=f"{settings.storage_url}: {type(exc).__name__}", mend=mend)
    if back != b"x":
        return Finding(
            what="storage",
            state="wrong",
            says=f"{settings.storage_url} gave back something else",
            mend="check the bucket",
        )
    return Finding(what="storage", state="ok", says=f"{settings.storage_url} takes and gives back a file")


async def _database(settings: Settings, site: Site | None) -> AsyncIterator[Finding]:
    """`site` is missing when the settings are too wrong to build one; then the core's own tables are looked at."""
    from cunli.db import migrations

    url = db.redacted(settings.database_url)
    apps = site.apps() if site else {"core": rooms.APP}
    try:
        waiting = await migrations.pending(settings.database_url, apps)
    except (OSError, sqlite3.OperationalError, db.Busy, db.BadUrl) as exc:
        mend = "start it, or correct database_url"
        yield Finding(what="database", state="wrong", says=f"{url} does not answer: {exc}", mend=mend)
        return
    yield Finding(what="database", state="ok", says=f"{url} answers")
    if waiting:
        yield Finding(what="migrations", state="wrong", says=f"{len(waiting)} are waiting", mend="cunli migrate")
    else:
        yield Finding(what="migrations", state="ok", says="up to date")
    if settings.safe:
        mend = "unset CUNLI_SAFE, or take `safe` out of the settings, to have them back"
        yield Finding(what="plugins", state="warning", says="safe mode: none of them runs", mend=mend)
    if site is not None and not waiting:
        for finding in await _signs(settings, site):
            yield finding
    for problem in site.registry.problems if site else ():
        yield Finding(
            what=f"plugin {problem.plugin}", state="warning", says=f"{problem.id} {problem.text}", mend=problem.hint
        )


SEEN_ALREADY = frozenset(
    {"storage", "providers", "migrations", "plugins", "versions"}
)  # looked at above, in more words


async def _signs(settings: Settings, site: Site) -> list[Finding]:
    """What the console's page of health says of a running deployment."""
    from cunli import signs

    await db.start(settings.database_url, site.apps(), synchronous=settings.synchronous)
    try:
        found = await signs.signs(site, but=SEEN_ALREADY)
    finally:
        await db.stop()
    with speaking("en"):
        return [Finding(what=str(one.what), state=one.state, says=str(one.says), mend=str(one.mend)) for one in found]
