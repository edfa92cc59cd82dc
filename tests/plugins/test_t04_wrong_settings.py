"""T4: a misspelt and an unfit plugin in the settings are reported, and the site is served."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli import enabling
from cunli.plugin_models import Mode
from cunli.testing.live import live_site, settings_for
from cunli.testing.plugins import Install
from cunli.testing.templates import EmptyDatabases

from .operators import cunli


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t04_the_site_answers_and_two_problems_are_named_with_hints(
    engine: str,
    databases_with_sample: EmptyDatabases,
    sample: Path,
    install: Install,
    unhurried: None,
    tmp_path: Path,
) -> None:
    install("too_new", "raise AssertionError('imported')", requires=("cunli>=99",))
    url = await databases_with_sample.fresh(engine, tmp_path)
    wanted = ("sample", "typo", "too_new")
    async with live_site(settings_for(url, tmp_path, plugins=wanted)) as site:
        await enabling.switch("sample", site["heping"].region_id, Mode.ON, village_level=True)
        visitor = site.visitor()
        for path in ("/", "/v/heping/", "/v/heping/sample/notes"):
            assert (await visitor.open(path)).status == 200, path
        assert site.app.site.registry.running == {"sample"}
        official = await site.sign_in(await site.county_admin())
        page = await official.open("/admin/plugins")
        assert page.status == 200
        for words in (
            "plugins.E002",
            "cunli>=99",
            "换一个合适的",
            "plugins.E003",
            "设置里写了它，可是没装",
            "或者从 `plugins` 里去掉",
        ):
            assert words in page.text, words
        assert "plugins.E" not in (await official.open("/admin/plugins/sample")).text, "the control"
        told = await cunli(tmp_path, url, "plugin", "doctor", "--json", plugins=",".join(wanted))
        assert told.code == 1
        assert [(p["id"], p["plugin"]) for p in told.json()] == [("plugins.E002", "too_new"), ("plugins.E003", "typo")]
        assert all(p["hint"] for p in told.json())
        control = await cunli(tmp_path, url, "plugin", "doctor", "--json", plugins="sample")
        assert [(p["id"], p["plugin"]) for p in control.json()] == [("plugins.E002", "too_new")], (
            "installed all the same"
        )
