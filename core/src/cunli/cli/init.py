"""`cunli init`: a settings file with fresh secrets."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

import click

TEMPLATE = """# Settings of this deployment. Every key is described in docs/reference/settings.md;
# the environment (CUNLI_<KEY>) wins over this file. Keep this file readable by the service's user only,
# and keep a copy of data_key apart from the database's backups: without it personal data cannot be read.
base_url = "{base_url}"
database_url = "{database_url}"
secret = "{secret}"
data_key = "{data_key}"
dev = {dev}
"""


def fresh_file(path: Path, *, base_url: str, database_url: str, dev: bool) -> None:
    """Write `path` with new secrets, for its owner's eyes only. Raises `FileExistsError`."""
    text = TEMPLATE.format(
        base_url=base_url,
        database_url=database_url,
        secret=secrets.token_urlsafe(36),
        data_key=base64.b64encode(secrets.token_bytes(32)).decode(),
        dev=str(dev).lower(),
    )
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)


@click.command()
@click.option(
    "--config", type=click.Path(path_type=Path), default=Path("cunli.toml"), show_default=True, help="Where to write."
)
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True, help="The address people will use.")
@click.option("--database-url", default="sqlite:///var/cunli.db", show_default=True, help="SQLite file or PostgreSQL.")
@click.option("--dev", is_flag=True, help="A development deployment: codes go to the console.")
def init(config: Path, base_url: str, database_url: str, dev: bool) -> None:
    """Write a settings file with fresh secrets. Never overwrites one."""
    try:
        fresh_file(config, base_url=base_url, database_url=database_url, dev=dev)
    except FileExistsError:
        click.echo(f"cunli: {config} exists already; nothing was changed. Move it away first, or edit it.", err=True)
        raise SystemExit(2) from None
    Path("var").mkdir(exist_ok=True)
    click.echo(f"Wrote {config}. Next: cunli migrate, then cunli regions import FILE.csv")
