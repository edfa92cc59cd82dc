"""`cunli theme list` and `cunli theme use`: what is installed, where it is worn, and choosing. All of it is audited."""

from __future__ import annotations

import json
from typing import Final, TypedDict

import click

from cunli import theming
from cunli.cli import run
from cunli.cli.context import database, fail, load_settings
from cunli.cli.plugin_state import UNREADABLE, near
from cunli.cli.plugin_switch import region_at, village_at
from cunli.places.rules import LEVELS
from cunli.problems import Problem, problem
from cunli.settings import Settings
from cunli.theming import ChosenBy
from cunli.web.site import Site

LEVEL_NAMES: Final = ["county", "township", "village"]


class ThemeLine(TypedDict):
    """One theme of the list. `state`: deployment, offered, installed, refused. `chosen` is null when the database cannot be read."""

    id: str
    label: str
    version: str
    base: str
    state: str
    chosen: list[str] | None
    problems: list[str]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_themes(as_json: bool) -> None:
    """List themes: what is installed, which is the deployment's, which may be chosen, and who chose each."""
    lines, unreadable = run(_lines(load_settings()))
    if as_json:
        click.echo(json.dumps(lines, ensure_ascii=False, indent=1))
    else:
        for line in lines:
            _print(line)
    if unreadable:
        click.echo(f"cunli: where they are worn is not known: {unreadable}", err=True)


async def _lines(settings: Settings) -> tuple[list[ThemeLine], str]:
    chosen: list[ChosenBy] | None = None
    unreadable, safe = "", settings.model_copy(update={"safe": True})
    try:
        async with database(safe) as site:
            chosen = await theming.choices()
    except UNREADABLE as exc:
        unreadable, site = str(exc), Site(safe)
    from cunli.web.themes import found

    names = sorted({*found(), settings.theme, *settings.themes, *(one.theme for one in chosen or ())} - {""})
    problems = [*site.theme_problems, *not_worn(site, chosen or [])]
    return [_line(name, site, chosen, problems) for name in names], unreadable


def _line(name: str, site: Site, chosen: list[ChosenBy] | None, problems: list[Problem]) -> ThemeLine:
    from cunli.web.themes import ThemeError, read

    try:
        theme = read(name)
        label, version, base, state = theme.called("zh"), theme.version, theme.base, "installed"
    except ThemeError:
        label, version, base, state = "", "", "", "missing"
    own = [one for one in problems if one.plugin == name]
    if name == site.default.id:
        state = "deployment"
    elif name in site.themed:
        state = "offered"
    elif state == "installed" and own and own[0].id == "themes.E060":
        state = "refused"
    return ThemeLine(
        id=name,
        label=label,
        version=version,
        base=base,
        state=state,
        chosen=None if chosen is None else [f"{one.region} ({one.code})" for one in chosen if one.theme == name],
        problems=[f"{one.id} {one.text}. {one.hint}" for one in own],
    )


def not_worn(site: Site, chosen: list[ChosenBy]) -> list[Problem]:
    """Themes that regions chose and that are not among those of the settings."""
    by_theme: dict[str, list[str]] = {}
    for one in chosen:
        if one.theme not in site.themed:
            by_theme.setdefault(one.theme, []).append(f"{one.region} ({one.code})")
    return [
        problem("themes.W150", theme, number=len(regions), regions=", ".join(regions[:5]))
        for theme, regions in sorted(by_theme.items())
    ]


def _print(line: ThemeLine) -> None:
    words = {
        "deployment": "the deployment's",
        "offered": "may be chosen",
        "installed": "installed, not in the settings",
        "refused": "refused",
        "missing": "not installed",
    }
    named = f"{line['id']} {line['version']}".strip()
    click.echo(f"{named}  {line['label']}  {words[line['state']]}")
    if line["chosen"]:
        click.echo(f"    chosen by {', '.join(line['chosen'][:5])}{' …' if len(line['chosen']) > 5 else ''}")
    for text in line["problems"]:
        click.echo(f"    {text}")


@click.command()
@click.argument("theme", required=False, default="")
@click.option("--region", "code", metavar="CODE", help="The 12-digit code of a county, township or village.")
@click.option("--level", type=click.Choice(LEVEL_NAMES), help="Which one, where a code is used on several levels.")
@click.option("--village", "address", metavar="SLUG", help="The village's address or code.")
@click.option("--inherit", is_flag=True, help="Take the choice back: what is above counts again.")
def use(theme: str, code: str | None, level: str | None, address: str | None, inherit: bool) -> None:
    """Choose THEME for a county, a township or a village and everything below it. Takes effect within a second.

    What says nothing wears what is above it, and in the end the theme of the deployment: `theme` in the settings.
    """
    if bool(code) == bool(address):
        fail("say where: --region CODE or --village SLUG, one of them")
    if inherit == bool(theme):
        fail("name a theme, or take the choice back with --inherit")
    run(_use(theme, code, level, address or ""))


async def _use(theme: str, code: str | None, level: str | None, address: str) -> None:
    async with database(load_settings().model_copy(update={"safe": True})) as site:
        if code:
            levels = {LEVELS[level]} if level else {LEVELS[one] for one in LEVEL_NAMES}
            region_id, place = await region_at(code, levels)
        else:
            village = await village_at(address)
            region_id, place = village.region_id, village.name
        if not theme:
            gone = await theming.inherit(region_id, by="command")
            click.echo(f"{place} wears what is above it" + ("" if gone else ", as before"))
            return
        _refuse_unknown(site, theme)
        await theming.choose(theme, region_id, offered=site.themed, by="command")
    click.echo(f"{place} wears {theme}")


def _refuse_unknown(site: Site, theme: str) -> None:
    if theme in site.themed:
        return
    if own := [one for one in site.theme_problems if one.plugin == theme]:
        fail(f"{own[0].id} {own[0].text}. {own[0].hint}", 1)
    offered = ", ".join(site.themed)
    fail(
        f"“{theme}” is not offered here{near(theme, site.themed)}: add it to `themes` in the settings. Offered: {offered}"
    )
