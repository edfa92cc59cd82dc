"""What commands share: settings, the started database, and the pending-migrations guard."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, NoReturn

import click

from cunli import db
from cunli import settings as settings_module
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.web.site import Site


def load_settings() -> Settings:
    """The settings of this folder and environment. Raises `SettingsError`."""
    return settings_module.load()


def fail(message: str, code: int = 2) -> NoReturn:
    """Say what is wrong and end with `code`."""
    click.echo(f"cunli: {message}", err=True)
    sys.exit(code)


def refuse_unfit(settings: Settings) -> None:
    """End with code 3 when this must not work for real people."""
    if problems := settings_module.problems_in_production(settings):
        fail("not fit for real people:\n  " + "\n  ".join(problems), 3)


@asynccontextmanager
async def database(settings: Settings | None = None, registry: Registry | None = None) -> AsyncIterator[Site]:
    """The assembled site with its database started, and refused while migrations are pending."""
    settings = settings or load_settings()
    site = Site(settings, registry)
    await refuse_pending(site)
    await db.start(settings.database_url, site.apps(), synchronous=settings.synchronous)
    try:
        yield site
    finally:
        await db.stop()


async def refuse_pending(site: Site) -> None:
    """End with code 3 when the database is not up to date."""
    from cunli.db import migrations

    waiting = await migrations.pending(site.settings.database_url, site.apps())
    if waiting:
        names = ", ".join(str(m) for m in waiting[:3]) + (" …" if len(waiting) > 3 else "")
        fail(f"the database is not up to date ({len(waiting)} migrations are waiting: {names}). Run: cunli migrate", 3)


def bar(words: str, total: int | None = None) -> Any:
    """A bar that shows how many rows are done, where somebody looks: on a terminal, beside the output."""
    from tqdm import tqdm

    return tqdm(desc=words, total=total, unit="行", unit_scale=True, leave=False, disable=None, file=sys.stderr)
