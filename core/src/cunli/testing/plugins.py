"""Plugins installed for real in a test: a distribution with metadata and an entry point on the import path.

A conftest takes over the fixtures it wants by importing them, and says where the sample plugin's source is.
"""

from __future__ import annotations

import importlib
import sys
import textwrap
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from cunli import enabling, hooks, rooms
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.databases import postgres_answers
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import PATIENCE

Install = Callable[..., Path]


GOOD: Final = """
from cunli import Manifest, Plugin

class Good(Plugin):
    manifest = Manifest(label="好", summary="")

plugin = Good()
"""


def plugin_source(body: str = "", manifest: str = "", head: str = "") -> str:
    """The source of a plugin whose class has this body, with the usual names at hand."""
    lines = [
        "from cunli import Capability, Manifest, MenuItem, Page, Plugin, Task, hookimpl, EVERYONE",
        head,
        "class Written(Plugin):",
        f"    manifest = Manifest(label='试', summary='', {manifest})",
        *(f"    {line}" for line in body.splitlines()),
        "plugin = Written()",
    ]
    return "\n".join(lines) + "\n"


@contextmanager
def on_path(folder: Path) -> Iterator[None]:
    """What lies in the folder can be imported; afterwards it is forgotten."""
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        for name in [n for n, m in sys.modules.items() if _comes_from(m, str(folder))]:
            del sys.modules[name]


def _comes_from(module: object, folder: str) -> bool:
    return str(getattr(module, "__file__", None) or "").startswith(folder)


def write_plugin(
    site: Path,
    name: str,
    source: str,
    *,
    distribution: str = "",
    requires: tuple[str, ...] = (),
    files: dict[str, str] | None = None,
    entry: str = "plugin",
) -> Path:
    """A small plugin as an installer would leave it; the value is its package's folder."""
    package = site / f"cunli_{name}"
    package.mkdir(exist_ok=True, parents=True)
    (package / "__init__.py").write_text(textwrap.dedent(source))
    for path, text in (files or {}).items():
        (package / path).parent.mkdir(parents=True, exist_ok=True)
        (package / path).write_text(textwrap.dedent(text))
    distribution = distribution or f"cunli-{name.replace('_', '-')}"
    about = site / f"{distribution.replace('-', '_')}-1.0.dist-info"
    about.mkdir()
    lines = [
        f"Name: {distribution}",
        "Version: 1.0",
        f"Summary: About {name}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    (about / "METADATA").write_text("Metadata-Version: 2.1\n" + "\n".join(lines) + "\n")
    (about / "entry_points.txt").write_text(f"[cunli.plugins]\n{name} = cunli_{name}:{entry}\n")
    importlib.invalidate_caches()
    return package


@pytest.fixture(scope="session")
def sample_wheel(sample_source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample plugin as a built wheel."""
    from hatchling.builders.wheel import WheelBuilder

    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(sample_source)).build(directory=str(folder), versions=["standard"])
    return Path(built)


@pytest.fixture
def sample(sample_wheel: Path, tmp_path: Path) -> Iterator[Path]:
    """The sample plugin, installed from its wheel; the value is the folder it was installed into."""
    site = tmp_path / "site"
    with zipfile.ZipFile(sample_wheel) as wheel:
        wheel.extractall(site)
    with on_path(site):
        yield site


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Writes and installs small plugins: `install("name", source, requires=("cunli>=9",), files={...})`."""
    site = tmp_path / "plugins"
    site.mkdir()

    def write(name: str, source: str, **about: object) -> Path:
        return write_plugin(site, name, source, **about)  # type: ignore[arg-type]

    with on_path(site):
        yield write


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def databases_with_sample(
    sample_wheel: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[EmptyDatabases]:
    """Empty databases with the tables of the core and of the sample."""
    folder = tmp_path_factory.mktemp("sample")
    with zipfile.ZipFile(sample_wheel) as wheel:
        wheel.extractall(folder)
    with on_path(folder):
        apps = {"core": rooms.APP, **Registry.load(["sample"], strict=True).apps()}
        databases = EmptyDatabases(folder, apps)
        for kind in ("sqlite", "postgres"):
            if kind == "sqlite" or await postgres_answers():
                await databases.fresh(kind, folder)
    yield databases
    await databases.close()


@pytest.fixture
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages wait for plugins for as long as a machine may stand still; a test about those that hang makes that shorter.

    What goes wrong is written down at once, not some seconds later.
    """
    monkeypatch.setattr("cunli.troubles.PACE", 0.02)
    monkeypatch.setattr("cunli.dispatch.STRICT_PATIENCE", 1)
    for hook in hooks.RULES:
        monkeypatch.setitem(hooks.RULES, hook, hooks.HookRule(deadline=PATIENCE))
    monkeypatch.setattr("cunli.web.slots.BUDGET", PATIENCE)


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def county(
    request: pytest.FixtureRequest,
    databases_with_sample: EmptyDatabases,
    sample: Path,
    install: Install,
    unhurried: None,
    tmp_path: Path,
) -> AsyncIterator[LiveSite]:
    """The running site with the sample, switched on in heping only. `@pytest.mark.parametrize("broken", …)` adds one
    more plugin of that source, on in heping too; its mistakes are passed over as in production.
    """
    source = getattr(request.node, "callspec", None) and request.node.callspec.params.get("broken")
    plugins = ("sample", "broken") if source else ("sample",)
    if source:
        install("broken", source)
    url = await databases_with_sample.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=plugins)) as live:
        live.app.site.registry.dispatch.health.strict = not source
        for plugin in plugins:
            await enabling.switch(plugin, live["heping"].region_id, Mode.ON, village_level=True)
        yield live
