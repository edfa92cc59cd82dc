"""T7: whatever a plugin brings is found in its wheel, installed far from any checkout, and it puts nothing over what is not its own.

Catalogues are read as they are written (`.po`), so a wheel needs no compiled ones.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import jinja2
import pytest

from cunli.db import migrations
from cunli.registry import Registry
from cunli.testing.live import LiveSite, settings_for
from cunli.testing.plugins import GOOD, Install
from cunli.testing.templates import EmptyDatabases
from cunli.web import i18n
from cunli.web.site import Site

from .removing import migrate, own_database, site_of, tables_there, taken_away

CHECKOUT = Path(__file__).parents[2]
MIGRATIONS = ["sample.0001_initial", "sample.0002_pinned_at", "sample.0003_post_index", "sample.0004_author"]
SHEET = "sample/board.css"


def site_with(folder: Path, *plugins: str) -> Site:
    """A site that was put together and not started."""
    return Site(settings_for("sqlite:///nowhere.db", folder, plugins=plugins))


def packaged(site: Path) -> Path:
    """The package as the wheel left it."""
    home = site / "cunli_sample"
    assert CHECKOUT not in home.parents
    return home


# -- on a page ---------------------------------------------------------------------------------------------------------


async def test_t07_templates_and_translations_come_from_the_wheel(county: LiveSite, sample: Path) -> None:
    home = packaged(sample)
    assert str(sys.modules["cunli_sample"].__file__) == str(home / "__init__.py")
    page = await county.visitor().open("/v/heping/sample/notes")
    assert (page.title.startswith("告示板"), page.words("form button")[-1]) == (True, "贴上去")
    assert page.words(".p-sample-count") == ["0 张"], "a fragment's own template"
    page = await county.visitor().open("/v/heping/sample/notes", accept_language="en")
    assert page.words("form button")[-1] == "Pin it"


async def test_t07_a_static_file_has_its_hash_in_its_address_and_an_etag(county: LiveSite, sample: Path) -> None:
    visitor = county.visitor()
    page = await visitor.open("/v/heping/sample/notes")
    address = page.one("link[href*=sample]").get("href", "")
    assert address == f"/static/{county.app.site.static.hash}/{SHEET}"
    sheet = await visitor.open(address)
    assert sheet.response.content == (packaged(sample) / "static/board.css").read_bytes()
    assert (sheet.status, sheet.headers["content-type"]) == (200, "text/css; charset=utf-8")
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    tag = sheet.headers["etag"]
    again = await visitor.open(address, if_none_match=tag)
    assert (again.status, again.response.content, again.headers["etag"]) == (304, b"", tag)
    assert (await visitor.open(address, if_none_match='"another"')).status == 200
    old = await visitor.open(f"/static/0123456789ab/{SHEET}")
    assert (old.status, old.headers["cache-control"]) == (200, "public, max-age=300"), "an address of before"
    assert (await visitor.open(address.replace("board", "nothing"))).status == 404


def test_t07_another_word_in_a_plugins_file_is_another_address(sample: Path, tmp_path: Path) -> None:
    before = site_with(tmp_path, "sample").static.url(SHEET)
    assert site_with(tmp_path, "sample").static.url(SHEET) == before, "the control"
    with (packaged(sample) / "static/board.css").open("a") as sheet:
        sheet.write("/* 更红 */")
    assert site_with(tmp_path, "sample").static.url(SHEET) != before


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
async def test_t07_its_migrations_are_found_and_make_its_tables(
    engine: str, databases_with_sample: EmptyDatabases, sample: Path, tmp_path: Path
) -> None:
    async with own_database(engine, databases_with_sample, tmp_path) as url:
        async with site_of(url, tmp_path, "sample") as site:
            await taken_away(site, "sample", tmp_path / "out")
            assert "sample_note" not in await tables_there()
        assert await migrate(url, "sample") == MIGRATIONS
        async with site_of(url, tmp_path, "sample", county=False):
            assert "sample_note" in await tables_there()
            assert len(await migrations.applied("sample")) == len(MIGRATIONS)
    spec = importlib.util.find_spec("cunli_sample.migrations")
    assert spec is not None
    assert spec.origin == str(packaged(sample) / "migrations/__init__.py")


def test_t07_control_what_a_wheel_leaves_out_is_found_nowhere_else(sample: Path, tmp_path: Path) -> None:
    whole = site_with(tmp_path, "sample")
    assert whole.templates.environment("en").get_template("sample/board.html")
    assert i18n.catalogue("en").gettext("贴上去") == "Pin it"
    home = packaged(sample)
    for name in ("templates/sample/board.html", "static/board.css", "locale/en/LC_MESSAGES/messages.po"):
        (home / name).unlink()
    poorer = site_with(tmp_path, "sample")
    with pytest.raises(jinja2.TemplateNotFound):
        poorer.templates.environment("en").get_template("sample/board.html")
    with pytest.raises(KeyError, match=SHEET):
        poorer.static.url(SHEET)
    assert i18n.catalogue("en").gettext("贴上去") == "贴上去"


# -- nothing over others' (the whole table of broken plugins is in test_t01_broken_plugins.py) ---------------------------


@pytest.mark.parametrize("stranger", ["base.html", "good/door.html", "errors/page.html"])
def test_t07_a_plugin_that_ships_templates_of_others_is_left_out(
    stranger: str, install: Install, tmp_path: Path
) -> None:
    install("good", GOOD, files={"templates/good/door.html": "好"})
    home = install("greedy", GOOD, files={"templates/greedy/own.html": "己", f"templates/{stranger}": "我的"})
    registry = Registry.load(["greedy", "good"])
    assert [(p.id, p.plugin) for p in registry.problems] == [("plugins.E012", "greedy")]
    assert stranger.partition("/")[0] in registry.problems[0].text
    assert list(registry.plugins) == ["good"]
    site = Site(settings_for("sqlite:///nowhere.db", tmp_path), registry)
    source, _, _ = site.templates.environment("zh_Hans").loader.get_source(  # type: ignore[union-attr]
        site.templates.environment("zh_Hans"), stranger
    )
    assert source != "我的"
    (home / "templates" / stranger).unlink()
    if "/" in stranger:
        (home / "templates" / stranger).parent.rmdir()
    assert Registry.load(["greedy", "good"]).problems == (), "the control: with its own folder only"


def test_t07_static_files_and_words_of_a_plugin_stand_behind_those_of_others(install: Install, tmp_path: Path) -> None:
    own = site_with(tmp_path)
    theirs = next(name for name in own.static.names() if name.endswith(".css"))
    assert i18n.catalogue("en").gettext("登录") == "Sign in"
    words = "\n".join(f'msgid "{one}"\nmsgstr "Mine"\n' for one in ("登录", "只有它说"))
    install("greedy", GOOD, files={f"static/{theirs}": "/* 我的 */", "locale/en/LC_MESSAGES/messages.po": words})
    greedy = site_with(tmp_path, "greedy")
    assert greedy.static.path(theirs) == own.static.path(theirs)
    assert greedy.static.path(f"greedy/{theirs}").read_text("utf-8") == "/* 我的 */", "the control: it was found"
    assert i18n.catalogue("en").gettext("登录") == "Sign in"
    assert i18n.catalogue("en").gettext("只有它说") == "Mine", "the control"


SAYS = """
from cunli import Manifest, Plugin, gettext as _
CANCEL = _("取消")
class Said(Plugin):
    manifest = Manifest(label=_("取消"), summary=_("登录"))
plugin = Said()
"""


def test_t07_a_plugin_speaks_its_own_words_whatever_others_mean_by_them(install: Install, tmp_path: Path) -> None:
    page = '{{ _("取消") }}|{{ _("取消 %(n)s", n=2) }}|{{ ngettext("%(n)s 单", "%(n)s 单", 2) }}|{{ _("登录") }}|{{ _("保存") }}'
    for name, cancel, unit in (("inns", "Cancel", "bookings"), ("meets", "Call off", "meetings")):
        words = [("取消", cancel), ("取消 %(n)s", f"{cancel} %(n)s"), ("登录", f"Enter {name}")]
        said = "\n".join(f'msgid "{one}"\nmsgstr "{text}"\n' for one, text in words)
        plural = f'msgid "%(n)s 单"\nmsgid_plural "%(n)s 单"\nmsgstr[0] "one"\nmsgstr[1] "%(n)s {unit}"\n'
        files = {f"templates/{name}/page.html": page, "locale/en/LC_MESSAGES/messages.po": f"{said}\n{plural}"}
        install(name, SAYS, files=files)
    site = site_with(tmp_path, "inns", "meets")
    drawn = {
        name: site.templates.environment("en").get_template(f"{name}/page.html").render() for name in ("inns", "meets")
    }
    saved = i18n.catalogue("en").gettext("保存")
    assert saved != "保存"
    assert drawn["inns"] == f"Cancel|Cancel 2|2 bookings|Enter inns|{saved}"
    assert drawn["meets"] == f"Call off|Call off 2|2 meetings|Enter meets|{saved}"
    with i18n.speaking("en"):
        labels = {name: str(one.manifest.label) for name, one in site.registry.plugins.items()}
        assert str(i18n._("登录")) == "Sign in", "the core speaks as ever"
    assert labels == {"inns": "Cancel", "meets": "Call off"}
