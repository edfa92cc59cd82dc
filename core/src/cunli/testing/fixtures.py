"""Fixtures for the core's tests and for authors of plugins. Imports stay inside, so that coverage sees them and others pay nothing."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from cunli.kit.subject import Subject
    from cunli.testing.bench import Bench
    from cunli.testing.evidence import Evidence
    from cunli.testing.live import LiveSite
    from cunli.testing.templates import EmptyDatabases
    from cunli.testing.visitor import Visitor


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def empty_databases(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[EmptyDatabases]:
    """Migrated, empty databases of both kinds; what cannot be had is said once, loudly."""
    from cunli.testing.templates import EmptyDatabases

    databases = EmptyDatabases(tmp_path_factory.mktemp("databases"))
    yield databases
    await databases.close()


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def site(
    request: pytest.FixtureRequest, empty_databases: EmptyDatabases, tmp_path: Path
) -> AsyncIterator[LiveSite]:
    """The running application with the sample county, once on each database."""
    from cunli.testing.live import live_site, settings_for

    url = await empty_databases.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path)) as live:
        yield live


# -- for authors of plugins: the plugin is the one whose folder the test stands in ---------------------------------------


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def plugin_benches() -> AsyncIterator[dict[str, Bench]]:
    """The plugins tested in this run, by id."""
    benches: dict[str, Bench] = {}
    yield benches
    _tell_what_was_called(benches)
    for bench in benches.values():
        await bench.close()


def _tell_what_was_called(benches: Mapping[str, Bench]) -> None:
    if told := os.environ.get("HOOKS_CALLED_BY_TESTS"):  # `cunli plugin check --level excellent` asks
        Path(told).write_text(json.dumps({name: sorted(bench.called) for name, bench in benches.items()}), "utf-8")


@pytest.fixture(scope="module")
def plugin_bench(request: pytest.FixtureRequest, plugin_benches: dict[str, Bench]) -> Bench:
    """The plugin under test."""
    from cunli.testing.bench import Bench, NoPlugin, plugin_of

    try:
        name, folder = plugin_of(request.path)
        if name not in plugin_benches:
            plugin_benches[name] = Bench(name, folder)
    except NoPlugin as exc:
        pytest.fail(str(exc), pytrace=False)
    return plugin_benches[name]


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def plugin_site(request: pytest.FixtureRequest, plugin_bench: Bench, tmp_path: Path) -> AsyncIterator[LiveSite]:
    """The running site, once on each database: the plugin is on in the village `heping` and off in all others.

    Its mistakes are raised. `site.visitor()` is somebody new; `site.sign_in(await site.villager("张桂秀"))` is known.
    """
    url = await plugin_bench.fresh(request.param, tmp_path)
    async with plugin_bench.site(url, tmp_path) as live:
        yield live


@pytest_asyncio.fixture(loop_scope="session")
async def everybody(plugin_site: LiveSite) -> Mapping[str, Visitor]:
    """A visitor of every role towards `heping`: nobody, stranger, applicant, villager, village_admin and so on."""
    from cunli.testing import cast

    return await cast.everybody(plugin_site)


@pytest.fixture(scope="module")
def plugin_subject(plugin_bench: Bench) -> Subject:
    """The plugin's wheel, built from its source and unpacked."""
    from cunli.kit.subject import Unusable

    try:
        return plugin_bench.subject
    except Unusable as exc:
        pytest.fail(str(exc), pytrace=False)


@pytest_asyncio.fixture(scope="module", params=["sqlite", "postgres"], loop_scope="session")
async def plugin_evidence(
    request: pytest.FixtureRequest, plugin_bench: Bench, tmp_path_factory: pytest.TempPathFactory
) -> Evidence:
    """What everybody saw on a walk through the plugin, once on each database. The site is over when this is there."""
    from cunli.testing.crawl import crawl
    from cunli.testing.pytest_plugin import not_reached

    seen = await crawl(plugin_bench, request.param, tmp_path_factory.mktemp("crawl"))
    not_reached(plugin_bench.name, seen.unreached)
    return seen
