"""`cunli plugin settings`, `set` and `unset`: the settings of a plugin or of `core`, for a region or a village. All changes are audited."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import Any, Final, TypedDict

import click

from cunli import county_settings, db, plugin_values
from cunli.cli import run
from cunli.cli.context import database, fail
from cunli.cli.plugin_state import near
from cunli.cli.plugin_switch import PLUGIN, refuse_what_does_not_run, village_at
from cunli.places import queries as places
from cunli.places.rules import LEVEL_NAMES, LEVELS
from cunli.plugin_setting import Setting
from cunli.plugin_values import NotItsToSay, SetBy, Value, Values, WrongValue, opened
from cunli.web.site import Site

HIDDEN: Final = "(secret)"
SWITCH: Final = {
    "on": True,
    "true": True,
    "yes": True,
    "1": True,
    "off": False,
    "false": False,
    "no": False,
    "0": False,
}
REGION = click.option("--region", "code", default="", metavar="CODE", help="The 12-digit code of a region.")
LEVEL = click.option(
    "--level",
    type=click.Choice(["county", "township", "village"]),
    help="Which one, where a code is used on several levels.",
)
VILLAGE = click.option("--village", "address", default="", metavar="SLUG", help="The village's address or code.")


class SetLine(TypedDict):
    """A value that a region set. Secrets are not told."""

    region: str
    code: str
    level: str
    value: object
    used: bool


class SettingLine(TypedDict):
    """One setting: its declaration, what counts where it was asked for, and everything that was set."""

    key: str
    label: str
    expects: str
    scope: str
    secret: bool
    default: object
    value: object
    from_region: str | None
    set_by: list[SetLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A region that a setting is for."""

    id: int
    name: str
    chain: tuple[int, ...]


@click.command("settings")
@PLUGIN
@REGION
@LEVEL
@VILLAGE
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_settings(name: str, code: str, level: str | None, address: str, as_json: bool) -> None:
    """List the settings of PLUGIN, or of `core`: what each expects, who set it, and what counts in a region or village."""
    lines = run(_listed(name, code, level, address))
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
        return
    for line in lines:
        _print(line)
    if not lines:
        click.echo(f"{name} has no settings")


async def _listed(name: str, code: str, level: str | None, address: str) -> list[SettingLine]:
    async with database() as site:
        _refuse_unknown(site, name)
        where = await _where(code, level, address) if code or address else None
        values = await plugin_values.values_of(where.chain if where else ())
        everything = await plugin_values.everything_set(name)
        regions = {one.region_id: one.region for one in everything}
        return [
            _line(which, values, regions, [one for one in everything if one.key == which.key])
            for which in _known(site, name).values()
        ]


def _line(which: Setting[Any], values: Values, regions: dict[int, str], everything: list[SetBy]) -> SettingLine:
    here = values.of(which)
    return SettingLine(
        key=which.key,
        label=str(which.label),
        expects=which.expected,
        scope=which.scope,
        secret=which.secret,
        default=which.default,
        value=_told(which, here.value),
        from_region=regions.get(here.region_id or 0),
        set_by=[_set_by(which, one) for one in everything],
    )


def _set_by(which: Setting[Any], one: SetBy) -> SetLine:
    found = opened(which, one.stored)
    used = isinstance(found, Value)
    value = _told(which, found.value) if isinstance(found, Value) else None
    return SetLine(region=one.region, code=one.code, level=one.level, value=value, used=used)


def _told(which: Setting[Any], value: object) -> object:
    return HIDDEN if which.secret and value else value


def _print(line: SettingLine) -> None:
    click.echo(f"{line['key']:32} {_plain(line['value'])}  ({line['from_region'] or 'default'})")
    click.echo(f"    {line['label']}: {line['expects']}; set by a {line['scope']} or above")
    for one in line["set_by"]:
        said = _plain(one["value"]) if one["used"] else "not used: see `cunli plugin doctor`"
        click.echo(f"    {one['region']} ({one['code']}): {said}")


def _plain(value: object) -> str:
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


@click.command("set")
@PLUGIN
@click.argument("key")
@click.argument("value")
@REGION
@LEVEL
@VILLAGE
def set_setting(name: str, key: str, value: str, code: str, level: str | None, address: str) -> None:
    """Set KEY of PLUGIN to VALUE for a region or village, and for everything below that says nothing itself.

    A VALUE of - is read from standard input: what stands on a command line can be seen by others. Takes effect within
    a second, without a restart.
    """
    text = sys.stdin.read().strip() if value == "-" else value
    run(_set(name, key, text, code, level, address))


async def _set(name: str, key: str, text: str, code: str, level: str | None, address: str) -> None:
    async with database() as site:
        _refuse_unknown(site, name)
        which = _setting(site, name, key)
        where = await _where(code, level, address)
        value = _meant(which, text)
        try:
            await plugin_values.set_value(which, where.id, value, by="command")
        except NotItsToSay:
            fail(f"{where.name} cannot set “{which.key}”: it is set by a {which.scope} or above")
        except WrongValue as exc:
            fail(f"{exc}" + ("" if which.secret else f", not “{text}”"))
    click.echo(f"{which.key} is {_plain(_told(which, value))} in {where.name}")


@click.command("unset")
@PLUGIN
@click.argument("key")
@REGION
@LEVEL
@VILLAGE
def unset_setting(name: str, key: str, code: str, level: str | None, address: str) -> None:
    """Take back what a region or village set for KEY of PLUGIN: what is above counts again, or the default."""
    run(_unset(name, key, code, level, address))


async def _unset(name: str, key: str, code: str, level: str | None, address: str) -> None:
    async with database() as site:
        where = await _where(code, level, address)
        full = _full(name, key)
        if name == county_settings.OWNER:
            _setting(site, name, key)  # what else is kept for regions has commands of its own
        if not await plugin_values.unset(full, where.id, by="command"):
            own = [one for one in await plugin_values.everything_set(name) if one.region_id == where.id]
            keys = ", ".join(one.key.partition(".")[2] for one in own)
            fail(
                f"{where.name} did not set “{full}”" + (f"; it set {keys}" if own else f", nor anything else of {name}")
            )
        values, said = await plugin_values.values_of(where.chain), ""
        if (which := _known(site, name).get(full)) is not None:
            said = f"; {_plain(_told(which, values(which)))} counts there now"
    click.echo(f"{where.name} no longer sets {full}{said}")


# -- what was meant ----------------------------------------------------------------------------------------------------


def _full(name: str, key: str) -> str:
    return key if key.startswith(f"{name}.") else f"{name}.{key}"


def _refuse_unknown(site: Site, name: str) -> None:
    if name != county_settings.OWNER:
        refuse_what_does_not_run(site, name)


def _known(site: Site, name: str) -> dict[str, Setting[Any]]:
    if name == county_settings.OWNER:
        return dict(county_settings.ALL)
    running = site.registry.plugins.get(name)
    return {one.key: one for one in running.manifest.settings} if running else {}


def _setting(site: Site, name: str, key: str) -> Setting[Any]:
    known = _known(site, name)
    if (which := known.get(_full(name, key))) is None:
        short = [one.name for one in known.values()]
        if not short:
            fail(f"{name} has no settings")
        fail(f"{name} has no setting “{key}”{near(key, short)}; it has: {', '.join(short)}")
    return which


def _meant(which: Setting[Any], text: str) -> Any:
    """The value that a text on the command line stands for. What does not fit is refused when it is set."""
    for value, _words in which.choices:
        if str(value) == text:
            return value
    if isinstance(which.default, bool):
        return SWITCH.get(text.lower(), text)
    if isinstance(which.default, int) and text.lstrip("-").isdecimal() and len(text) < 12:
        return int(text)
    return text


async def _where(code: str, level: str | None, address: str) -> Where:
    if bool(code) == bool(address):
        fail("say where: --region CODE for a county, township or village, or --village SLUG")
    if address:
        village = await village_at(address)
        return Where(id=village.region_id, name=village.name, chain=village.chain)
    rows = await db.read("SELECT id, level, name FROM core_region WHERE code = ? AND state = 'active'", code)
    found = [r for r in rows if r["level"] in ({LEVELS[level]} if level else range(LEVELS["county"], 6))]
    if not found:
        fail(f"no {level or 'county, township or village'} has the code {code}: see `cunli regions list`")
    if len(found) > 1:
        levels = " and of a ".join(LEVEL_NAMES[row["level"]] for row in found)
        fail(f"{code} is the code of a {levels}: add --level")
    region = found[0]["id"]
    return Where(id=region, name=found[0]["name"], chain=await places.region_chain(region))
