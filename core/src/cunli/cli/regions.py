"""`cunli regions`: the tables of the statistics bureau, and what happens to villages and townships in real life."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

import click

from cunli import db
from cunli.cli import run
from cunli.cli.context import bar, database
from cunli.places.errors import CannotDo
from cunli.places.importing import import_regions, preview_import
from cunli.places.merging import MergeReport, merge_regions
from cunli.places.opening import rename_region
from cunli.places.regions import RegionRow, find_region, regions_under
from cunli.places.report import ImportReport
from cunli.places.rules import LEVELS
from cunli.places.splitting import NewVillage, SplitReport, split_village
from cunli.places.table import BadTable, faults_as_json, read_table

LEVEL = click.option(
    "--level", type=click.Choice(list(LEVELS)), default=None, help="Which one, where a code is used on several levels."
)
AS_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
DRY_RUN = click.option("--dry-run", is_flag=True, help="Say what would happen and change nothing.")


@click.group()
def regions() -> None:
    """Import, merge, split, rename and list regions. Exit code 2: bad input, nothing was changed."""


@regions.command("import")
@click.argument("file", type=click.Path(path_type=Path))
@DRY_RUN
@AS_JSON
def import_table(file: Path, dry_run: bool, as_json: bool) -> None:
    """Import the regions of FILE: code,name,level,parent as .csv, .csv.gz or .csv.xz, UTF-8 or GB18030.

    All of it or nothing. Regions below those of the file that it does not mention are marked as vanished; others are
    not touched. The same file again changes nothing.
    """
    try:
        report = run(_import(file, dry_run=dry_run))
    except BadTable as exc:
        _refuse_table(file, exc, as_json=as_json)
    click.echo(as_text({"dry_run": dry_run, **report.as_json()}) if as_json else _text(report, dry_run=dry_run))


async def _import(file: Path, *, dry_run: bool) -> ImportReport:
    async with database():  # before the nation is read: a database that is not ready says so at once
        with bar("读表") as shown:
            table = read_table(file, lambda rows: shown.update(rows - shown.n))
        if dry_run:
            return await preview_import(table)
        logging.getLogger("cunli.db").setLevel(
            logging.ERROR
        )  # it warns of long units, and this one is meant to be long
        with bar("写入", total=len(table)) as shown:
            return await import_regions(table, shown.update)


def _refuse_table(file: Path, problem: BadTable, *, as_json: bool) -> NoReturn:
    if as_json:
        click.echo(as_text({"error": "bad-table", "faults": faults_as_json(problem.faults)}))
    else:
        click.echo(f"{file.name} 没有导入，什么也没有改:", err=True)
        for fault in problem.faults:
            click.echo(f"  {fault}", err=True)
    sys.exit(2)


def _text(report: ImportReport, *, dry_run: bool) -> str:
    head = ["只是试算，没有写入。"] if dry_run else []
    return "\n".join([*head, *report.lines()])


@regions.command()
@click.argument("codes", nargs=-1, required=True)
@click.option("--into", required=True, help="The code of the region that takes them in.")
@LEVEL
@DRY_RUN
@AS_JSON
def merge(codes: tuple[str, ...], into: str, level: str | None, dry_run: bool, as_json: bool) -> None:
    """Merge the regions CODES into another one of their level, with members, posts, households and offices.

    Old addresses go on working. A village that only got a new code is merged into that code in the same way.
    """
    with refusals(as_json=as_json):
        report: MergeReport = run(_done(merge_regions, codes, into, level=level or "", dry_run=dry_run))
    if as_json:
        click.echo(as_text({"dry_run": dry_run, **asdict(report)}))
        return
    for source in report.merged:
        click.echo(f"{_would(dry_run)}{source.code} {source.short} 并入 {report.into.code} {report.into.short}")
    _tell_rows(report.rows)
    _tell_rows(report.folded, "合成一份")
    _tell_rows(report.renamed, "重名，前面加了原村名")
    for line in report.left_to_do:
        click.echo(f"  还要做: {line}")


@regions.command()
@click.argument("code")
@click.option("--into", "parts", multiple=True, required=True, help="CODE:NAME:GROUP,GROUP for each new village.")
@DRY_RUN
@AS_JSON
def split(code: str, parts: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Make villages of their own out of groups of the village CODE.

    Households and people of the groups go along; posts and offices stay. For example:
    cunli regions split 510999001200 --into 510999001210:新禾村村委会:四组,五组
    """
    with refusals(as_json=as_json):
        wanted = [_part(text) for text in parts]
        report: SplitReport = run(_done(split_village, code, wanted, dry_run=dry_run))
    if as_json:
        click.echo(as_text({"dry_run": dry_run, **asdict(report)}))
        return
    for made in report.made:
        click.echo(f"{_would(dry_run)}从 {report.source.short} 分出 {made.code} {made.short} /v/{made.slug}")
    _tell_rows(report.rows)


def _part(text: str) -> NewVillage:
    code, _, rest = text.partition(":")
    name, _, groups = rest.partition(":")
    found = tuple(group.strip() for group in groups.replace("，", ",").replace("、", ",").split(",") if group.strip())
    if not found:
        raise CannotDo("bad-groups", f"“{text}”要写成 代码:名称:小组,小组。表里已有的代码，名称可以空着")
    return NewVillage(code=code.strip(), name=name.strip(), groups=found)


@regions.command()
@click.argument("code")
@click.argument("name")
@LEVEL
@AS_JSON
def rename(code: str, name: str, level: str | None, as_json: bool) -> None:
    """Give the region CODE another NAME. A village takes its address along; old addresses go on working."""
    with refusals(as_json=as_json):
        row: RegionRow = run(_done(rename_region, code, name, level=level or ""))
    text = f"{row.code} 现在叫 {row.name}" + (f"，地址 /v/{row.slug}" if row.slug else "")
    click.echo(as_text(asdict(row)) if as_json else text)


@regions.command("list")
@click.option("--under", default="", help="Only this region (its code) and what is below it.")
@LEVEL
@AS_JSON
def list_regions(under: str, level: str | None, as_json: bool) -> None:
    """List regions with their codes and, where a village is open, its address."""
    with refusals(as_json=as_json):
        rows: list[RegionRow] = run(_list(under, level))
    if as_json:
        click.echo(as_text([asdict(row) for row in rows]))
        return
    top = min((row.level for row in rows), default=0)
    for row in rows:
        opened = f"  /v/{row.slug}" if row.village_state == "open" else ""
        click.echo(f"{'  ' * (row.level - top)}{row.code} {row.name}{opened}")


async def _list(under: str, level: str | None) -> list[RegionRow]:
    async with database():
        top = (await find_region(under)).id if under else None
        return await regions_under(top, LEVELS[level] if level else None)


class _OnlyTried(Exception):
    """Carries the report out of a unit that must not commit."""

    def __init__(self, report: Any) -> None:
        self.report = report


async def _done(act: Any, *args: Any, dry_run: bool = False, **kwargs: Any) -> Any:
    """Carry out an act; for a dry run inside a unit that is taken back."""
    async with database() as site:
        if site.settings.safe and act in (merge_regions, split_village):
            raise CannotDo("safe-mode", "现在是安全模式，插件的资料搬不过去。去掉 CUNLI_SAFE（或设置里的 safe）再办")
        if not dry_run:
            return await act(*args, **kwargs)
        try:
            await db.run_unit(_tried, act, args, kwargs)
        except _OnlyTried as tried:
            return tried.report


async def _tried(act: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    raise _OnlyTried(await act(*args, **kwargs))


@contextmanager
def refusals(*, as_json: bool) -> Iterator[None]:
    """Say why something cannot be done, and end with code 2."""
    try:
        yield
    except CannotDo as exc:
        if as_json:
            click.echo(as_text({"error": exc.code, "reason": exc.text}))
        else:
            click.echo(f"没有办成，什么也没有改: {exc.text}", err=True)
        sys.exit(2)


def _would(dry_run: bool) -> str:
    return "只是试算: " if dry_run else ""


def _tell_rows(rows: dict[str, int], words: str = "移过去") -> None:
    for table, count in sorted(rows.items()):
        click.echo(f"  {table}: {count} 行{words}")


def as_text(value: Any) -> str:
    """JSON that people can read."""
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)
