"""`cunli erasures`: closing accounts again after a restore, and holding erasures back where a law says so."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Final

import click

from cunli.care import holds
from cunli.cli import run
from cunli.cli.context import database, fail, load_settings
from cunli.cli.phones import person_with, phone_in
from cunli.clock import today
from cunli.db import units
from cunli.media import running as media
from cunli.own_data import replaying
from cunli.settings import Settings
from cunli.trust.numbers import Phone
from cunli.web.site import Site

DRAINED: Final = 600.0  # seconds for the storage to delete photos


@click.group()
def erasures() -> None:
    """Close accounts again after a restore; freeze what a law says must be kept."""


@erasures.command()
@click.option(
    "--file", "path", type=click.Path(path_type=Path), help="Another file of tombstones than that of the settings."
)
def replay(path: Path | None) -> None:
    """After a backup was restored, before anybody is let in: close every account again that was closed since.

    Which they were is read from the file of tombstones, which is not part of the database.
    """
    settings = load_settings()
    path = path or Path(settings.tombstones)
    if not path.exists():
        fail(f"there is no file {path}: without it nobody knows which accounts were closed", 3)
    for line in told(run(_replay(settings, path))):
        click.echo(line)


async def _replay(settings: Settings, path: Path) -> tuple[int, int]:
    async with database(settings) as site:
        return await close_again(site, path)


async def close_again(site: Site, path: Path) -> tuple[int, int]:
    """In the started database, close what the file names, photos included; how many accounts, and how many are not erased everywhere."""
    await media.start(site.settings)
    try:
        again = await replaying.replay(site.registry, path)
        await units.drained(DRAINED)  # photos go after the commit
        return again, await replaying.unfinished()
    finally:
        await media.stop()


def told(counts: tuple[int, int]) -> list[str]:
    """What an operator reads about it."""
    again, unfinished = counts
    lines = [f"{again} accounts closed again"]
    if unfinished:
        lines.append(
            f"{unfinished} of the closed accounts are not erased everywhere yet: asked again every hour, see cunli plugin doctor"
        )
    return lines


@erasures.command()
@click.argument("phone")
@click.option("--law", required=True, help="The law and article that asks for it, such as 民事诉讼法 67.")
@click.option("--reason", required=True, help="Why, in words that the person reads.")
@click.option("--until", required=True, type=click.DateTime(["%Y-%m-%d"]), help="The last day.")
def hold(phone: str, law: str, reason: str, until: datetime) -> None:
    """Freeze instead of erase: what is held about PHONE is kept until a day, and used for nothing once the account is closed."""
    if until.date() < today():
        fail("the last day is over already")
    if not law.strip() or not reason.strip() or len(law) > 80 or len(reason) > 200:
        fail("law needs 1 to 80 characters, reason 1 to 200")
    run(_hold(phone_in(phone), law, reason, until.date()))


async def _hold(number: Phone, law: str, reason: str, until: date) -> None:
    async with database():
        await holds.place(await person_with(number), law=law, reason=reason, until=until)
    click.echo(f"held back until {until}: {number}")


@erasures.command()
@click.argument("phone")
def release(phone: str) -> None:
    """End the hold of PHONE before its day."""
    run(_release(phone_in(phone)))


async def _release(number: Phone) -> None:
    async with database():
        try:
            await holds.release(await person_with(number))
        except holds.NoHold:
            fail(f"nothing is held back for {number}", 1)
    click.echo(f"released: {number}")
