"""`cunli plugin run`: the commands that plugins bring, run as the core's own are."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Awaitable
from typing import Any, Final

import click

from cunli.cli import run as run_loop
from cunli.cli.context import database, fail, load_settings
from cunli.cli.plugin_state import near
from cunli.registry import Registry
from cunli.settings import Settings
from cunli.web.site import load_plugins

LONG: Final = 7 * 24 * 3600.0  # an operator ends it sooner


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.argument("name", metavar="PLUGIN")
@click.option("--village", metavar="ADDRESS", default="", help="The village whose rows the command sees.")
@click.argument("words", metavar="[COMMAND]...", nargs=-1, type=click.UNPROCESSED)
def run(name: str, village: str, words: tuple[str, ...]) -> None:
    """Run a command that a plugin of the settings brings; without one, list them.

    `cunli plugin run PLUGIN COMMAND --help` says what it takes. Options of the plugin's command stand after its name.
    """
    settings = load_settings()
    registry = load_plugins(settings)
    if name not in registry.running:
        known = [p.text for p in registry.problems if p.plugin == name]
        why = known[0] if known else f"no plugin of the settings is called “{name}”{near(name, registry.running)}"
        fail("safe mode runs no plugin" if settings.safe else why)
    commands = {str(one.name): one for one in registry.commands()[name]}
    if not words:
        _list(name, commands)
    elif words[0] not in commands:
        fail(f"{name} has no command “{words[0]}”{near(words[0], commands)}; it has: {', '.join(commands) or 'none'}")
    else:
        _run(registry, settings, name, commands[words[0]], list(words[1:]), village)


def _list(name: str, commands: dict[str, click.Command]) -> None:
    if not commands:
        click.echo(f"{name} brings no commands")
    for command in commands.values():
        click.echo(f"cunli plugin run {name} {command.name}\n    {command.get_short_help_str(100)}")


def _run(
    registry: Registry, settings: Settings, name: str, command: click.Command, words: list[str], village: str
) -> None:
    """A callback with `async def` gives an awaitable: that is what needs the database, and a loop."""
    with command.make_context(f"cunli plugin run {name} {command.name}", words) as context:
        given = command.invoke(context)
        if inspect.isawaitable(given):
            run_loop(_inside(settings, registry, name, str(command.name), given, village))


async def _inside(
    settings: Settings, registry: Registry, name: str, command: str, given: Awaitable[Any], village: str
) -> None:
    from cunli import db
    from cunli.media import running as photos
    from cunli.places.queries import VillageNow, find_by_address

    refused: list[click.ClickException] = []

    async def work() -> None:
        try:
            await given
        except click.ClickException as exc:  # said to the operator, and no fault of the plugin
            refused.append(exc)
        except db.NoScope:
            if village:
                raise
            refused.append(
                click.ClickException(f"“{command}” looks at the rows of a village: say --village ADDRESS before {name}")
            )

    async with database(settings, registry) as site:
        found = await find_by_address(village) if village else None
        if village and not isinstance(found, VillageNow):
            fail(f"no village has the address “{village}”: see `cunli village list`")
        await photos.start(settings)
        try:
            with db.scope(found.id) if isinstance(found, VillageNow) else contextlib.nullcontext():
                outcome = await site.registry.dispatch.perform(name, f"{name}.command.{command}", work, deadline=LONG)
        finally:
            await photos.stop()
    if refused:
        refused[0].show()
        raise SystemExit(refused[0].exit_code)
    if outcome.error is not None:
        fail(f"{name}: {command} failed with {type(outcome.error).__name__}", 1)
