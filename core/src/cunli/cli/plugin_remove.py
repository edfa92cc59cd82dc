"""`cunli plugin remove` and `import`: the end of a plugin's life here, and its rows when it comes back."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from cunli import db, removal
from cunli.cli import run
from cunli.cli.context import bar, database, fail, load_settings, refuse_pending
from cunli.cli.plugin_state import near
from cunli.db import migrations
from cunli.plugin_models import Mode
from cunli.registry import Registry, discover
from cunli.settings import Settings
from cunli.web.site import Site, core_words

PLUGIN = click.argument("name", metavar="PLUGIN")


@click.command()
@PLUGIN
@click.option(
    "--export",
    "folder",
    type=click.Path(path_type=Path),
    help="Where its rows go. Default: PLUGIN-VERSION-export here.",
)
@click.option("--dry-run", is_flag=True, help="Say what would go and change nothing.")
@click.option("--force", is_flag=True, help="Also where it is still switched on or required.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, folder: Path | None, dry_run: bool, force: bool, yes: bool) -> None:
    """Take PLUGIN away for good: export its rows, then undo its tables and forget its switches and jobs.

    First disable it, take it out of `plugins` in the settings and restart, so that no process uses its tables; the
    package must still be installed. The export is on disk and compared before anything goes. Killed or failed at any
    moment, either everything is still there or nothing is and the export is whole; run it again.
    """
    run(_remove(name, folder, dry_run=dry_run, force=force, yes=yes))


async def _remove(name: str, folder: Path | None, *, dry_run: bool, force: bool, yes: bool) -> None:
    settings = load_settings()
    site = _site_with(settings, name)
    folder = folder or Path(f"{name}-{site.registry.installed[name].version}-export")
    await refuse_pending(Site(settings))
    await _refuse_its_pending(site, name)
    await db.start(settings.database_url, site.apps(), synchronous=settings.synchronous)
    try:
        with _refusals():
            survey = await removal.survey(name)
            _tell_survey(survey)
            if not survey.applied and not survey.core:
                await _tell_nothing_left(name)
                return
            if not force:
                await _refuse_switched_on(name)
            if dry_run:
                click.echo("only tried: nothing was changed")
                return
            if not yes and not click.confirm(f"Remove {name} and export its rows to {folder}?", err=True):
                fail("nothing was changed", 1)
            with bar("export", survey.rows) as progress:
                done = await removal.remove(
                    site, name, folder, progress=lambda _, rows: progress.update(rows), steps=_tell_step
                )
    finally:
        await db.stop()
    _tell_removed(name, site, done)


def _site_with(settings: Settings, name: str) -> Site:
    """The site with this plugin, which is installed, in order, and not in the settings any more."""
    if name in settings.plugins:
        fail(
            f"“{name}” is in the settings, so processes that run have it loaded. First take it out of `plugins` there and"
            " restart `cunli serve` and `cunli worker`; keep the package installed until it is removed"
        )
    installed = {one.id: one for one in discover().described}
    if name not in installed:
        fail(
            f"“{name}” is not installed{near(name, installed)}. Its own migrations undo its tables: install it, remove it"
            " here, then uninstall it"
        )
    registry = Registry.load([*settings.plugins, name], taken=core_words())
    if name not in registry.running:
        why = next((p for p in registry.problems if p.plugin == name), None)
        fail(f"“{name}” cannot be loaded: {why}. {why.hint if why else ''}", 1)
    if above := [one for one, plugin in registry.plugins.items() if name in plugin.manifest.requires]:
        fail(f"{', '.join(above)} requires “{name}”: take that out of `plugins` in the settings, or remove it, first")
    return Site(settings, registry)


async def _refuse_its_pending(site: Site, name: str) -> None:
    waiting = await migrations.pending(site.settings.database_url, site.apps())
    own = [one for one in waiting if one.startswith(f"{name}.")]
    every = await _migrations_of(site, name)
    if own and len(own) < every:
        fail(
            f"{len(own)} migrations of “{name}” are waiting, so its tables are not as its models say: put it into"
            f" `plugins`, run cunli migrate, take it out again. Or install the version that was here before",
            3,
        )


async def _migrations_of(site: Site, name: str) -> int:
    from cunli.db.config import tortoise_config
    from cunli.db.schema import plan

    loader = await plan.loaded(tortoise_config(site.settings.database_url, site.apps())["apps"])
    return sum(key.app_label == name for key in loader.disk_migrations)


async def _refuse_switched_on(name: str) -> None:
    rows = await db.read(
        "SELECT s.mode, r.code, r.name, v.slug, v.state FROM core_plugin_switch s JOIN core_region r ON r.id = s.region_id"
        " LEFT JOIN core_village v ON v.region_id = r.id WHERE s.plugin = ? ORDER BY r.code",
        name,
    )
    ways = [f"cunli plugin disable {name} --village {r['slug']}" for r in rows if r["mode"] == Mode.ON]
    ways += [f"cunli plugin rule {name} allow --region {r['code']}" for r in rows if r["mode"] == Mode.REQUIRE]
    if ways:
        more = f"\n  … and {len(ways) - 5} more" if len(ways) > 5 else ""
        fail(
            f"“{name}” is still switched on or required. First:\n  "
            + "\n  ".join(ways[:5])
            + f"{more}\nor say --force. Nothing was changed"
        )


def _tell_survey(survey: removal.Survey) -> None:
    for table, rows in sorted(survey.tables.items()):
        click.echo(f"  {table}: {rows:,} rows")
    for table, rows in sorted(survey.core.items()):
        click.echo(f"  {table}: {rows:,} rows about it")


async def _tell_nothing_left(name: str) -> None:
    rows = await db.read("SELECT at, version, export FROM core_plugin_removal WHERE plugin = ? ORDER BY id DESC", name)
    click.echo(f"nothing of {name} is in the database")
    if rows:
        where = f"; its rows are in {rows[0]['export']}" if rows[0]["export"] else ""
        click.echo(f"version {rows[0]['version']} was removed on {db.when(rows[0]['at']):%Y-%m-%d}{where}")


def _tell_step(event: str, migration: str) -> None:
    if event == "undo":
        click.echo(f"  undo {migration}")


def _tell_removed(name: str, site: Site, done: removal.Removed) -> None:
    if done.manifest is not None:
        entries = f" and {done.manifest.entries:,} entries of the feed" if done.manifest.entries else ""
        click.echo(
            f"{done.manifest.rows:,} rows{entries} are in {done.folder}: keep it private, it holds what people wrote"
        )
    click.echo(f"{name} is removed. Now: pip uninstall {site.registry.installed[name].distribution}")


@click.command("import")
@PLUGIN
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def import_(name: str, folder: Path) -> None:
    """Bring the rows back that `cunli plugin remove PLUGIN` wrote to DIR.

    The plugin must be installed in the same version, in the settings, and migrated; its tables must be empty. The files
    are compared with the manifest first. All rows or none. It is off in every village afterwards.
    """
    run(_import(name, folder))


async def _import(name: str, folder: Path) -> None:
    async with database() as site:
        if name not in site.registry.running:
            known = site.registry.running
            fail(f"no plugin called “{name}” runs here{near(name, known)}; see `cunli plugin list`")
        logging.getLogger("cunli.db").setLevel(
            logging.ERROR
        )  # it warns of long units, and this one is meant to be long
        with _refusals(), bar("import") as progress:
            manifest = await removal.bring_back(
                name,
                folder,
                progress=lambda _, rows: progress.update(rows),
                storage_url=site.settings.storage_url,
            )
    click.echo(f"{manifest.rows:,} rows of {name} are back. Switch it on with `cunli plugin enable {name} --village …`")


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except removal.CannotDo as exc:
        fail(f"{exc}. Nothing was changed")
    except db.MigrationRefused as exc:
        fail(f"{'; '.join(exc.problems)}. Nothing was changed")
    except (OSError, db.Busy, db.Full) as exc:
        fail(f"{exc}: nothing was changed. Mend that, or wait for a quiet hour, and run it again", 3)
