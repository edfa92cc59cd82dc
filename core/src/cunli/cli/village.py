"""`cunli village`: opening and closing the villages of a county."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from cunli import db
from cunli.cli import run
from cunli.cli.context import database
from cunli.cli.regions import AS_JSON, as_text, refusals
from cunli.passport import arriving, leaving
from cunli.passport.archive import Passport
from cunli.passport.staying import Stays, stays_behind
from cunli.places.errors import CannotDo
from cunli.places.opening import OpeningReport, close_villages, open_villages
from cunli.places.regions import VILLAGE, RegionRow, find_region, regions_under
from cunli.places.table import BadTable, read_codes

CODES = click.argument("codes", nargs=-1)
FILE = click.option("--file", "file", type=click.Path(path_type=Path), help="A file with one code on each line.")
UNDER = click.option("--under", default="", help="Every village of this township or county (its code).")


@click.group()
def village() -> None:
    """Open, close and list villages. Exit code 2: bad input, nothing was changed."""


@village.command("open")
@CODES
@FILE
@UNDER
@click.option("--all", "every", is_flag=True, help="Every village of the imported table.")
@AS_JSON
def open_(codes: tuple[str, ...], file: Path | None, under: str, every: bool, as_json: bool) -> None:
    """Open the villages CODES. Open ones stay as they are; a closed one opens with all it had."""
    with refusals(as_json=as_json):
        _tell(run(_open(codes, file, under, every)), as_json=as_json)


async def _open(codes: tuple[str, ...], file: Path | None, under: str, every: bool) -> OpeningReport:
    async with database():
        return await open_villages(await _chosen(codes, file, under, every))


@village.command()
@CODES
@FILE
@UNDER
@AS_JSON
def close(codes: tuple[str, ...], file: Path | None, under: str, as_json: bool) -> None:
    """Close the villages CODES: nobody reaches them any more, nothing in them is lost."""
    with refusals(as_json=as_json):
        _tell(run(_close(codes, file, under)), as_json=as_json)


async def _close(codes: tuple[str, ...], file: Path | None, under: str) -> OpeningReport:
    async with database():
        return await close_villages(await _chosen(codes, file, under, every=False))


async def _chosen(codes: tuple[str, ...], file: Path | None, under: str, every: bool) -> list[RegionRow]:
    if sum(map(bool, (codes, file, under, every))) != 1:
        raise CannotDo("which", "写村的代码，或者 --all、--under 代码、--file 文件，选一种")
    if every or under:
        return await regions_under((await find_region(under)).id if under else None, VILLAGE)
    try:
        wanted = read_codes(file) if file else list(codes)
    except BadTable as exc:
        raise CannotDo("bad-file", str(exc)) from None
    return [await find_region(code, "village") for code in dict.fromkeys(wanted)]


def _tell(report: OpeningReport, *, as_json: bool) -> None:
    if as_json:
        click.echo(as_text(asdict(report)))
        return
    for words, rows in (("开通", report.opened), ("重新开通", report.reopened), ("关闭", report.closed)):
        for code, name, slug in rows:
            click.echo(f"{words} {code} {name} /v/{slug}")
    done = len(report.opened) + len(report.reopened) + len(report.closed)
    click.echo(f"办了 {done} 个村" + (f"，{report.unchanged} 个本来就是这样" if report.unchanged else ""))


@village.command()
@click.argument("code")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-people", is_flag=True, help="Display names of authors too, where the county may hand them on.")
def export(code: str, file: Path, with_people: bool) -> None:
    """Write what the village CODE is and what stands in it into FILE, to be taken in by another county.

    People leave under pseudonyms; phones, real names and households stay behind. What plugins hold stays behind too, but for
    what is switched on and how it is set.
    """
    passport, behind = run(_export(code, file, with_people))
    click.echo(f"{file}: {_counted(passport)}")
    if behind:
        click.echo("不在档案里、留在这里的：" + "，".join(_left(one) for one in behind))
        click.echo("户和认证在那边重新办，本人在那边同意；插件里的东西（钱、票、信）带不走，先办完、存档，再关村。")


def _left(one: Stays) -> str:
    return f"{one.label} {one.rows}" + ("" if one.owner == "core" else f"（插件 {one.owner}）")


async def _export(code: str, file: Path, with_people: bool) -> tuple[Passport, list[Stays]]:
    async with database() as site:
        passport = await leaving.export(site, code, file, with_people=with_people)
        return passport, await stays_behind(site, code)


@village.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--into", "code", required=True, help="Code of the village's region here; it is opened if need be.")
def import_(file: Path, code: str) -> None:
    """Take in a village that another county has exported: all of it or nothing."""
    with refusals(as_json=False):
        passport = run(_import(file, code))
    click.echo(f"{code}: {_counted(passport)}")


async def _import(file: Path, code: str) -> Passport:
    async with database() as site:
        return await arriving.bring(site, file, code)


def _counted(passport: Passport) -> str:
    return f"{passport.village['name']}, " + ", ".join(f"{len(rows)} {name}" for name, rows in passport.tables.items())


@village.command("list")
@AS_JSON
def list_villages(as_json: bool) -> None:
    """List the villages that were opened, with members and posts."""
    rows = run(_list())
    if as_json:
        click.echo(as_text(rows))
        return
    for row in rows:
        state = {"open": "", "closed": "（关闭）", "merged": "（已并村）"}[str(row["state"])]
        about = f"{row['verified_count']} 人认证，{row['post_count']} 条动态"
        click.echo(f"{row['code']} {row['name']}{state} /v/{row['slug']} {row['township']} {about}")


async def _list() -> list[dict[str, object]]:
    async with database():
        rows = await db.read(
            "SELECT r.code, v.name, v.slug, v.state, t.short AS township, v.verified_count, v.post_count"
            " FROM core_village v JOIN core_region r ON r.id = v.region_id JOIN core_region t ON t.id = v.township_id"
            " ORDER BY r.code"
        )
        return [dict(row) for row in rows]
