"""T1: a plugin that is wrong is named with exactly its documented problem, and the others run."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

import cunli
from cunli import inspection
from cunli.loading import while_loading
from cunli.problems import KINDS
from cunli.registry import Registry
from cunli.testing.plugins import GOOD, Install, plugin_source

TABLE = """
from tortoise import fields
from tortoise.models import Model

class Thing(Model):
    id = fields.IntField(primary_key=True)
    {scope}
    class Meta:
        table = "{table}"
"""
FOLLOWING = """
from tortoise import fields
from cunli import VillageModel

class Thing(VillageModel):
    id = fields.IntField(primary_key=True)
    village = fields.ForeignKeyField("core.Village", related_name=False)
    leader = {leader}
    household = fields.ForeignKeyField("core.Household", related_name=False)
    follows = ("household", "leader")
    class Meta:
        table = "broken_thing"
"""
SETTING = "key='broken.x', label='几个', help='最多几个', default=3"


def with_setting(expected: str, said: str, **files: str) -> Case:
    """A plugin that declares `Setting(SETTING)` with something else in it, or whatever `said` is."""
    made = said if said.startswith("(") else f"(Setting({said}),)"
    return Case(expected, plugin_source(head="from cunli import Setting", manifest=f"settings={made}"), files=files)


def with_kind(expected: str, said: str, **files: str) -> Case:
    """A plugin with one kind of entry that says this."""
    body = f"@hookimpl\ndef feed_kinds(self):\n    return [FeedKind({said})]"
    return Case(expected, plugin_source(body, head="from cunli import FeedKind"), files=files)


IMPORTED = "raise AssertionError('imported')"


@dataclass(frozen=True, slots=True)
class Case:
    """A plugin with one thing wrong, and the id of the problem that says so."""

    expected: str
    source: str = GOOD
    name: str = "broken"
    files: Mapping[str, str] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    distributions: tuple[str, ...] = ("",)


def with_leader(leader: str) -> Case:
    """A table of a village whose rows follow this key when the village is split."""
    models = {"models.py": FOLLOWING.format(leader=leader)}
    return Case("plugins.E028", plugin_source(manifest="models='cunli_broken.models'"), files=models)


def with_table(expected: str, table: str, scope: str) -> Case:
    models = {"models.py": TABLE.format(table=table, scope=scope)}
    return Case(expected, plugin_source(manifest="models='cunli_broken.models'"), files=models)


CASES: dict[str, Case] = {
    "is claimed by two distributions": Case("plugins.E001", distributions=("", "evil-broken")),
    "is for another version": Case("plugins.E002", IMPORTED, requires=("cunli>=99",)),
    "is not installed": Case("plugins.E003", distributions=()),
    "raises when imported": Case("plugins.E004", "1 / 0"),
    "leaves the process when imported": Case("plugins.E004", "import sys\nsys.exit(3)"),
    "has no such module": Case("plugins.E004", "import cunli_that_does_not_exist"),
    "has no such name": Case("plugins.E004", "nothing = 1"),
    "is not an instance": Case("plugins.E005", "from cunli import Plugin\nclass P(Plugin): pass\nplugin = P"),
    "has no manifest": Case("plugins.E005", "from cunli import Plugin\nclass P(Plugin): pass\nplugin = P()"),
    "has a dict for a manifest": Case(
        "plugins.E005",
        "from cunli import Plugin\nclass P(Plugin):\n    manifest = {}\nplugin = P()",
    ),
    "forgot the marker": Case("plugins.E006", plugin_source("def menu_items(self, ctx):\n    return ()")),
    "marks what is no hook": Case("plugins.E007", plugin_source("@hookimpl\ndef menu_itms(self, ctx):\n    return ()")),
    "makes a plain hook async": Case(
        "plugins.E008", plugin_source("@hookimpl\nasync def menu_items(self, ctx):\n    return ()")
    ),
    "makes an async hook plain": Case(
        "plugins.E008", plugin_source("@hookimpl\ndef slot_fragments(self, ctx):\n    return {}")
    ),
    "requires what is not there": Case("plugins.E009", plugin_source(manifest="requires=('party',)")),
    "requires itself": Case("plugins.E010", plugin_source(manifest="requires=('broken',)")),
    "wants to be first": Case(
        "plugins.E011",
        plugin_source("@hookimpl(tryfirst=True)\ndef menu_items(self, ctx):\n    return ()"),
    ),
    "has capabilities of others": Case(
        "plugins.E016",
        plugin_source(manifest="capabilities=(Capability(id='core.post.publish', roles=frozenset(), label=''),)"),
    ),
    "has tasks with others' names": Case(
        "plugins.E016",
        plugin_source("@hookimpl\ndef tasks(self):\n    return [Task(name='media.sweep', run=print)]"),
    ),
    "takes other arguments": Case(
        "plugins.E018", plugin_source("@hookimpl\ndef menu_items(self, page):\n    return ()")
    ),
    "gives strings for pages": Case(
        "plugins.E015", plugin_source("@hookimpl\ndef pages(self):\n    return ['/notes']")
    ),
    "gives None for pages": Case("plugins.E015", plugin_source("@hookimpl\ndef pages(self):\n    return None")),
    "raises in pages": Case("plugins.E015", plugin_source("@hookimpl\ndef pages(self):\n    yield 1 / 0")),
    "has a page without an audience": Case(
        "plugins.E015",
        plugin_source("@hookimpl\ndef pages(self):\n    return [Page(path='/x', view=print)]"),
    ),
    "has one page twice": Case(
        "plugins.E019",
        plugin_source("@hookimpl\ndef pages(self):\n    return [Page(path='/x', view=print, to=EVERYONE)] * 2"),
    ),
    "has a page for nobody's capability": Case(
        "plugins.E020",
        plugin_source("@hookimpl\ndef pages(self):\n    return [Page(path='/x', view=print, to='broken.x')]"),
    ),
    "brings templates for others": Case(
        "plugins.E012", files={"templates/base.html": "", "templates/broken/x.html": ""}
    ),
    "has a table with another's name": with_table("plugins.E013", "market_thing", "scope = 'county'"),
    "has a table of nobody": with_table("plugins.E014", "broken_thing", ""),
    "has a setting of another plugin": with_setting("plugins.E022", SETTING.replace("broken.x", "party.x")),
    "has a setting without its prefix": with_setting("plugins.E022", SETTING.replace("broken.x", "x")),
    "has a setting with a capital": with_setting("plugins.E022", SETTING.replace("broken.x", "broken.X")),
    "has a setting that is too long": with_setting("plugins.E022", SETTING.replace("broken.x", f"broken.{'x' * 60}")),
    "has one setting twice": with_setting("plugins.E019", f"(Setting({SETTING}),) * 2"),
    "has a setting that is none": with_setting("plugins.E023", "('broken.x',)"),
    "has a setting outside a tuple": with_setting("plugins.E023", "(None)"),
    "has a default out of bounds": with_setting("plugins.E023", f"{SETTING}, maximum=2"),
    "has a default that cannot be chosen": with_setting("plugins.E023", f"{SETTING}, choices=((1, '一'), (2, '二'))"),
    "has choices of another type": with_setting("plugins.E023", f"{SETTING}, choices=(('3', '三'),)"),
    "has choices without words": with_setting("plugins.E023", f"{SETTING}, choices=(3, 4)"),
    "has a setting of no known type": with_setting("plugins.E023", SETTING.replace("default=3", "default=3.5")),
    "has a setting without a label": with_setting("plugins.E023", SETTING.replace("label='几个'", "label=''")),
    "has a setting for a province": with_setting("plugins.E023", f"{SETTING}, scope='province'"),
    "has bounds that are no numbers": with_setting("plugins.E023", f"{SETTING}, minimum=None"),
    "has a secret that everybody knows": with_setting(
        "plugins.E023", SETTING.replace("default=3", "default='abc', secret=True")
    ),
    "uses a setting that it does not declare": Case(
        "plugins.E024", plugin_source(head=f"from cunli import Setting\nX = Setting({SETTING})")
    ),
    "has a column that SQLite cannot store": with_table(
        "plugins.E027", "broken_thing", "scope = 'county'; at = fields.TimeField()"
    ),
    "has rows that follow a region": with_leader("fields.ForeignKeyField('core.Region', related_name=False)"),
    "has rows that follow a word": with_leader("fields.CharField(max_length=20)"),
    "has a kind of entry of another plugin": with_kind("plugins.E031", "id='party.x', label='一类'"),
    "has a kind of entry without its prefix": with_kind("plugins.E031", "id='x', label='一类'"),
    "has a kind of entry that is too long": with_kind("plugins.E031", f"id='broken.{'x' * 26}', label='一类'"),
    "has a kind of entry without a label": with_kind("plugins.E032", "id='broken.x', label=''"),
    "has a kind of entry in no known hue": with_kind("plugins.E032", "id='broken.x', label='一类', hue='pink'"),
    "has a kind of entry for nobody": with_kind("plugins.E032", "id='broken.x', label='一类', publish='broken.y'"),
    "has a kind of entry for a capability of the core": with_kind(
        "plugins.E032", "id='broken.x', label='一类', publish='core.post.publish'"
    ),
    "has a kind of entry with no such template": with_kind(
        "plugins.E033", "id='broken.x', label='一类', template='broken/x.html'"
    ),
    "has a kind of entry with a template of others": with_kind(
        "plugins.E033", "id='broken.x', label='一类', template='base.html'"
    ),
    "has a kind of entry with a template elsewhere": with_kind(
        "plugins.E033", "id='broken.x', label='一类', template='broken/../../x.html'", **{"templates/broken/y.html": ""}
    ),
    "has one kind of entry twice": Case(
        "plugins.E019",
        plugin_source(
            "@hookimpl\ndef feed_kinds(self):\n    return [FeedKind(id='broken.x', label='一类')] * 2",
            head="from cunli import FeedKind",
        ),
    ),
    "keeps data about people and does not say so": with_table(
        "plugins.E040",
        "broken_thing",
        "scope = 'county'; who = fields.ForeignKeyField('core.Person', related_name=False, on_delete=fields.CASCADE)",
    ),
    "keeps data about people and erases nothing": Case(
        "plugins.E041",
        plugin_source(
            "@hookimpl\nasync def export_data(self, ctx):\n    return ()", manifest="personal_data='own tables'"
        ),
    ),
    "keeps data about people and hands nothing over": Case(
        "plugins.E041",
        plugin_source("@hookimpl\nasync def erase_data(self, ctx): ...", manifest="personal_data='own tables'"),
    ),
    "says something else of its data": Case("plugins.E042", plugin_source(manifest="personal_data='some'")),
    "has two commands of one name": Case(
        "plugins.E019",
        plugin_source(
            "@hookimpl\ndef commands(self):\n    return [click.Command('go'), click.Command('go')]", head="import click"
        ),
    ),
    "is called like the core": Case("plugins.E017", name="core"),
    "is called like a room of the core": Case("plugins.E017", name="media"),
    "is called like an address of the core": Case("plugins.E017", name="members"),
    "has a capital in its name": Case("plugins.E017", name="Party"),
    "has a hyphen in its name": Case("plugins.E017", name="x-y"),
}
# found when a page asks, with a table that names something (test_t13_deprecated), and in the database
LATER = {"plugins.E021", "plugins.E030", "plugins.E070"}
ELSEWHERE = {"plugins.E050", "plugins.E051"}  # see test_compliance


def loaded(case: Case, install: Install) -> Registry:
    for distribution in case.distributions:
        install(case.name, case.source, distribution=distribution, files=dict(case.files), requires=case.requires)
    install("good", GOOD)
    return Registry.load([case.name, "good"], taken={"members"})


@pytest.mark.parametrize("what", CASES)
def test_t01_a_broken_plugin_yields_exactly_its_documented_problem_and_the_others_run(
    what: str, install: Install
) -> None:
    case = CASES[what]
    registry = loaded(case, install)
    assert [(p.id, p.plugin) for p in registry.problems] == [(case.expected, case.name)]
    assert registry.problems[0].hint
    assert list(registry.plugins) == ["good"]


def test_t01_every_problem_that_keeps_a_plugin_out_is_in_the_table() -> None:
    documented = {kind for kind in KINDS if kind.startswith("plugins.E")}
    assert documented == {case.expected for case in CASES.values()} | LATER | ELSEWHERE
    assert len(CASES) >= 12


@pytest.mark.parametrize(
    "case",
    [
        Case("", plugin_source(), requires=(f"cunli=={cunli.__version__}", "requests", "cunli (broken")),
        Case("", plugin_source(), files={"templates/broken/x.html": ""}),
        with_table("", "broken_thing", "scope = 'county'"),
        with_setting("", SETTING),
        with_kind(
            "", "id='broken.x', label='一类', template='broken/x.html', hue='tea'", **{"templates/broken/x.html": ""}
        ),
        Case("", plugin_source(head=f"from cunli import Setting\nX = Setting({SETTING})", manifest="settings=(X,)")),
        Case("", plugin_source(head=f"from cunli import Setting\nX = Setting({SETTING.replace('broken.', 'party.')})")),
    ],
)
def test_t01_control_what_is_right_has_no_problem(case: Case, install: Install) -> None:
    registry = loaded(case, install)
    assert (registry.problems, sorted(registry.plugins)) == ((), ["broken", "good"])


GUARDS = {
    "_hooks": "forgot the marker",
    "_capabilities": "has capabilities of others",
    "_settings": "has a default out of bounds",
    "_templates": "brings templates for others",
    "_tables": "has a table of nobody",
    "_names": "has tasks with others' names",
    "wrong_kinds": "has a kind of entry with a template of others",
    "undeclared": "has a page for nobody's capability",
}


@pytest.mark.parametrize("guard", GUARDS)
def test_t01_control_without_its_guard_a_broken_plugin_is_let_in(
    guard: str, install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, guard, lambda *_: [] if guard != "undeclared" else None)
    registry = loaded(CASES[GUARDS[guard]], install)
    assert (registry.problems, sorted(registry.plugins)) == ((), ["broken", "good"])


def test_t01_a_plugin_that_hangs_while_it_is_loaded_is_left_out(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    def impatient(name: str, work: Callable[[], object], *, deadline: float) -> object:
        return while_loading(name, work, deadline=0.2 if name == "slow" else deadline)

    monkeypatch.setattr(inspection, "while_loading", impatient)
    install("slow", "import threading\nreleased = threading.Event()\nreleased.wait()")
    install("good", GOOD)
    registry = Registry.load(["slow", "good"])
    assert [p.id for p in registry.problems] == ["plugins.E004"]
    assert "longer than 0.2 s" in registry.problems[0].text
    assert list(registry.plugins) == ["good"]
    sys.modules["cunli_slow"].released.set()
