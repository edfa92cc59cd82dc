"""`cunli audit`: whether the trail of what officials did is whole, its anchors outside the database, and who reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import click

from cunli import db
from cunli.cli import run
from cunli.cli.context import database, fail, load_settings
from cunli.cli.phones import person_with, phone_in
from cunli.trust import anchors, readers, verifying
from cunli.trust.anchors import Anchor
from cunli.trust.chain import Head
from cunli.trust.numbers import Phone
from cunli.trust.verifying import Verdict

SAYS: Final = {
    "changed": "entry {number} is not what was written: it was changed, or put in by hand",
    "missing": "entries are gone, or stand in another order, before entry {number}",
    "cut": "entries are gone from the end: an anchor knows of entries from {number} on that are not there",
    "rewritten": "entry {number} is not the one that an anchor knows: the trail was written anew from there or before",
}


@click.group()
def audit() -> None:
    """Verify and anchor the audit trail, and say who reads it."""


@audit.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), required=False)
@click.option(
    "--anchors", "place", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Another file of anchors."
)
@click.option("--head", "heads", multiple=True, metavar="NUMBER:HASH", help="An anchor from paper or from a message.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(file: Path | None, place: Path | None, heads: tuple[str, ...], as_json: bool) -> None:
    """Check every entry of the trail, or of an exported FILE (.csv or .jsonl), against its hash, its neighbours and the anchors.

    Exits 1 when something does not fit, and names the first entry that does not.
    """
    known = _anchors(place, heads, needs_settings=file is None)
    verdict = verifying.verify_file(file, known) if file else run(_verify(known))
    if as_json:
        click.echo(json.dumps(verdict.as_json(), ensure_ascii=False))
    else:
        _say(verdict, anchored=bool(known))
    raise SystemExit(1 if verdict.broken else 0)


def _anchors(place: Path | None, heads: tuple[str, ...], *, needs_settings: bool) -> list[Head]:
    path = place or (Path(load_settings().audit_anchors) if needs_settings else None)
    found = [anchor.head for anchor in anchors.kept(path)] if path else []
    for text in heads:
        try:
            found.append(anchors.head_in(text))
        except ValueError as exc:
            fail(str(exc))
    return found


async def _verify(known: list[Head]) -> Verdict:
    async with database():
        return await verifying.verify(known)


def _say(verdict: Verdict, *, anchored: bool) -> None:
    if verdict.broken is not None:
        click.echo(f"NOT whole: {SAYS[verdict.broken.what].format(number=verdict.broken.number)}")
        click.echo(f"The {verdict.entries} entries before it hold.")
        return
    click.echo(f"whole: {verdict.entries} entries, {verdict.anchors} anchors on them; the head is {verdict.head}")
    if not anchored:
        click.echo("No anchor was compared: entries cut from the end would not be missed. See: cunli audit anchor")


@audit.command("anchor")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def drop_anchor(as_json: bool) -> None:
    """Add the present head of the trail to the file of anchors, and print it: for paper, or another machine."""
    dropped, head = run(_drop())
    if as_json:
        click.echo(json.dumps({"written": dropped is not None, "number": head.number, "hash": head.hash}))
    else:
        click.echo(str(head))
        click.echo("written" if dropped else "nothing new since the last anchor", err=True)


async def _drop() -> tuple[Anchor | None, Head]:
    from cunli.trust.audit import head

    settings = load_settings()
    async with database(settings):
        return await anchors.drop(Path(settings.audit_anchors)), await head()


@audit.group("readers")
def reader_group() -> None:
    """Say who reads the trail without holding an office."""


@reader_group.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_readers(as_json: bool) -> None:
    """List audit readers, by display name and person id."""
    rows = run(_list())
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(f"{row['region']}\t{row['display_name']} (person {row['person']})")


async def _list() -> list[dict[str, str | int]]:
    async with database():
        return [
            {
                "region": one.region,
                "person": one.person_id,
                "display_name": one.display_name,
                "since": one.since.isoformat(timespec="seconds"),
            }
            for one in await readers.readers()
        ]


@reader_group.command("add")
@click.argument("phone")
@click.argument("region")
def add(phone: str, region: str) -> None:
    """Let PHONE read the trail below REGION (its 12-digit code of a county or township). Not for people in office."""
    run(_add(phone_in(phone), region))


async def _add(number: Phone, code: str) -> None:
    async with database():
        person_id, (region_id, name) = await person_with(number), await _region(code)
        try:
            await readers.grant(None, person_id, region_id, by="command")
        except readers.InOffice:
            fail(f"{number} holds an office: whoever is in office does not read the trail for others", 1)
        except readers.ReadsAlready:
            fail(f"{number} reads the trail of {name} already", 1)
    click.echo(f"{number} reads the trail of {name} now")


@reader_group.command("end")
@click.argument("phone")
@click.argument("region")
def end(phone: str, region: str) -> None:
    """Take the trail of REGION from PHONE again."""
    run(_end(phone_in(phone), region))


async def _end(number: Phone, code: str) -> None:
    async with database():
        person_id, (region_id, name) = await person_with(number), await _region(code)
        mine = [one.id for one in await readers.readers([region_id]) if one.person_id == person_id]
        if not mine:
            fail(f"{number} does not read the trail of {name}", 1)
        await readers.revoke(None, mine[0], by="command")
    click.echo(f"{number} no longer reads the trail of {name}")


async def _region(code: str) -> tuple[int, str]:
    rows = await db.read(
        "SELECT id, short FROM core_region WHERE code = ? AND level IN (3, 4) AND state = 'active' ORDER BY level LIMIT 1",
        code,
    )
    if not rows:
        fail(f"no county or township has the code {code}", 1)
    return rows[0]["id"], rows[0]["short"]
