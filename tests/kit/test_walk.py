"""The walk through a plugin fills in the forms of pages that only links lead to, and says what a form does through the core's doors."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.kit.conftest import Break, Edits, failing, walked

P: Final = "cunli_demo/"
WALL: Final = P + "templates/demo/wall.html"
PLUGIN: Final = P + "plugin.py"
LAST: Final = "PAGES = (\n"
ONCE: Final = "return visit.redirect(await form.once(act))"
TWICE: Final = "return visit.redirect(await act())"
SHOWN: Final = 'return await visit.render("demo/one.html", {"wish": visit.path_params["wish"]})'
VIEWS: Final = """
async def one(visit: Visit) -> Response:
    {shown}


async def tick(visit: Visit) -> Response:
    form = await visit.form()
    words = form.text("words", "x", required=True, max_length=MOST)
    if not form:
        return await _show(visit, form, status=422)
    {first}

    async def act() -> str:
        {act}
        return f"{{visit.here.url}}/demo/wishes"

    {sent}


PAGES = (
    Page(path="/one/{{wish}}", view=one, to=EVERYONE),
    Page(path="/one/{{wish}}/tick", view=tick, to=WRITE, methods=("POST",)),
"""
LINK: Final = '{% for wish in wishes %}<a href="{{ visit.village.url }}/demo/one/{{ wish.id }}">x</a>{% endfor %}<h1>'
ONE: Final = """{%- extends "village_base.html" -%}{%- block content -%}{%- import "ui.html" as ui -%}<h1>x</h1>
<form method="post" action="{{ visit.village.url }}/demo/one/{{ wish }}/tick">{{ form_token() }}
{{ ui.field(none, "words", _("心愿")) }}<button>x</button></form>{%- endblock -%}"""
WRITES: Final = "await actions.write(words, visit.me.id)"
TELLS: Final = "await unit(tell)(visit.me.id, 'demo.ticked', url=f'{visit.here.url}/demo/wishes')"
ASKS: Final = "await enqueue('demo.tidy', village_id=visit.here.id)"
KIND: Final = "demo.wish"
ENTERS: Final = """await unit(publish_entry)(reviewed)"""
REVIEWS: Final = f"""entry = Entry(kind='{KIND}', village_id=visit.here.id, author_id=visit.me.id, title="x", path="/wishes")
    reviewed = await review_entry(entry)"""
RAISES: Final = "raise ValueError('so nicht')"
HOOKS: Final = """    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (FeedKind(id="demo.wish", label="x", hue="gold", icon="seedling", template="demo/entry.html", publish=pages.WRITE),)

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        async def tidy(ctx: object) -> None: ...

        return (Task(name="demo.tidy", run=tidy),)

    @hookimpl
    def pages(self)"""


def _linked(act: str = WRITES, sent: str = ONCE, shown: str = SHOWN, first: str = "") -> Edits:
    views = VIEWS.format(act=act, sent=sent, shown=shown, first=first)
    head = "from cunli import Entry, enqueue, publish_entry, review_entry, tell, unit\n"
    return {P + "pages.py": (LAST, head + views), WALL: ("<h1>", LINK), P + "templates/demo/one.html": ONE}


def _with_doors(act: str, sent: str) -> Edits:
    told = "from cunli import FeedKind, MessageKind, Task\n"
    declared = "messages=(MessageKind(id='demo.ticked', says=_('心愿墙')),),\n        settings="
    text = {
        "settings=": declared,
        "    @hookimpl\n    def pages(self)": HOOKS,
        "from cunli import gettext": f"{told}from cunli import gettext",
    }
    return {
        **_linked(act, sent, first=REVIEWS),
        P + "templates/demo/entry.html": "<p>x</p>",
        **{f"{PLUGIN}#{n}": one for n, one in enumerate(text.items())},
    }


CASES: Final[dict[str, tuple[Edits, str, str]]] = {
    "control": (_linked(), "", ""),
    "raises": (_linked(RAISES), "kit.K701", "ValueError: so nicht in cunli_demo/pages.py:"),
    "twice": (_linked(sent=TWICE), "kit.K709", "demo_wish again"),
    "a page that raises": (_linked(shown=RAISES), "kit.K701", "GET /v/heping/demo/one/"),
    "a page that raises for some": (
        _linked(shown=f"if visit.may(WRITE):\n        {SHOWN}\n    {RAISES}"),
        "kit.K701",
        "as neighbour: 500, ValueError: so nicht",
    ),
    "a page that writes": (_linked(shown=f"await actions.write('x', None)\n    {SHOWN}"), "kit.K705", "demo_wish"),
    "doors": (_with_doors(f"{ENTERS}\n        {TELLS}\n        {ASKS}", ONCE), "", ""),
    "entered twice": (_with_doors(ENTERS, TWICE), "kit.K709", "the feed again"),
    "told twice": (_with_doors(TELLS, TWICE), "kit.K709", "the inbox of people again"),
    "asked twice": (_with_doors(ASKS, TWICE), "kit.K709", "the background jobs again"),
}


@pytest.mark.parametrize("case", CASES)
async def test_forms_and_pages_that_links_lead_to_are_judged_as_others_are(
    case: str, broken: Break, template: Path, tmp_path: Path
) -> None:
    edits, number, says = CASES[case]
    found = failing(await walked(broken(edits).site, tmp_path, template))
    found.pop("kit.K725", None)  # a form that could not be sent is said, too
    assert set(found) == ({number} if number else set()), found
    assert any(says in line for line in found.get(number, [""])), found


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_on_both_databases_a_form_behind_a_link_is_sent_by_all_who_see_it(
    kind: str, broken: Break, tmp_path: Path
) -> None:
    seen = await walked(broken(_with_doors(ENTERS, TWICE)).site, tmp_path, kind=kind)
    sent = {answer.role for answer in seen.of("sent") if "/tick" in answer.path and answer.status == 303}
    assert sent == {"villager", "village_admin", "county_admin"}
    assert any("the feed again" in line for line in failing(seen)["kit.K709"])


async def test_what_is_meant_for_the_county_says_where_it_comes_from(
    broken: Break, template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.kit.test_living_rules import GUARDS

    monkeypatch.setattr(*GUARDS["kit.K711"])
    signed = '{{ wish.words }} <a href="/v/heping/">x</a></li>'
    seen = await walked(broken({WALL: ("{{ wish.words }}</li>", signed)}).site, tmp_path, template)
    assert failing(seen) == {}
    assert any("planted" in answer.html for answer in seen.of("elsewhere")), "the control: it was shown"
