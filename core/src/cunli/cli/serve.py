"""`cunli serve`: the web server."""

from __future__ import annotations

import gc
import logging
import os
import resource
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cunli.cli import run
from cunli.cli.context import fail, load_settings, refuse_pending, refuse_unfit
from cunli.logs import set_up_logs
from cunli.settings import Settings, SettingsError

if TYPE_CHECKING:
    from cunli.web.app import App
    from cunli.web.live_reload import LiveReload

MOST_FILES = 16_384


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", type=click.IntRange(1, 64), help="Web processes; more than one needs PostgreSQL.")
@click.option("--reload", "reloads", is_flag=True, help="Development: show changes to code and templates by itself.")
@click.option("--safe", is_flag=True, help="Safe mode: no plugin runs. Switches and tables stay as they are.")
def serve(host: str, port: int, workers: int | None, reloads: bool, safe: bool) -> None:
    """Serve the site. Refuses to start with pending migrations, missing secrets, or a forgotten audience.

    With --reload (only where dev = true) it starts again when Python of the core, of plugins or of themes or the
    settings change, shows changed templates, static files and translations at once, and browsers reload by themselves.
    """
    settings = load_settings()
    if safe:
        settings = settings.model_copy(update={"safe": True})
    if workers is not None:
        settings = settings.model_copy(update={"workers": workers})
    if reloads:
        _refuse_reload(settings)
    serve_site(settings, host, port, reloads=reloads)


def _refuse_reload(settings: Settings) -> None:
    if not settings.dev:
        fail("--reload is for development: set dev = true, and never where real people are")
    if settings.workers > 1:
        fail("--reload works with one process: leave out --workers, or set it to 1")
    if find_spec("watchfiles") is None:
        fail('--reload needs watchfiles: pip install "cunli[dev]"')


def serve_site(settings: Settings, host: str, port: int, *, reloads: bool = False) -> None:
    """Run the server in this process until it is told to stop."""
    import uvicorn

    from cunli.web import server
    from cunli.web.app import create_app

    refuse_unfit(settings)
    set_up_logs(settings.log_level, human=settings.dev, folder=settings.log_folder, days=settings.log_days)
    tell_safe(settings)
    app = create_app(settings)
    run(refuse_pending(app.site))
    if reloads:
        _serve_again_and_again(settings, host, port)
        return
    settle_down()
    if settings.workers == 1:
        uvicorn.Server(server.config(app, host=host, port=port)).run()
        return
    _serve_many(settings, host, port)


def _serve_many(settings: Settings, host: str, port: int) -> None:
    """Several processes on one socket; each builds its own application from the same settings."""
    from cunli.cli.supervising import Supervisor
    from cunli.web import observed, server

    os.environ["CUNLI_WORKERS"] = str(settings.workers)
    os.environ["CUNLI_SAFE"] = str(settings.safe)
    config = server.config("cunli.cli.serve:worker_app", host=host, port=port, workers=settings.workers, factory=True)
    folder = observed.share()
    try:
        Supervisor(config, sockets=[config.bind_socket()]).run()
    finally:
        observed.unshare(folder)


def _serve_again_and_again(settings: Settings, host: str, port: int) -> None:
    """One process that is started anew when Python or the settings change."""
    import uvicorn
    from uvicorn.supervisors import ChangeReload

    from cunli.web import server
    from cunli.web.live_reload import folders

    os.environ["CUNLI_SAFE"] = str(settings.safe)
    file = Path(os.environ.get("CUNLI_CONFIG", "cunli.toml")).absolute()
    watched = [*folders(settings), *([file.parent] if file.exists() else [])]
    config = server.config(
        "cunli.cli.serve:reload_app",
        host=host,
        port=port,
        factory=True,
        reload=True,
        reload_dirs=[str(folder) for folder in watched],
        reload_includes=["*.py", file.name],
    )
    ChangeReload(config, target=uvicorn.Server(config).run, sockets=[config.bind_socket()]).run()


def reload_app() -> LiveReload:
    """The application of a process that is watched; what needs no start is watched by itself."""
    from cunli.web.live_reload import LiveReload, folders

    app = worker_app()
    if not app.site.settings.dev:
        raise SettingsError(["--reload is for development, and dev = true is gone from the settings"])
    return LiveReload(app, folders(app.site.settings))


def worker_app() -> App:
    """The application of one worker process."""
    from cunli.web.app import create_app

    settings = load_settings()
    set_up_logs(settings.log_level, human=settings.dev, folder=settings.log_folder, days=settings.log_days)
    app = create_app(settings)
    settle_down()
    return app


def tell_safe(settings: Settings) -> None:
    """Say loudly that no plugin runs: whoever forgets it will wonder where pages have gone."""
    if settings.safe:
        held = ", ".join(settings.plugins) or "none are in the settings"
        logging.getLogger("cunli.plugins").warning(
            "SAFE MODE: no plugin runs (%s). Their pages are 404; switches and tables stay as they are."
            " Start without --safe and without CUNLI_SAFE to have them back.",
            held,
        )


def open_many() -> None:
    """Allow as many open files as this user may have: each open page that waits for what is new is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def settle_down() -> None:
    """Tell the garbage collector that what stands now stays, and to look less often: a page makes thousands of objects."""
    open_many()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
