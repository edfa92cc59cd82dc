"""The examples of the how-to guides are real: they compile, they load, and a site with all of them does what the pages say.

That they are typed as a plugin is seen by tests/plugins/test_t01_types.py, in the run of mypy that is there anyway.
"""

from __future__ import annotations

import ast
import importlib
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from cunli import PostPublished, db, emit, enabling, lifecycle
from cunli.places import queries as places
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, unhurried
from cunli.testing.templates import EmptyDatabases
from cunli.testing.working import settled

from .pages import examples, write_how_tos

__all__ = ["unhurried"]
WITH_TABLES = {"loans", "letterbox", "firewood"}


@pytest.fixture(scope="module")
def how_tos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """Every plugin of the how-to guides, installed."""
    site = tmp_path_factory.mktemp("howto")
    names = write_how_tos(site)
    for name in WITH_TABLES:
        (site / f"cunli_{name}/migrations").mkdir()
        (site / f"cunli_{name}/migrations/__init__.py").touch()
    with on_path(site):
        yield site, names


def test_every_example_says_which_file_it_is_and_compiles() -> None:
    found = examples("howto", "python")
    assert len(found) > 10, "the control: examples were read"
    for one in found:
        assert one.path, f"{one.page}: begin the example with the file it belongs to, such as # cunli_demo/pages.py"
        compile(one.text, f"{one.page}:{one.path}", "exec")
    for one in examples("guide", "python"):
        compile(one.text, one.page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_every_plugin_of_the_guides_loads_without_a_problem(how_tos: tuple[Path, list[str]]) -> None:
    registry = Registry.load(how_tos[1], strict=True)
    assert not registry.problems
    assert set(registry.plugins) == set(how_tos[1])
    assert len(how_tos[1]) >= 8, "the control: plugins were read"


@pytest_asyncio.fixture(params=["sqlite", "postgres"], loop_scope="session")
async def site(
    request: pytest.FixtureRequest,
    empty_databases: EmptyDatabases,
    how_tos: tuple[Path, list[str]],
    unhurried: None,
    tmp_path: Path,
) -> AsyncIterator[LiveSite]:
    """A running site with every plugin of the guides that needs no table, on in heping."""
    names = tuple(name for name in how_tos[1] if name not in WITH_TABLES)
    url = await empty_databases.fresh(request.param, tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=names)) as live:
        for name in names:
            await enabling.switch(name, live["heping"].region_id, Mode.ON, village_level=True)
        yield live


async def test_a_site_with_all_of_them_does_what_the_guides_say(site: LiveSite) -> None:
    stranger = site.visitor()
    villager = await site.sign_in(await site.villager("张桂秀"))
    official = await site.sign_in(await site.village_admin())
    assert "来坐坐" in (await stranger.open("/v/heping/")).text, "slot.md: a stranger is asked in"
    page = await villager.open("/v/heping/")
    assert "吃了没？" in page.text
    assert "村委会" in page.text, "settings.md: the office is open"
    assert "底稿" in page.text, "permission.md: granted to who is verified"
    assert "底稿" not in (await stranger.open("/v/heping/")).text
    board = "/v/heping/bulletin/board"
    assert not (await villager.open(board)).all("main form")
    assert "贴好了" in (await (await official.open(board)).form().fill(words="修桥").send()).text
    assert (await (await official.open(board)).form().fill(words="").send()).status == 422
    assert (await villager.open("/v/heping/bulletin/drafts")).status == 200
    assert (await site.visitor().open("/v/shangba/bulletin/board")).status == 404

    prices = "/v/heping/prices/board"
    refused = await (await villager.open(prices)).form().fill(what="野生动物", fen="900").send()
    assert (refused.status, "野生动物不能卖" in refused.text) == (422, True)
    told = await (await villager.open(prices)).form().fill(what="猕猴桃", fen="650").send()
    assert "一斤 6.50 元" in told.text, "feed-kind.md: it stands in the feed, under its kind"
    assert "行情" in (await stranger.open("/v/heping/")).text

    label = await stranger.open("/v/heping/stall/label")
    assert label.words("h1") == ["12.50 元"]
    priced = await label.form().fill(price="8.8").send()
    assert priced.words("h1") == ["8.80 元"], "paper.md"
    assert "猕猴桃,12.50" in (await stranger.open("/v/heping/stall/prices.csv")).html

    wells = await stranger.open("/v/heping/wells/board")
    assert len(wells.all("main rect.pa")) == 5, "charts.md: a column for each week that was counted"
    assert "欠着9.5010%" in wells.words(".fig__t tbody tr")

    heping = site["heping"].id
    write = importlib.import_module("cunli_reminder").write
    await write(heping, 7)
    await write(heping, 7)
    await emit(PostPublished(village_id=heping, post_id=9, author_id=1, post_kind="post", audience="village"))
    await settled()
    done = await db.read(
        "SELECT task FROM core_job WHERE task IN ('reminder.send', 'thanks.notice', 'ribbon.pin') AND state = 'done'"
    )
    # the price that was told is a post too
    assert Counter(row["task"] for row in done) == {"reminder.send": 1, "thanks.notice": 2, "ribbon.pin": 2}


async def test_a_village_without_a_river_is_refused_the_ferry(site: LiveSite) -> None:
    donghu = await places.village_by_id(site["donghu"].id)
    assert donghu is not None
    with pytest.raises(lifecycle.EnablingRefused, match="没有渡口"):
        await lifecycle.switch_on(site.app.site.registry, "ferry", donghu)


def test_the_migrations_of_the_guide_are_written_by_the_command_it_names(tmp_path: Path) -> None:
    write_how_tos(tmp_path)
    package = tmp_path / "cunli_loans"
    (package / "migrations").mkdir()
    (package / "migrations/__init__.py").touch()

    def write(*options: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "cunli", "plugin", "migration", *options]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        return subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True, text=True)

    told = write("loans")
    assert (told.returncode, told.stderr) == (0, ""), told.stderr
    assert "loans_loan" in (package / "migrations/0001_initial.py").read_text("utf-8")
    assert "nothing to write" in write("loans").stdout
    models = (package / "models.py").read_text("utf-8")
    (package / "models.py").write_text(
        models.replace("    tool = ", "    note = fields.CharField(max_length=9)\n    tool = ")
    )
    refused = write("loans")
    assert refused.returncode == 1
    assert "null=True" in refused.stderr, "a column without a value for the rows that are there"
    (package / "models.py").write_text(models.replace("tool = ", "thing = "))
    assert write("loans", "--rename", "Loan.tool=thing", "--name", "thing").returncode == 0
    assert "RenameField" in (package / "migrations/0002_thing.py").read_text("utf-8")
    for wrong, way_out in ((("nothing",), "pip install -e ."), (("loans", "--rename", "tool"), "OLD=NEW")):
        told = write(*wrong)
        assert told.returncode == 2
        assert way_out in told.stderr
