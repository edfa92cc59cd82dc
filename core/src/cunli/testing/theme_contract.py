"""The contract suite of themes. One line in a theme's tests runs all of it:

from cunli.testing.theme_contract import *
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cunli.kit import theme as kit
from cunli.kit.subject import Subject, Unusable

if TYPE_CHECKING:
    from cunli.testing.templates import EmptyDatabases

__all__ = ["test_the_theme_draws_pages", "test_the_themes_wheel", "theme_subject"]
PAGES = ("/v/heping/", "/v/heping/about", "/v/heping/new", "/v/heping/notices", "/me", "/nowhere")


@pytest.fixture(scope="module")
def theme_subject(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Subject]:
    """The theme's wheel, built from the source that the test stands below, and unpacked."""
    folder = next((p for p in request.path.parents if (p / "pyproject.toml").exists()), request.path.parent)
    try:
        yield kit.opened(folder, tmp_path_factory.mktemp("theme"))
    except Unusable as exc:
        pytest.fail(str(exc), pytrace=False)


@pytest.mark.parametrize("rule", [r for r in kit.THEME_RULES if r.must], ids=lambda rule: f"{rule.id} {rule.title}")
def test_the_themes_wheel(rule: kit.ThemeRule, theme_subject: Subject) -> None:
    """What holds for the wheel as it would be handed over."""
    if found := list(rule.look(theme_subject)):
        pytest.fail("\n".join([f"{rule.id}: {rule.title}, but", *found[:20], f"→ {rule.advice}"]), pytrace=False)


async def test_the_theme_draws_pages(theme_subject: Subject, empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    """A village that wears it, for a villager, in ordinary looks and in 大字版: no page falls back to the base."""
    from cunli.testing.live import live_site, settings_for
    from cunli.web.themes import installed

    if theme_subject.name not in installed():
        pytest.fail("the theme is not installed here: pip install -e .", pytrace=False)
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path, theme=theme_subject.name)) as live:
        site = live.app.site
        assert [str(problem) for problem in site.theme_problems] == []
        villager = await live.sign_in(await live.villager("张桂秀"))
        for look in ("...", ".elder.."):
            villager.set_cookie("cunli_look", look)
            for path in PAGES:
                assert (await villager.open(path)).status in (200, 404), path
        assert site.default.templates.failed == {}
