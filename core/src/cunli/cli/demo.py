"""`cunli demo`: the demo county, loaded and served. For looking around and for development, never for real people."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from unicodedata import east_asian_width

import click

from cunli import settings as settings_module
from cunli.cli import run as run_coroutine
from cunli.cli.context import fail, load_settings
from cunli.compliance.profiles import KNOWN
from cunli.settings import Settings

if TYPE_CHECKING:
    from cunli.web.site import Site

OWN_SETTINGS = Path("var/demo.toml")
DATABASE = "sqlite:///var/cunli.db"
STORAGE = "file://var/media"
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 what somebody may write behind --host, not where we listen


@click.group()
def demo() -> None:
    """Load and run the demo county: twelve villages that do not exist."""


PROFILE = click.option(
    "--profile",
    type=click.Choice(sorted(KNOWN)),
    help="The county's compliance profile; by wecun2019 there are markets and farm stays.",
)


@demo.command()
@PROFILE
def load(profile: str | None) -> None:
    """Fill an empty, migrated database with the demo. Does nothing when it is there already."""
    settings = load_settings()
    _refuse_real_people(settings)
    loaded = run_coroutine(_load(settings, profile))
    click.echo("The demo is already there; nothing was changed." if not loaded else f"Loaded: {loaded}.")
    _say_accounts()


@demo.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@PROFILE
def run(host: str, port: int, profile: str | None) -> None:
    """Serve the demo county; migrate and load it first where that was not done.

    Without a cunli.toml in this folder it makes var/demo.toml with secrets of its own.
    """
    from cunli.cli.serve import serve_site

    address = f"http://{'127.0.0.1' if host in EVERYWHERE else host}:{port}"
    settings = _settings(address)
    _refuse_real_people(settings)
    loaded = run_coroutine(_migrate_and_load(settings, profile))
    if loaded:
        click.echo(f"Loaded: {loaded}.")
    _say_accounts()
    click.echo(f"\nOpen {settings.base_url}/v/heping/ (stop with Ctrl+C)\n")
    serve_site(settings, host, port)


def _settings(address: str) -> Settings:
    """This folder's own settings, or those of the demo; the environment wins over both."""
    if "CUNLI_CONFIG" in os.environ or Path("cunli.toml").exists():
        return load_settings()
    if not OWN_SETTINGS.exists():
        _write_settings(address)
    if "CUNLI_BASE_URL" in os.environ:
        return settings_module.load(OWN_SETTINGS)
    return settings_module.load(OWN_SETTINGS, base_url=address)


def _write_settings(address: str) -> None:
    from cunli.cli.init import fresh_file
    from cunli.demo import plugins

    OWN_SETTINGS.parent.mkdir(exist_ok=True)
    fresh_file(OWN_SETTINGS, base_url=address, database_url=DATABASE, dev=True)
    shown = ", ".join(f'"{name}"' for name in plugins.that_show_themselves())
    with OWN_SETTINGS.open("a", encoding="utf-8") as file:
        file.write(
            f'storage_url = "{STORAGE}"\nplugins = [{shown}]\nsecond_factor = "optional"  # nobody who looks around has an authenticator app\n'
        )


def _refuse_real_people(settings: Settings) -> None:
    """Everybody knows the password of the demo's officials."""
    if not settings.dev:
        fail(
            "the demo's accounts have a password that everybody knows, and these settings are for real people"
            " (dev = false). Use another folder, or set dev = true",
            3,
        )


async def _load(settings: Settings, profile: str | None) -> str:
    """Load the demo unless it is there; says what came in."""
    from cunli.cli.context import database

    async with database(settings) as site:
        return await _fill(site, profile)


async def _migrate_and_load(settings: Settings, profile: str | None) -> str:
    """The same for a database that may not have tables yet. With the demo there, this is all that start adds."""
    from cunli import db
    from cunli.web.site import Site

    site = Site(settings)
    apps = site.apps()
    await db.migrations.migrate(settings.database_url, apps)
    await db.start(settings.database_url, apps, synchronous=settings.synchronous)
    try:
        return await _fill(site, profile)
    finally:
        await db.stop()


async def _fill(site: Site, profile: str | None) -> str:
    from cunli.demo.profile import answer_by, refuse_another
    from cunli.demo.there import is_there

    settings = site.settings

    if await is_there():
        await refuse_another(profile)
        return ""
    from tqdm import tqdm

    from cunli.demo import content, loading, plugins
    from cunli.media import running

    await running.start(settings)
    county = content.county()
    try:
        with tqdm(total=loading.steps(county), desc="demo", unit="", leave=False, disable=None) as bar:
            loaded = await loading.load(county, lambda _what: bar.update())
            await answer_by(profile)
            await plugins.fill(site.registry)
    except loading.NotEmpty:
        fail(
            f"{settings.database_url.rpartition('@')[2]} holds something that is not the demo; nothing was changed."
            " Use another folder, or set CUNLI_DATABASE_URL to an empty database",
            3,
        )
    finally:
        await running.stop()
    return str(loaded)


def _say_accounts() -> None:
    from cunli.demo.content import accounts

    password, known = accounts()
    rows = [("phone", "who", "try"), *((each.phone, each.what, each.try_this) for each in known)]
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    click.echo(f"\nSign in with one of these numbers and the password  {click.style(password, bold=True)}\n")
    for number, row in enumerate(rows):
        line = "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True))
        click.echo(f"  {click.style(line.rstrip(), dim=number == 0)}")


def _width(text: str) -> int:
    """Columns on a terminal: 汉字 take two."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
