"""`cunli backup` and `cunli restore`: everything of one moment into one file, and back onto an empty machine."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from cunli.backups import archive, container, sealing
from cunli.backups.errors import CannotRestore, Locked
from cunli.backups.making import Made, make, new_name, prune
from cunli.backups.manifest import Manifest
from cunli.backups.restoring import Restored
from cunli.backups.restoring import restore as bring_back
from cunli.backups.sealing import Lock, Opener
from cunli.cli import erasures, run
from cunli.cli.context import fail, load_settings
from cunli.own_data import replaying
from cunli.settings import Settings
from cunli.web.site import Site

PASSPHRASE = click.option(
    "--passphrase-file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Its first line seals it."
)


@click.group(invoke_without_command=True)
@click.option(
    "--to", type=click.Path(path_type=Path), help="File or folder; without it `backup_folder` of the settings."
)
@click.option("--keep", type=click.IntRange(1), help="Delete all but so many of the newest in the folder, when done.")
@click.option(
    "--public-key", help="Seal it for this key, whose private half is elsewhere (`backup_key` in the settings)."
)
@PASSPHRASE
@click.pass_context
def backup(
    ctx: click.Context, to: Path | None, keep: int | None, public_key: str | None, passphrase_file: Path | None
) -> None:
    """Back up database and files of one moment into one file, while the site runs.

    The settings are not in it: keep cunli.toml, with the data_key, apart from the backups. Exits 3 when none was made.
    """
    if ctx.invoked_subcommand is not None:
        return
    settings = load_settings()
    lock = Lock(
        passphrase=_first_line(passphrase_file), public=public_key or ("" if passphrase_file else settings.backup_key)
    )
    target = _target(settings, to)
    if keep is not None and target.name[:6] != "cunli-":
        fail("--keep goes with a folder: name one with --to, or none")
    with _bar("backing up") as heard:
        made = run(make(Site(settings), target, lock, heard))
    gone = prune(target.parent, keep) if keep is not None else []
    _tell(made, lock, gone)


def _target(settings: Settings, to: Path | None) -> Path:
    folder = to if to is not None else Path(settings.backup_folder)
    if to is not None and not to.is_dir() and not str(to).endswith("/"):
        return to
    if not folder.exists():
        folder.mkdir(parents=True, mode=0o700)
    return folder / new_name()


def _tell(made: Made, lock: Lock, gone: list[Path]) -> None:
    click.echo(f"{made.path}  {_size(made.bytes)}  in {made.seconds:.1f} s")
    _about(made.manifest)
    click.echo(f"SHA-256  {made.sha256}")
    sealed = {"none": "NOT sealed: whoever has the file reads what people wrote", "key": "sealed for the public key"}
    click.echo(sealed.get(lock.kind, "sealed with the passphrase"))
    for path in gone:
        click.echo(f"deleted  {path}")


def _about(told: Manifest) -> None:
    database = told.database
    click.echo(f"database {database.rows} rows in {len(database.tables)} tables ({database.server})")
    click.echo(f"files    {told.files.count}, {_size(told.files.bytes)}")
    click.echo(f"moment   {told.made_at}, Cunli {told.cunli}, {told.base_url}")


@backup.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with the private key.")
@PASSPHRASE
def verify(file: Path, key: Path | None, passphrase_file: Path | None) -> None:
    """Look at every byte of a backup; exits 3 when one was changed.

    A sealed one is compared with its own SHA-256 without any key; with the key its parts are looked at too.
    """
    opener = _opener(key, passphrase_file)
    with _bar("reading", file.stat().st_size) as heard:
        with container.Reading(file) as reading:
            hidden = reading.sealed and opener.empty
        if hidden:
            digest = container.whole(file, heard)
            click.echo(
                f"{file} is as it was written (SHA-256 {digest}); its parts are sealed: give the key to look at them"
            )
            return
        told = archive.verify(file, opener, heard)
    click.echo(f"{file} is whole")
    _about(told)


@backup.command("key")
@click.argument("file", type=click.Path(path_type=Path))
def new_key(file: Path) -> None:
    """Make a pair of keys: the private one into FILE, which never goes to the server, the public one printed."""
    private, public = sealing.new_pair()
    try:
        sealing.write_private(file, private)
    except FileExistsError:
        fail(f"{file} is there already: backups may have been sealed for it")
    except OSError as exc:
        fail(f"{file} cannot be written: {exc.strerror}")
    click.echo(f'backup_key = "{public}"')
    click.echo(
        f"Put this line into cunli.toml of the server. Keep {file} elsewhere, twice: without it no backup opens.",
        err=True,
    )


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="File with the private key.")
@PASSPHRASE
@click.option("--other-keys", is_flag=True, help="Restore although the data_key is another: sealed fields stay closed.")
@click.option("--no-tombstones", is_flag=True, help="No account was ever closed here: there is no file of tombstones.")
def restore(file: Path, key: Path | None, passphrase_file: Path | None, other_keys: bool, no_tombstones: bool) -> None:
    """Bring a backup back into the empty database and storage of the settings: everything or nothing.

    The file is looked through first; a changed byte is found before anything is touched. Accounts that were closed since the backup
    are closed again, by the file `tombstones` of the settings: put it there first.
    """
    settings = load_settings()
    opener = _opener(key, passphrase_file)
    stones = Path(settings.tombstones)
    _refuse_unknown(stones, no_tombstones)
    site, closed = Site(settings), []

    async def close(_: Manifest) -> None:
        closed.extend(erasures.told(await erasures.close_again(site, stones)))

    with _bar("restoring") as heard:
        done = run(bring_back(site, file, opener, other_keys=other_keys, heard=heard, afterwards=close))
    _tell_restored(done, closed)


def _refuse_unknown(stones: Path, none: bool) -> None:
    """Before anything is touched: it must be known which accounts were closed since the backup."""
    if not stones.exists() and not none:
        raise CannotRestore(
            f"there is no file {stones} (tombstones): accounts that were closed since the backup would be open again."
            " Put it there, or add --no-tombstones if no account was ever closed"
        )
    replaying.stones(stones)


def _tell_restored(done: Restored, closed: Sequence[str]) -> None:
    _about(done.manifest)
    if done.migrated:
        click.echo(f"{done.migrated} migrations applied: the backup was of an earlier version")
    if done.trail.broken is None:
        click.echo(
            f"audit    whole, {done.trail.entries} entries; hold it against your anchors with cunli audit verify"
        )
    else:
        broken = done.trail.broken
        click.secho(
            f"audit    BROKEN at entry {broken.number} ({broken.what}): it was so when the backup was made", fg="red"
        )
    for line in closed:
        click.echo(f"closed   {line}")
    hours = done.lost.total_seconds() / 3600
    click.echo(f"RPO      {hours:.1f} h: what was written after {done.manifest.made_at} is not in this backup")
    click.echo(f"RTO      {done.seconds:.1f} s for this command")
    click.echo("Now: cunli doctor, then start the site")


def _opener(key: Path | None, passphrase_file: Path | None) -> Opener:
    return Opener(passphrase=_first_line(passphrase_file), private=key.read_text("utf-8") if key is not None else "")


def _first_line(path: Path | None) -> str:
    if path is None:
        return ""
    lines = path.read_text("utf-8").splitlines()
    if not lines or not lines[0].strip():
        raise Locked(f"{path} is empty: its first line is the passphrase")
    return lines[0].strip()


@contextlib.contextmanager
def _bar(words: str, total: int | None = None) -> Iterator[Callable[[int], object]]:
    from tqdm import tqdm

    shown: Any = tqdm(desc=words, total=total, unit="B", unit_scale=True, leave=False, disable=None, file=sys.stderr)
    with shown:
        yield shown.update


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
