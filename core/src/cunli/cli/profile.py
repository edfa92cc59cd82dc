"""`cunli profile`: what the compliance profile says of sensitive things, and which one is in force."""

from __future__ import annotations

import json

import click

from cunli import db
from cunli.cli import run
from cunli.cli.context import database, fail
from cunli.cli.plugin_state import near
from cunli.compliance import profile_now
from cunli.compliance.profiles import DEFAULT, KNOWN, Profile
from cunli.compliance.profiles import profile as profile_called
from cunli.compliance.words import ENGLISH
from cunli.web.site import Site

COUNTY = click.option(
    "--county", "code", metavar="CODE", help="The 12-digit code of the county, where there are several."
)


@click.group()
def profile() -> None:
    """Show and set the compliance profile: what plugins may do here, and the law or document that says so."""


@profile.command()
@click.argument("name", required=False)
@COUNTY
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(name: str | None, code: str | None, as_json: bool) -> None:
    """Show the profile in force, or NAME, with the sentence behind each verdict."""
    _refuse_unknown(name)
    now = run(_now(code))
    chosen = profile_called(name) if name else now
    if as_json:
        click.echo(json.dumps(_facts(chosen, now), ensure_ascii=False, indent=1))
        return
    click.echo(f"{chosen.id}: {chosen.name.english}{' — in force' if chosen.id == now.id else ''}")
    click.echo(f"  {chosen.caveat.english}")
    for rule in chosen.rules.values():
        click.echo(f"{rule.verdict:7} {rule.kind:13} {ENGLISH[rule.kind]}")
        for line in (rule.quoted("zh"), rule.quoted("en"), rule.heed.english):
            if line:
                click.echo(f"        {line}")
    click.echo(f"there are: {', '.join(KNOWN)} (default: {DEFAULT})")


def _facts(chosen: Profile, now: Profile) -> dict[str, object]:
    rules = {
        rule.kind: {"verdict": rule.verdict, "quoted": rule.quoted("zh"), "quoted_en": rule.quoted("en")}
        for rule in chosen.rules.values()
    }
    return {"profile": chosen.id, "in_force": chosen.id == now.id, "caveat": chosen.caveat.chinese, "rules": rules}


async def _now(code: str | None) -> Profile:
    async with database():
        return await profile_now.along((await _county(code),))


@profile.command("set")
@click.argument("name")
@COUNTY
@click.option("--reason", required=True, help="Why, for the audit trail.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
def set_profile(name: str, code: str | None, reason: str, dry_run: bool) -> None:
    """Put the profile NAME in force. Takes effect within a second, without a restart, and is audited with the reason."""
    _refuse_unknown(name)
    if not reason.strip() or len(reason) > profile_now.LONGEST_REASON:
        fail(f"--reason is a sentence of at most {profile_now.LONGEST_REASON} characters")
    run(_set(name, code, reason.strip(), dry_run))


async def _set(name: str, code: str | None, reason: str, dry_run: bool) -> None:
    async with database() as site:
        county = await _county(code)
        now = await profile_now.along((county,))
        for line in await _effects(site, name, county):
            click.echo(line)
        if dry_run:
            return
        changed = await profile_now.set_profile(name, county, was=now.id, reason=reason, by="command")
    click.echo(f"{name} is in force" + (f", instead of {now.id}" if changed else " already; nothing was changed"))


async def _effects(site: Site, name: str, county: int) -> list[str]:
    said = []
    for one in await profile_now.effects(site.registry, profile_called(name), county):
        parts = [f"is off (on in {one.villages} villages now)"] if one.goes_off else []
        parts += ["may be on again"] if one.comes_back else []
        parts += [f"goes without {ENGLISH[kind]}" for kind in one.loses]
        parts += [f"has {ENGLISH[kind]}" for kind in one.gains]
        said.append(f"{one.plugin}: {', '.join(parts)}")
    return said


async def _county(code: str | None) -> int:
    """The county of this code, or the only one with open villages."""
    rows = await db.read(
        "SELECT DISTINCT r.id, r.code FROM core_region r JOIN core_village v ON v.county_id = r.id"
        " WHERE v.state = 'open' ORDER BY r.code"
    )
    found = [row["id"] for row in rows if code in (None, row["code"])]
    if len(found) != 1:
        codes = ", ".join(row["code"] for row in rows)
        fail(f"say which county with --county: {codes}" if rows else "no village is open yet: see cunli village open")
    return int(found[0])


def _refuse_unknown(name: str | None) -> None:
    if name is not None and name not in KNOWN:
        fail(f"no profile is called “{name}”{near(name, KNOWN)}; there are {', '.join(KNOWN)}")
