"""T1: the type checker is the first to see a wrong plugin: hooks are overrides of typed methods.

The examples of the how-to guides are looked at in the same run, because every run reads all of Cunli first.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ..docs.pages import write_how_tos

HEAD = """
from collections.abc import Iterable, Mapping, Sequence
from cunli import FeedContext, FeedEntry, FeedKind, Fragment, Manifest, MenuItem, Page, PageContext, Plugin, PostContext, Setting, SlotContext
from cunli import Verdict, Visit, hookimpl, setting_of

MOST = Setting(key="party.most", label="几条", help="最多几条", default=3)

async def most(visit: Visit) -> int:
    return visit.setting(MOST) + await setting_of(MOST)

class Party(Plugin):
    manifest = Manifest(label="党群", summary="", settings=(MOST,))

    @hookimpl
"""
RIGHT = """
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        doors = [MenuItem(label="党群", url=ctx.village_url + "/party")]
        return doors[:ctx.setting(MOST)]
"""
WRONG = {
    "argument": "    def menu_items(self, ctx: SlotContext) -> Iterable[MenuItem]:\n        return ()\n",
    "result": "    def menu_items(self, ctx: PageContext) -> Iterable[str]:\n        return ()\n",
    "colour": "    async def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:\n        return ()\n",
    "setting": "    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:\n        return [MenuItem(label=ctx.setting(MOST), url='/')]\n",
    "hue": "    def feed_kinds(self) -> Iterable[FeedKind]:\n        return [FeedKind(id='party.x', label='x', hue='pink')]\n",
    "filter": "    async def filter_feed(self, ctx: FeedContext, items: list[FeedEntry]) -> list[FeedEntry]:\n        return items\n",
    "verdict": "    async def review_post(self, ctx: PostContext) -> bool:\n        return True\n",
    "field": "    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:\n        print(ctx.request)\n        return ()\n",
    "audience": "    def pages(self) -> Iterable[Page]:\n        return [Page(path='/x', view=print)]\n",
}


def plugins_in(folder: Path) -> list[str]:
    """One right plugin and the wrong ones, as files."""
    files = {"right": HEAD + RIGHT, **{name: HEAD + body for name, body in WRONG.items()}}
    for name, source in files.items():
        (folder / f"plugin_{name}.py").write_text(source)
    return [f"plugin_{name}.py" for name in files]


@pytest.mark.slow
def test_t01_pyright_refuses_the_same_hooks_and_takes_the_right_one(tmp_path: Path) -> None:
    """As Visual Studio Code and others show it, with the rules that pyright has by itself."""
    (tmp_path / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable]
    told = subprocess.run([*command, *plugins_in(tmp_path)], check=False, capture_output=True, text=True, cwd=tmp_path)
    found = json.loads(told.stdout)
    errors = [one for one in found["generalDiagnostics"] if one["severity"] == "error"]
    blamed = {Path(one["file"]).stem.removeprefix("plugin_") for one in errors}
    assert blamed == set(WRONG), told.stdout
    assert found["summary"]["filesAnalyzed"] == len(WRONG) + 1


@pytest.mark.slow
def test_t01_mypy_refuses_a_wrong_hook_and_takes_a_right_one_and_the_guides(tmp_path: Path) -> None:
    assert plugins_in(tmp_path)
    assert write_how_tos(tmp_path)
    files_of_all = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.py"))
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), *files_of_all]
    told = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path).stdout
    blamed = {
        line.split(":")[0].removeprefix("plugin_").removesuffix(".py")
        for line in told.splitlines()
        if ": error:" in line
    }
    assert blamed == set(WRONG), told
