"""`cunli worker`: jobs in a process of their own, and the dead letters among them."""

from __future__ import annotations

import asyncio
import json
import signal
from dataclasses import asdict
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import click

from cunli import valkey
from cunli.cli import run
from cunli.cli.context import database, fail, load_settings, refuse_unfit
from cunli.jobs import queue
from cunli.logs import set_up_logs
from cunli.settings import Settings


@click.command()
@click.option(
    "--at-once", default=4, show_default=True, type=click.IntRange(1, 64), help="Jobs running at the same time."
)
@click.option("--grace", default=20.0, show_default=True, help="Seconds that running jobs have after SIGTERM.")
@click.option("--dead", is_flag=True, help="List the jobs that failed for good, and stop.")
@click.option("--retry", type=int, metavar="ID", help="Let one dead job try again, and stop.")
@click.option("--json", "as_json", is_flag=True, help="Print the dead jobs as JSON.")
def worker(at_once: int, grace: float, dead: bool, retry: int | None, as_json: bool) -> None:
    """Run jobs apart from the web process. Any number of workers may run; set `jobs = "worker"` for the web process.

    Refuses to start with missing secrets, like the web process.
    """
    settings = load_settings()
    if retry is not None:
        run(_retry(settings, retry))
    elif dead:
        run(_list_dead(settings, as_json=as_json))
    else:
        refuse_unfit(settings)
        set_up_logs(settings.log_level, human=settings.dev, folder=settings.log_folder, days=settings.log_days)
        run(_work(settings, at_once, grace))


async def _work(settings: Settings, at_once: int, grace: float) -> None:
    from cunli.jobs.running import worker_for
    from cunli.jobs.worker import Pace
    from cunli.media import running as photos

    async with database(settings) as site:
        await valkey.start(settings)
        await photos.start(settings)
        one = worker_for(site, Pace(at_once=at_once))
        stop = asyncio.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        working = asyncio.create_task(one.run())
        click.echo(f"cunli: working, {at_once} jobs at once; stop with Ctrl+C", err=True)
        await stop.wait()
        left = await one.stop(grace)
        await working
        await site.registry.dispatch.drained(0)
        await photos.stop()
        await valkey.stop()
        if left:
            click.echo(f"cunli: {left} jobs were still running; they run again when their lease ends", err=True)


async def _list_dead(settings: Settings, *, as_json: bool) -> None:
    async with database(settings):
        letters = await queue.dead_letters()
    if as_json:
        click.echo(json.dumps([asdict(letter) for letter in letters], ensure_ascii=False, indent=1))
        return
    zone = ZoneInfo(settings.time_zone)
    for letter in letters:
        when = datetime.fromtimestamp(letter.finished_at / 1000, UTC).astimezone(zone)
        where = f" village {letter.village_id}" if letter.village_id else ""
        click.echo(f"{letter.id}  {when:%Y-%m-%d %H:%M}  {letter.task}{where}  after {letter.attempts} attempts")
        click.echo(f"    {letter.error}")
    if letters:
        click.echo("Try one again with: cunli worker --retry ID")
    else:
        click.echo("no dead jobs")


async def _retry(settings: Settings, job_id: int) -> None:
    async with database(settings):
        revived = await queue.revive(job_id)
    if not revived:
        fail(f"there is no dead job {job_id}: see `cunli worker --dead`")
    click.echo(f"job {job_id} will be tried again")
