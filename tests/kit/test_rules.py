"""Every rule for wheels is broken once by a plugin that breaks exactly it. The same plugin unbroken keeps them all."""

from __future__ import annotations

from typing import Final

import pytest

from cunli.kit.rules import RULES
from cunli.kit.subject import Subject
from tests.kit.conftest import Break, Edits

P: Final = "cunli_demo/"
WALL: Final = P + "templates/demo/wall.html"
PAGES: Final = P + "pages.py"
ACTIONS: Final = P + "actions.py"
PLUGIN: Final = P + "plugin.py"
ENGLISH: Final = P + "locale/en/LC_MESSAGES/messages.po"
MIGRATION: Final = P + "migrations/0001_initial.py"
END: Final = "from .models import Wish\n"
H1: Final = "<h1>"
PROBED: Final = frozenset({"kit.K201", "kit.K202", "kit.K501", "kit.K502", "kit.K503", "kit.K504"})
EMPTY: Final = "import this_is_not_there\n"


def _acts(source: str) -> Edits:
    return {ACTIONS: (END, f"{END}\n{source}\n")}


def _draws(html: str) -> Edits:
    return {WALL: (H1, f"{html}{H1}")}


BREAKS: Final[list[tuple[str, Edits]]] = [
    ("kit.K101", {"INFO/METADATA": ("Summary: ", "Keywords: ")}),
    ("kit.K102", {"INFO/METADATA": ("License-File: ", "Keywords: ")}),
    ("kit.K103", {"INFO/METADATA": ("Project-URL: Issues", "Project-URL: Home")}),
    ("kit.K104", {"INFO/METADATA": ("cunli<1,>=0.1", "cunli>=0.1")}),
    ("kit.K104", {"INFO/METADATA": ("cunli<1,>=0.1", "cunli<1")}),
    ("kit.K104", {"INFO/METADATA": ("cunli<1,>=0.1", "cunli<100,>=99")}),
    ("kit.K104", {"INFO/METADATA": ("Requires-Dist: cunli<1,>=0.1", "Requires-Dist: click")}),
    ("kit.K105", {P + "py.typed": None}),
    ("kit.K107", {"tests/test_x.py": ""}),
    ("kit.K201", {PLUGIN: ("@hookimpl\n    def pages", "def pages")}),
    ("kit.K201", {PLUGIN: ("        settings=(SHOWN,),\n", "")}),
    ("kit.K201", {PLUGIN: ("plugin = Demo()", "raise SystemExit(3)")}),
    ("kit.K202", {ACTIONS: (END, f"{END}\nopen('/dev/null').close()\n")}),
    ("kit.K202", {ACTIONS: (END, f"{END}\nfrom threading import Event, Thread\n\nThread(target=Event().wait, daemon=True).start()\n")}),
    ("kit.K202", {ACTIONS: (END, f"{END}\nimport socket\n\nsocket.socket().close()\n")}),
    ("kit.K203", _acts("from cunli.settings import Settings")),
    ("kit.K203", _acts("from cunli import registry")),
    ("kit.K204", _acts("def sell() -> None:\n    import cunli_market")),
    ("kit.K205", _acts("def look() -> None:\n    import sqlite3")),
    ("kit.K205", _acts("from tortoise import transactions")),
    ("kit.K206", _acts("import time\n\nasync def wait() -> None:\n    time.sleep(1)")),
    ("kit.K207", _acts("try:\n    pass\nexcept BaseException:\n    pass")),
    ("kit.K208", _acts("from markupsafe import Markup\n\ndef shout(w: str) -> Markup:\n    return Markup('<b>' + w)")),
    ("kit.K301", _draws("{% if %}")),
    ("kit.K302", _draws('{% include "demo/nothing.html" %}')),
    ("kit.K302", {PAGES: ("demo/wall.html", "demo/nothing.html")}),
    ("kit.K303", _draws('<p style="color:red"></p>')),
    ("kit.K303", _draws("<script>1</script>")),
    ("kit.K304", _draws("{{ most|safe }}")),
    ("kit.K305", _draws('<img alt="" src="https://example.org/x.png">')),
    ("kit.K306", {WALL: ("{{ form_token() }}", "")}),
    ("kit.K307", _draws('{{ icon("no-such-icon") }}')),
    ("kit.K307", _draws("{{ static('demo/no.css') }}")),
    ("kit.K308", _draws('{{ slot("market.top") }}')),
    ("kit.K308", _draws('{{ slot("village.bottom") }}')),
    ("kit.K309", {P + "static/demo.css": ".p-demo-x { color: red }"}),
    ("kit.K309", {P + "static/demo.css": "@layer plugins { body { color: red } }"}),
    ("kit.K402", {ENGLISH: ('msgstr "Wish"', 'msgstr ""')}),
    ("kit.K402", {ENGLISH: ('msgid "心愿"\nmsgstr "Wish"\n', "")}),
    ("kit.K403", {ENGLISH: ("%(n)s wishes", "%(count)s wishes")}),
    ("kit.K404", _draws("<p>墙</p>")),
    ("kit.K404", {WALL: ('hint=_("一句话，不写名字")', 'hint="一句话"')}),
    ("kit.K405", {PAGES: ('toast=_("挂上去了")', 'toast="挂上去了"')}),
    ("kit.K501", {PLUGIN: ('        migrations="cunli_demo.migrations",\n', "")}),
    ("kit.K502", {P + "models.py": ("max_length=80", "max_length=90")}),
    ("kit.K504", {P + "models.py": ("related_name=False", 'related_name="wishes"'), MIGRATION: ("related_name=False", "related_name='wishes'")}),
]  # fmt: skip
ELSEWHERE: Final = frozenset({"kit.K106", "kit.K108", "kit.K109", "kit.K401", "kit.K503"})


def failing(subject: Subject) -> set[str]:
    return {rule.id for rule in RULES if rule.must and list(rule.look(subject))}


def test_a_new_plugin_keeps_every_rule(subject: Subject) -> None:
    assert failing(subject) == set()


@pytest.mark.parametrize(("number", "edits"), BREAKS, ids=[f"{n}-{i}" for i, (n, _) in enumerate(BREAKS)])
def test_a_plugin_that_breaks_one_rule_fails_exactly_that(
    number: str, edits: Edits, broken: Break, subject: Subject
) -> None:
    wrong = broken(edits)
    if number not in PROBED:  # what a process of its own would see is the same: those start one, and cost a second
        wrong.__dict__["probed"] = subject.probed
    assert failing(wrong) == {number}


def test_every_rule_has_its_control_and_says_what_to_do() -> None:
    assert {number for number, _ in BREAKS} | ELSEWHERE == {rule.id for rule in RULES}
    for rule in RULES:
        assert len(rule.advice) > 20, rule.id


def test_a_file_that_does_not_reach_the_wheel_is_named(broken: Break, subject: Subject) -> None:
    wrong = broken({P + "templates/demo/sidebar.html": None}, subject.source)
    wrong.__dict__["probed"] = subject.probed
    assert failing(wrong) == {"kit.K106", "kit.K302"}, "the hook asks for it too"


def test_a_module_is_not_a_package(broken: Break, subject: Subject) -> None:
    wrong = broken({P + "__init__.py": None}, subject.source)
    wrong.__dict__["probed"] = subject.probed
    assert failing(wrong) == {"kit.K106", "kit.K108"}


def test_a_catalogue_that_cannot_be_read_is_named(broken: Break, subject: Subject) -> None:
    wrong = broken({P + "locale/zh_Hans/LC_MESSAGES/messages.po": 'msgid "x"\nmessage "y"\n'})
    wrong.__dict__["probed"] = subject.probed
    assert failing(wrong) == {"kit.K401"}


def test_a_key_to_a_plugin_that_need_not_be_there_is_named(broken: Break, subject: Subject) -> None:
    wrong = broken({})
    (table,) = subject.probed["tables"]
    keys = [*table["keys"], {"name": "stall", "to": "market.Stall", "related_name": False}]
    wrong.__dict__["probed"] = {**subject.probed, "tables": [{**table, "keys": keys}]}
    assert failing(wrong) == {"kit.K503"}
    wrong.__dict__["probed"]["requires"] = ["market"]
    assert failing(wrong) == set(), "the control"


def test_placeholders_are_said_and_do_not_fail(subject: Subject) -> None:
    (rule,) = [rule for rule in RULES if rule.id == "kit.K109"]
    assert not rule.must
    assert len(list(rule.look(subject))) == 2


def test_what_a_new_plugin_says_of_wishes_is_said_to_be_left_over_where_there_are_none(
    broken: Break, subject: Subject
) -> None:
    (rule,) = [rule for rule in RULES if rule.id == "kit.K109"]
    other = broken({}, subject.source)
    for path in [*other.home.rglob("*.py"), *other.home.rglob("*.html")]:
        path.write_text(path.read_text("utf-8").replace("心愿", "工具"), "utf-8")
    left = [line for line in rule.look(other) if "no wishes" in line]
    assert [line.partition(" ")[0] for line in left] == ["description", "README", "CHANGELOG.md"]
    assert "A wall of wishes for a village." in left[2]
    about = next(other.site.glob("*.dist-info")) / "METADATA"
    about.write_text("Metadata-Version: 2.4\nName: cunli-demo\nVersion: 0.1.0\nSummary: Tools\n\nTools for all.\n")
    assert [line for line in rule.look(other) if "no wishes" in line] == left[2:], "what was written anew is not named"


def test_icons_that_are_meant_are_named(broken: Break, subject: Subject) -> None:
    (rule,) = [rule for rule in RULES if rule.id == "kit.K307"]
    assert "docs/reference/icons.md" in rule.advice
    edits: Edits = {
        WALL: (H1, '{{ icon("baskett") }}{{ icon("qqqq") }}<h1>'),
        PLUGIN: ('icon="seedling"', 'icon="seeding"'),
    }
    said = list(rule.look(broken(edits)))
    assert [line.rpartition("no icon ")[2] for line in said] == [
        "“baskett”; there is basket",
        "“qqqq”",
        "“seeding”; there is seedling, settings",
    ]
