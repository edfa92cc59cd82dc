"""`cunli role`: offices given and taken by the operator, who stands above all of them. Everything is in the audit trail."""

from __future__ import annotations

import json

import click

from cunli import db
from cunli.cli import run
from cunli.cli.context import database, fail
from cunli.cli.phones import person_with, phone_in
from cunli.people import roles
from cunli.people.rules import LEVELS
from cunli.trust.numbers import Phone

KINDS = click.Choice(sorted(LEVELS, key=LEVELS.__getitem__))


@click.group()
def role() -> None:
    """Grant, revoke and list offices: county_admin, township_admin, village_admin."""


@role.command()
@click.argument("phone")
@click.argument("kind", type=KINDS)
@click.argument("region")
@click.option("--title", default="", help="Words on the seal, such as 书记; at most 6 characters.")
def grant(phone: str, kind: str, region: str, title: str) -> None:
    """Give PHONE the office KIND on REGION (its 12-digit code). The person signs in anew."""
    if len(title) > 6:
        fail("a seal has room for 6 characters")
    run(_grant(phone_in(phone), kind, region, title))


async def _grant(number: Phone, kind: str, region: str, title: str) -> None:
    async with database():
        person_id = await person_with(number)
        region_id, name = await _region(region, kind)
        try:
            await roles.grant(None, person_id, kind, region_id, title=title, by="command")
        except roles.AlreadyHeld:
            fail(f"{number} is {kind} of {name} already", 1)
        except roles.ReadsAudit:
            fail(f"{number} reads the audit trail: end that first (cunli audit readers), nobody checks themselves", 1)
    click.echo(f"{number} is {kind} of {name} now")


@role.command()
@click.argument("phone")
@click.argument("kind", type=KINDS)
@click.argument("region")
def revoke(phone: str, kind: str, region: str) -> None:
    """Take the office KIND on REGION from PHONE. Refused for the last one in charge."""
    run(_revoke(phone_in(phone), kind, region))


async def _revoke(number: Phone, kind: str, region: str) -> None:
    async with database():
        person_id = await person_with(number)
        region_id, name = await _region(region, kind)
        held = [
            o for o in await roles.all_offices() if (o.person_id, o.kind, o.region_id) == (person_id, kind, region_id)
        ]
        if not held:
            fail(f"{number} is not {kind} of {name}", 1)
        try:
            await roles.revoke(None, held[0].role_id, by="command")
        except roles.LastInCharge:
            fail(f"{number} is the last one in charge of {name}: grant the office to somebody else first", 1)
    click.echo(f"{number} is no longer {kind} of {name}")


@role.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_offices(as_json: bool) -> None:
    """List who holds which office, by display name and person id."""
    rows = run(_list())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(
            f"{row['kind']:<15} {row['region']}\t{row['display_name']} (person {row['person']}) {row['title']}".rstrip()
        )


async def _list() -> list[dict[str, str | int]]:
    async with database():
        return [
            {
                "kind": o.kind,
                "region": o.region_name,
                "person": o.person_id,
                "display_name": o.display_name,
                "title": o.title,
                "since": o.granted_at.isoformat(timespec="seconds"),
            }
            for o in await roles.all_offices()
        ]


async def _region(code: str, kind: str) -> tuple[int, str]:
    rows = await db.read("SELECT id, short FROM core_region WHERE code = ? AND level = ?", code, LEVELS[kind])
    if not rows:
        fail(f"no region of the level of a {kind} has the code {code}", 1)
    return rows[0]["id"], rows[0]["short"]
