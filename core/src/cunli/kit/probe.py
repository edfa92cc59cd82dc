"""Loads one plugin in a process of its own, notes what its modules reach for while they are imported, and tells in JSON what it brings."""

from __future__ import annotations

import asyncio
import importlib
import json
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tortoise.fields.relational import ForeignKeyFieldInstance
from tortoise.models import Model

from cunli import rooms
from cunli.db import MigrationRefused, migrations
from cunli.hooks import RULES
from cunli.registry import Installed, Registry, discover
from cunli.web.site import core_pages

REACHES: Final = ("socket.", "sqlite3.connect", "subprocess.Popen", "os.system", "os.exec", "os.fork")


class Watch:
    """Notes sockets, files, databases, processes and threads that the modules of one package ask for."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.on = False
        self.seen: list[str] = []

    def __call__(self, event: str, args: tuple[Any, ...]) -> None:
        reaches = event.startswith(REACHES) or (
            event == "open" and not str(args[0]).endswith(".py")
        )  # models read theirs
        if self.on and reaches and (module := self._asked_by()):
            what = f" {args[0]!r}" if args and isinstance(args[0], str) else ""
            self.seen.append(f"{module} asks for {event}{what}")

    def _asked_by(self) -> str:
        """The package's module that asks, itself or through a library; not one whose import only happens to go on above."""
        frame: FrameType | None = sys._getframe(2)
        while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
            name = str(frame.f_globals.get("__name__", ""))
            if name.partition(".")[0] == self.package:
                return name
            frame = frame.f_back
        return ""


def probe(name: str) -> dict[str, Any]:
    """Everything about the plugin of this id that can be known without a database."""
    installed = discover().installed
    reached = _watched(installed[name]) if name in installed else []
    registry = loaded(name)
    found: dict[str, Any] = {
        "problems": [[p.id, p.text, p.hint] for p in registry.problems if p.plugin == name],
        "reached": reached,
        "packages": {one.entry.module.partition(".")[0]: one.id for one in installed.values()},
    }
    if (plugin := registry.plugins.get(name)) is not None:
        manifest = plugin.manifest
        found |= {"requires": [*manifest.requires], "after": [*manifest.after]}
        found |= {"models": manifest.models, "migrations": manifest.migrations}
        found |= {"hooks": _hooks(registry, name)}
        found |= {"tables": _tables(manifest.models), "drift": _drift(name, registry)}
    return found


def _hooks(registry: Registry, name: str) -> list[str]:
    """What it implements of what is asked while the site runs; the others are asked when it is loaded."""
    return [hook for hook in RULES if registry.plan(hook, frozenset({name}))]


def _watched(one: Installed) -> list[str]:
    watch = Watch(one.entry.module.partition(".")[0])
    sys.addaudithook(watch)
    watch.on, running = True, set(threading.enumerate())
    try:
        importlib.import_module(one.entry.module)
    except Exception:  # noqa: BLE001 whatever a stranger's module raises: the registry reports it with its id
        return watch.seen
    finally:
        watch.on = False
    started = [thread.name for thread in threading.enumerate() if thread not in running]
    return [*watch.seen, *(f"the thread {name} was started" for name in started)]


def loaded(name: str) -> Registry:
    """The plugin with everything it requires that is installed too."""
    installed, wanted = discover().installed, [name]
    taken = {page.path.split("/")[1] for page in core_pages() if page.path.count("/")}
    while True:
        registry = Registry.load(wanted, taken=taken)
        missing = [p for p in registry.problems if p.id == "plugins.E009"]
        more = [one for one in installed if one not in wanted and any(f"“{one}”" in p.text for p in missing)]
        if not more:
            return registry
        wanted += more


def _tables(module: str | None) -> list[dict[str, Any]]:
    found = []
    for value in vars(importlib.import_module(module)).values() if module else ():
        if isinstance(value, type) and issubclass(value, Model) and value.__module__ == module:
            fields = value._meta.fields_map.items()
            keys = [
                {"name": name, "to": field.model_name, "related_name": field.related_name is not False}
                for name, field in fields
                if isinstance(field, ForeignKeyFieldInstance)
            ]
            found.append({"model": value.__name__, "table": value._meta.db_table, "keys": keys})
    return found


def _drift(name: str, registry: Registry) -> list[str]:
    apps = {"core": rooms.APP, **registry.apps()}
    if name not in apps or not apps[name].migrations:
        return []

    async def look() -> list[str]:
        differing = (await migrations.drift(apps)).get(name, [])
        return [*(f"not in the migrations: {one}" for one in differing), *await migrations.review(apps, name)]

    try:
        return asyncio.run(look())
    except MigrationRefused as exc:
        return [str(exc)]


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(probe(sys.argv[1]), default=str), "utf-8")
