"""What plugins show of themselves in the demo: a command of theirs called `demo`, run once in each village, with the plugin on there."""

from __future__ import annotations

import importlib.metadata
import inspect
from typing import Final

import click

from cunli import db, enabling, lifecycle
from cunli.feed.past import demo_is_told
from cunli.places.queries import village_by_id
from cunli.registry import GROUP, Registry

COMMAND: Final = "demo"
LONG: Final = 600.0
UNREAD: Final = 2  # messages of plugins


def that_show_themselves() -> list[str]:
    """Those of the installed plugins that bring such a command."""
    installed = sorted({entry.name for entry in importlib.metadata.entry_points(group=GROUP)})
    registry = Registry.load(tuple(installed))
    return [name for name in installed if _of(registry, name) is not None]


def _of(registry: Registry, plugin: str) -> click.Command | None:
    return next((one for one in registry.commands().get(plugin, ()) if one.name == COMMAND), None)


async def fill(registry: Registry) -> None:
    """Switch them on in every village of the demo and let them fill it. What one raises ends the loading: it is a fault of it."""
    for plugin in sorted(registry.running):
        command = _of(registry, plugin)
        if command is None:
            continue
        for opened in await enabling.opened_villages():
            village = await village_by_id(opened.id)
            if village is None:
                continue
            await lifecycle.switch_on(registry, plugin, village, by="command")
            with db.scope(village.id), demo_is_told():
                await _run(registry, plugin, command)
    await db.run_unit(_most_is_read)


async def _most_is_read() -> None:
    """Everybody has read what months of plugins told them, but for the last few: nobody comes back to sixty messages."""
    await db.write(
        "UPDATE core_notification SET read_at = created_at WHERE plugin <> '' AND read_at IS NULL AND id NOT IN (SELECT id FROM"
        " (SELECT id, ROW_NUMBER() OVER (PARTITION BY person_id ORDER BY id DESC) AS newest FROM core_notification"
        " WHERE plugin <> '' AND read_at IS NULL) AS told WHERE newest <= ?)",
        UNREAD,
    )
    await db.write(
        "UPDATE core_person SET unread_count = (SELECT COUNT(*) FROM core_notification n WHERE n.person_id = core_person.id"
        " AND n.read_at IS NULL)"
    )


async def _run(registry: Registry, plugin: str, command: click.Command) -> None:
    async def work() -> None:
        with command.make_context(COMMAND, []) as context:
            given = command.invoke(context)
            if inspect.isawaitable(given):
                await given

    outcome = await registry.dispatch.perform(plugin, f"{plugin}.command.{COMMAND}", work, deadline=LONG)
    if outcome.error is not None:
        raise outcome.error
