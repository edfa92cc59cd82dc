"""T13: what goes is said once to each plugin that uses it, with its version, the line, and where to report it; then it is an error."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import cunli
from cunli import deprecation, hooks
from cunli.deprecation import Deprecated, RemovedIn1Warning
from cunli.hooks import CONTEXTS, PageContext
from cunli.plugin_setting import only_defaults
from cunli.registry import Registry
from cunli.testing import pytest_plugin
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install, plugin_source
from cunli.web.slots import _checked_menu
from scripts import plugin_api, promises

HOOK = Deprecated(kind="hook", name="menu_items", instead="village_menu", since="0.1", until="1.0")
NAME = Deprecated(kind="name", name="MenuItem", instead="cunli.Door", since="0.1", until="1.0")
FIELD = Deprecated(kind="field", name="PageContext.locale", instead="language", since="0.1", until="1.0")
SLOT = Deprecated(kind="slot", name="village.side", instead="village.sidebar", since="0.1", until="1.0")
OLD = plugin_source("@hookimpl\ndef menu_items(self, ctx):\n    return [MenuItem(label=ctx.locale, url='/x')]")
BUGS = "https://example.org/old/issues"


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """`table(HOOK, …)` deprecates these, until the test is over."""
    monkeypatch.setattr(deprecation, "_found", {})
    monkeypatch.setattr(deprecation, "_owners", {})

    def put(*entries: Deprecated) -> None:
        monkeypatch.setattr(deprecation, "TABLE", entries)

    yield put
    for kind in CONTEXTS:
        for name, value in list(vars(kind).items()):
            if isinstance(value, deprecation.Watched):
                setattr(kind, name, value.field)


def over(entry: Deprecated) -> Deprecated:
    return Deprecated(kind=entry.kind, name=entry.name, instead=entry.instead, since="0.0", until="0.1")


def install_old(install: Install, source: str = OLD, name: str = "old") -> Path:
    package = install(name, source)
    about = package.parent / f"cunli_{name}-1.0.dist-info/METADATA"
    about.write_text(about.read_text() + f"Project-URL: Issues, {BUGS}\n")
    return package


def said_while(work: Callable[[], Any]) -> list[warnings.WarningMessage]:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        work()
    return [one for one in said if issubclass(one.category, RemovedIn1Warning)]


def test_t13_each_use_is_said_once_with_plugin_version_line_and_tracker(
    install: Install, table: Callable[..., None]
) -> None:
    package = install_old(install)
    table(HOOK, NAME)
    said = said_while(lambda: Registry.load(["old"], strict=True))
    assert [str(one.message).partition(" at ")[0] for one in said] == [
        "old 1.0 (cunli-old) uses cunli.MenuItem",
        "old 1.0 (cunli-old) uses hook menu_items",
    ]
    for one, line in zip(said, (1, 5), strict=True):
        assert (one.filename, one.lineno) == (str(package / "__init__.py"), line)
        assert f"{package}/__init__.py:{line}: deprecated since 0.1, an error in 1.0; use " in str(one.message)
        assert str(one.message).endswith(f"instead; report it to {BUGS}")
    (name, hook) = deprecation.findings()
    assert (hook.id, hook.plugin) == ("plugins.W160", "old")
    assert "hook menu_items (cunli_old/__init__.py:5)" in hook.text
    assert "village_menu" in hook.hint
    assert BUGS in hook.told("zh")[1]
    assert "cunli.MenuItem (cunli_old/__init__.py:1)" in name.text


def test_t13_control_nothing_is_said_of_what_is_not_in_the_table_or_not_used(
    install: Install, table: Callable[..., None]
) -> None:
    install_old(install)
    install("good", plugin_source().replace("MenuItem, ", ""))
    assert said_while(lambda: Registry.load(["old", "good"], strict=True)) == []
    table(HOOK, NAME, FIELD, SLOT)
    assert said_while(lambda: Registry.load(["good"], strict=True)) == []
    assert [one.plugin for one in deprecation.findings()] == []


async def test_t13_a_field_says_so_when_the_plugin_reads_it_and_not_when_the_core_does(
    install: Install, table: Callable[..., None]
) -> None:
    install_old(install)
    table(FIELD)
    registry = Registry.load(["old"], strict=True)
    page = PageContext(
        village_id=1, village_url="/v/a", person_id=None, verified=False, locale="en", may=bool, setting=only_defaults
    )

    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert "locale='en'" in repr(page)
        for _ in range(3):
            answers = await registry.dispatch.collect(
                "menu_items", page, frozenset({"old"}), check=_checked_menu, deadline=10
            )
            assert answers[0].value[0].label == "en", "it still works"
        assert page.locale == "en", "a use by nobody's plugin is said as Python says it"
    messages = [str(one.message) for one in said]
    assert [m.partition(":")[0].partition(" at ")[0] for m in messages] == [
        "old 1.0 (cunli-old) uses field PageContext.locale",
        "this uses field PageContext.locale",
    ]


def test_t13_when_the_time_is_over_it_is_an_error_and_others_go_on(
    install: Install, table: Callable[..., None]
) -> None:
    install_old(install)
    install("good", plugin_source().replace("MenuItem, ", ""))
    table(over(HOOK))
    registry = Registry.load(["old", "good"])
    assert [(p.id, p.plugin) for p in registry.problems] == [("plugins.E070", "old")]
    assert registry.running == {"good"}
    table(over(NAME))
    install_old(install, name="older")
    (found,) = Registry.load(["older"]).problems
    assert found.id == "plugins.E004"
    assert "RemovedIn1Warning" in found.text
    assert "use cunli.Door instead" in found.text


# -- slots that were renamed ---------------------------------------------------------------------------------------------


def filling(slot: str) -> str:
    return plugin_source(
        "@hookimpl\nasync def slot_fragments(self, ctx):\n"
        f"    return {{None: [Fragment(text='旧插口里的话')]}} if ctx.slot == {slot!r} else {{}}",
        head="from cunli import Fragment",
    )


@pytest.fixture
def renamed(table: Callable[..., None]) -> None:
    table(SLOT)


@pytest.mark.parametrize("broken", [filling("village.side")])
async def test_t13_a_slot_under_its_former_name_is_filled_and_the_console_names_the_plugin(
    renamed: None, county: LiveSite, broken: str
) -> None:
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        for _ in range(2):
            assert "旧插口里的话" in (await county.visitor().open("/v/heping/")).one("aside.rail").text_content()
    assert [one.category for one in said] == [RemovedIn1Warning]
    admin = await county.sign_in(await county.county_admin())
    page = await admin.open("/admin/plugins/broken")
    (notice,) = page.words(".notice")
    assert notice.startswith("plugins.W160 它用了 slot village.side（cunli_broken/__init__.py:")
    assert "作者要改用 village.sidebar" in notice
    assert "没有出过错" in page.text, "it works: that is no trouble"


@pytest.mark.parametrize("broken", [filling("village.sidebar")])
async def test_t13_control_under_its_present_name_nothing_is_said(renamed: None, county: LiveSite, broken: str) -> None:
    assert "旧插口里的话" in (await county.visitor().open("/v/heping/")).text
    assert deprecation.findings() == []


@pytest.mark.parametrize("broken", [filling("village.side")])
async def test_t13_a_former_name_whose_time_is_over_fills_nothing_and_counts_as_a_failure(
    table: Callable[..., None], county: LiveSite, broken: str
) -> None:
    table(over(SLOT))
    page = await county.visitor().open("/v/heping/")
    assert page.status == 200
    assert "旧插口里的话" not in page.text
    (found,) = county.app.site.registry.dispatch.health.problems()
    assert (found.id, found.plugin) == ("plugins.E070", "broken")


# -- where authors read of it --------------------------------------------------------------------------------------------


def test_t13_the_file_of_promises_lists_what_goes(table: Callable[..., None]) -> None:
    before = plugin_api.lines(["village.sidebar"])
    table(HOOK, FIELD)
    new = sorted(set(plugin_api.lines(["village.sidebar"])) - set(before))
    assert [plugin_api.name_of(line) for line in new] == ["cunli.PageContext.locale", "menu_items"]
    assert new[1] == "deprecated since 0.1, an error in 1.0, hook menu_items: village_menu"
    assert list(promises.findings("\n".join(before), "\n".join([*before, *new]), {})), "authors are told in changes/"


def unsound(entries: tuple[Deprecated, ...], slots: set[str]) -> list[str]:
    """Entries that name nothing, or that no version ends."""
    there = {
        "name": set(cunli.__all__),
        "hook": set(hooks.ALL),
        "field": {f"{kind.__name__}.{name}" for kind in CONTEXTS for name in kind.__dataclass_fields__},
    }
    wrong = [one for one in entries if one.kind != "slot" and one.name not in there[one.kind]]
    wrong += [one for one in entries if one.kind == "slot" and (one.instead not in slots or one.name in slots)]
    wrong += [one for one in entries if not one.until.endswith(".0") or one.until.partition(".")[0] <= one.since[:1]]
    return [str(one) for one in wrong]


def test_t13_every_entry_of_the_table_names_something_and_ends() -> None:
    slots = {line.split()[1] for line in plugin_api_lines() if line.startswith("slot ")}
    assert unsound(deprecation.TABLE, slots) == []
    assert unsound((HOOK, NAME, FIELD, SLOT), slots) == []
    nothing = Deprecated(kind="hook", name="menus", instead="x", since="0.1", until="0.2")
    assert unsound((nothing,), slots) == ["hook menus", "hook menus"]


def plugin_api_lines() -> list[str]:
    return (Path(__file__).parents[2] / promises.PROMISED).read_text("utf-8").splitlines()


def test_t13_at_the_end_of_the_tests_the_author_reads_each_once(
    install: Install, table: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pytest_plugin, "_going", {})
    install_old(install)
    table(HOOK)
    for _ in range(2):
        for one in said_while(lambda: Registry.load(["old"], strict=True)):
            pytest_plugin.pytest_warning_recorded(one)
    written: list[str] = []

    class Terminal:
        section = line = staticmethod(written.append)

    pytest_plugin.pytest_terminal_summary(Terminal())  # type: ignore[arg-type]
    assert written[0] == "cunli: deprecated"
    assert len(written) == 2
    assert "old 1.0 (cunli-old) uses hook menu_items" in written[1]
