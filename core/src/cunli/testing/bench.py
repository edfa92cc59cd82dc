"""The plugin whose tests run, found by where its tests stand: its databases, its running site, its wheel."""

from __future__ import annotations

import shutil
import tempfile
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from cunli import dispatch, enabling, hooks, rooms
from cunli.compliance.profiles import DEFAULT, KNOWN, profile
from cunli.db import Apps
from cunli.kit.subject import Subject, opened
from cunli.plugin_models import Mode
from cunli.provide import chosen
from cunli.registry import GROUP, Registry, discover
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE
from cunli.web import slots

ON = "heping"
OFF = "shangba"


class NoPlugin(Exception):
    """The tests do not belong to a plugin that is installed; says what to do."""


class Bench:
    """One plugin and what its tests share. Closed at the end of the run."""

    def __init__(self, name: str, source: Path) -> None:
        self.name = name
        self.source = source
        self.folder = Path(tempfile.mkdtemp(prefix="cunli-bench-"))
        self.plugins = tuple(_with_required(name))
        self.profile = _profile_of(source) or _allowing(name)
        self.called: set[str] = set()  # hooks of the plugin, on any of its sites
        self._databases: EmptyDatabases | None = None
        self._subject: Subject | None = None

    @property
    def apps(self) -> Apps:
        """The tables of the core, of the plugin and of what it requires."""
        return {"core": rooms.APP, **Registry.load(self.plugins, strict=True).apps()}

    @property
    def subject(self) -> Subject:
        """The plugin's wheel, built and unpacked once."""
        if self._subject is None:
            folder = self.folder / "wheel"
            folder.mkdir()
            self._subject = opened(self.source, folder)
        return self._subject

    async def fresh(self, kind: str, folder: Path) -> str:
        """The address of an empty, migrated database of this kind; skips where PostgreSQL does not answer."""
        if self._databases is None:
            self._databases = EmptyDatabases(self.folder, dict(self.apps))
        return await self._databases.fresh(kind, folder)

    @asynccontextmanager
    async def site(self, url: str, folder: Path, *, strict: bool = True) -> AsyncIterator[LiveSite]:
        """The running site with the plugin on in `heping`. `strict` raises its mistakes instead of passing over them."""
        with patience():
            async with live_site(settings_for(url, folder, plugins=self.plugins)) as live:
                live.app.site.registry.dispatch.health.strict = strict
                if self.profile:
                    await live.set_profile(self.profile)
                for plugin in self.plugins:
                    await enabling.switch(plugin, live[ON].region_id, Mode.ON, village_level=True)
                yield live
                tallies = live.app.site.registry.dispatch.health.tallies
                self.called |= {
                    hook for (plugin, hook), tally in tallies.items() if plugin == self.name and tally.calls
                }

    async def start_over(self) -> None:
        """Make the databases anew next time: these are not as they were."""
        if self._databases is not None:
            await self._databases.close()
            self._databases = None

    async def close(self) -> None:
        await self.start_over()
        shutil.rmtree(self.folder, ignore_errors=True)


class patience:  # noqa: N801 reads as a sentence
    """Inside, pages wait for plugins and providers as long as a machine may stand still: a test asks what they answer, not how soon."""

    def __enter__(self) -> None:
        self.rules, self.budget, self.strict = dict(hooks.RULES), slots.BUDGET, dispatch.STRICT_PATIENCE
        dispatch.STRICT_PATIENCE = 1  # type: ignore[misc]  # once is enough
        self.stretch = chosen.STRETCH
        self._set(dict.fromkeys(hooks.RULES, hooks.HookRule(deadline=PATIENCE)), PATIENCE, PATIENCE / chosen.PATIENCE)

    def __exit__(self, *exc: object) -> None:
        self._set(self.rules, self.budget, self.stretch)
        dispatch.STRICT_PATIENCE = self.strict  # type: ignore[misc]

    def _set(self, rules: dict[str, hooks.HookRule], budget: float, stretch: float) -> None:
        hooks.RULES.update(rules)  # type: ignore[attr-defined]
        slots.BUDGET = budget  # type: ignore[misc]
        chosen.STRETCH = stretch


def plugin_of(path: Path) -> tuple[str, Path]:
    """The id of the plugin whose source folder holds this file, and that folder."""
    for folder in path.resolve().parents:
        if (project := folder / "pyproject.toml").is_file():
            about = tomllib.loads(project.read_text("utf-8")).get("project", {})
            for name in about.get("entry-points", {}).get(GROUP, {}):
                return str(name), folder
    raise NoPlugin(f'{path} stands below no pyproject.toml with [project.entry-points."{GROUP}"]')


def _profile_of(source: Path) -> str:
    """The compliance profile under which a plugin's tests run: `[tool.cunli] profile = "…"` in its pyproject; "" is the default."""
    project = source / "pyproject.toml"
    about = tomllib.loads(project.read_text("utf-8")) if project.is_file() else {}
    return str(about.get("tool", {}).get("cunli", {}).get("profile", ""))


def _allowing(name: str) -> str:
    """A profile under which a plugin may be on that the default one refuses; "" where the default one allows it. A wheel on its
    own has no pyproject that names one."""
    loaded = Registry.load([name]).plugins
    needed = [use.kind for use in loaded[name].manifest.sensitive if use.needed] if name in loaded else []
    known = (one for one in ("", *sorted(KNOWN)) if all(profile(one or DEFAULT).allows(kind) for kind in needed))
    return next(known, "")


def _with_required(name: str) -> list[str]:
    """The plugin and all that it requires. Says what is wrong when it does not load."""
    if name not in discover().installed:
        raise NoPlugin(f"the plugin “{name}” is not installed here: run pip install -e . in its folder")
    wanted = [name]
    while True:
        registry = Registry.load(wanted)
        missing = [known for known in discover().installed if known not in wanted and _is_missed(registry, known)]
        if not missing:
            break
        wanted += missing
    if registry.problems:
        raise NoPlugin("\n".join(f"{p} {p.hint}" for p in registry.problems))
    return wanted


def _is_missed(registry: Registry, name: str) -> bool:
    return any(p.id == "plugins.E009" and f"“{name}”" in p.text for p in registry.problems)
