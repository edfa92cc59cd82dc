"""`cunli plugin enable`, `disable` and `rule`: where a plugin is on, as the operator wants it. All of it is audited."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import AbstractAsyncContextManager
from typing import Any, NoReturn

import click

from cunli import db, enabling, switching
from cunli.cli import run
from cunli.cli.context import database, fail, load_settings
from cunli.cli.plugin_state import near
from cunli.compliance.words import ENGLISH
from cunli.lifecycle import EnablingRefused
from cunli.places import queries as places
from cunli.places.queries import VillageNow
from cunli.places.rules import LEVEL_NAMES, LEVELS
from cunli.plugin_models import Mode
from cunli.registry import discover
from cunli.switching import CannotSwitch
from cunli.web.site import Site

PLUGIN = click.argument("name", metavar="PLUGIN")
VILLAGE = click.option("--village", "address", required=True, metavar="SLUG", help="The village's address or code.")


@click.command()
@PLUGIN
@VILLAGE
def enable(name: str, address: str) -> None:
    """Switch PLUGIN on in a village. Takes effect within a second, without a restart.

    The plugin is asked first and may refuse with a reason; then nothing is switched.
    """
    run(_enable(name, address))


async def _enable(name: str, address: str) -> None:
    async with database() as site:
        refuse_what_does_not_run(site, name)
        village = await village_at(address)
        try:
            await switching.put_on(site.registry, name, village, by="command")
        except CannotSwitch as exc:
            if exc.needs:
                wanted = " and ".join(f"`cunli plugin enable {one} --village {village.slug}`" for one in exc.needs)
                fail(f"“{name}” requires {' and '.join(exc.needs)}, which is off in {village.name}. First: {wanted}")
            _refuse(exc, name, f"it cannot be on in {village.name}")
        except EnablingRefused as exc:
            fail(f"“{name}” refuses to be on in {village.name}, and nothing was switched: {exc}", 1)
    click.echo(f"{name} is on in {village.name} ({village.url})")


@click.command()
@PLUGIN
@VILLAGE
def disable(name: str, address: str) -> None:
    """Switch PLUGIN off in a village. Nothing is deleted; enabling it again shows the same.

    Runs no plugin, so that one that is broken can be switched off too; the plugin is told by a job of the site.
    """
    run(_disable(name, address))


async def _disable(name: str, address: str) -> None:
    async with _without_plugins():
        await _refuse_unknown(name)
        village = await village_at(address)
        try:
            await switching.put_off(name, village, by="command")
        except CannotSwitch as exc:
            _refuse(exc, name, f"it cannot be off in {village.name}")
    click.echo(f"{name} is off in {village.name} ({village.url}); its rows are kept")


@click.command()
@PLUGIN
@click.argument("mode", type=click.Choice([Mode.REQUIRE.value, Mode.ALLOW.value, Mode.FORBID.value]))
@click.option("--region", "code", required=True, metavar="CODE", help="The 12-digit code of a township or county.")
@click.option(
    "--level", type=click.Choice(["county", "township"]), help="Which one, where a code is used on both levels."
)
def rule(name: str, mode: str, code: str, level: str | None) -> None:
    """Require, allow or forbid PLUGIN in a township or county and all its villages.

    What is forbidden anywhere above a village is off there, whoever requires it; what is required is on without being
    switched on; what is allowed is left to the village.
    """
    run(_rule(name, Mode(mode), code, level))


async def _rule(name: str, mode: Mode, code: str, level: str | None) -> None:
    async with database() if mode == Mode.REQUIRE else _without_plugins() as site:
        if mode == Mode.REQUIRE:
            refuse_what_does_not_run(site, name)
        else:
            await _refuse_unknown(name)
        region, region_name = await _region(code, level)
        try:
            await switching.set_rule(site.registry, name, region, mode, by="command")
        except CannotSwitch as exc:
            _refuse(exc, name, f"{region_name} cannot require it")
    done = {Mode.REQUIRE: "required in", Mode.ALLOW: "left to the villages of", Mode.FORBID: "forbidden in"}
    click.echo(f"{name} is {done[mode]} {region_name}")


# -- what all of them ask ----------------------------------------------------------------------------------------------


def _without_plugins() -> AbstractAsyncContextManager[Site]:
    return database(load_settings().model_copy(update={"safe": True}))


def refuse_what_does_not_run(site: Site, name: str) -> None:
    """Only what runs here can be switched on or set: what is broken or unknown would be so in name only."""
    if name in site.registry.running:
        return
    installed = {one.id for one in discover().described}
    if site.settings.safe:
        fail("safe mode is on, and no plugin runs in it: unset CUNLI_SAFE, or take `safe` out of the settings")
    if own := [p for p in site.registry.problems if p.plugin == name]:
        fail(f"“{name}” does not run here: {own[0].id} {own[0].text}. {own[0].hint}", 1)
    if name in installed:
        fail(f"“{name}” is installed and not in the settings: add it to `plugins` there and restart")
    known = {*installed, *site.settings.plugins}
    fail(f"no plugin is called “{name}”{near(name, known)}; see `cunli plugin list`")


async def _refuse_unknown(name: str) -> None:
    """What is only in the database is known too: its switches can be taken back."""
    known = {one.id for one in discover().described} | set(await enabling.switched()) | set(load_settings().plugins)
    if name not in known:
        fail(f"no plugin is called “{name}”{near(name, known)}; see `cunli plugin list`")


async def village_at(address: str) -> VillageNow:
    """The open village with this address or code; ends the command when there is none."""
    found = await places.find_by_address(address)
    if isinstance(found, places.Moved):
        found = await places.find_by_address(found.slug)
    if not isinstance(found, VillageNow):
        slugs = [row["slug"] for row in await db.read("SELECT slug FROM core_village WHERE state = 'open'")]
        fail(f"no open village has the address “{address}”{near(address, slugs)}; see `cunli village list`")
    return found


async def _region(code: str, level: str | None) -> tuple[int, str]:
    wanted = {LEVELS[level]} if level else {LEVELS["county"], LEVELS["township"]}
    villages = await db.read(
        "SELECT id FROM core_region WHERE code = ? AND state = 'active' AND level = ?", code, LEVELS["village"]
    )
    if villages and not await _regions(code, wanted):
        fail(f"{code} is a village: use `cunli plugin enable` and `cunli plugin disable`")
    return await region_at(code, wanted)


async def region_at(code: str, levels: Collection[int]) -> tuple[int, str]:
    """Id and name of the region with this code on one of these levels; ends the command when there is none, or several."""
    found = await _regions(code, levels)
    names = " or ".join(LEVEL_NAMES[level] for level in sorted(levels, reverse=True))
    if not found:
        fail(f"no {names} has the code {code}: see `cunli regions list`")
    if len(found) > 1:
        fail(f"{code} is the code of {' and of '.join('a ' + LEVEL_NAMES[row['level']] for row in found)}: add --level")
    return found[0]["id"], found[0]["name"]


async def _regions(code: str, levels: Collection[int]) -> list[Any]:
    rows = await db.read(
        "SELECT id, level, name FROM core_region WHERE code = ? AND state = 'active' ORDER BY level", code
    )
    return [row for row in rows if row["level"] in levels]


def _refuse(exc: CannotSwitch, name: str, so: str) -> NoReturn:
    """End because a region above or the profile says otherwise: say who, and how that is taken back."""
    if exc.why == "profile":
        rules = " ".join(f"{ENGLISH[rule.kind]}: {rule.quoted('en')}" for rule in exc.rules)
        fail(f"the compliance profile refuses what “{name}” needs, so {so}. {rules} See: cunli profile show", 1)
    verb = "forbids" if exc.why == "forbidden" else "requires"
    way_out = " and ".join(f"`cunli plugin rule {name} allow --region {one.code}`" for one in exc.said)
    fail(f"{' and '.join(one.region for one in exc.said)} {verb} “{name}”, so {so}. To change that: {way_out}")
