"""T8: which slots a template has, and what arrives in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import jinja2
import pytest
from markupsafe import Markup

from cunli.compliance.deciding import Allowed
from cunli.compliance.profiles import profile
from cunli.hooks import PageContext, SlotContext
from cunli.inspection import Accepted
from cunli.plugin import Fragment, Manifest, Plugin
from cunli.registry import Registry
from cunli.web import slots
from cunli.web.wanted import Wanted, slots_in, wanted_by

PAGE = PageContext(village_id=1, village_url="/v/heping", person_id=None, verified=False, locale="zh_Hans", may=bool)

TEMPLATES = {
    "base.html": '{{ slot("base.top") }}{% block body %}{{ slot("base.body") }}{% endblock %}{% include "foot.html" %}',
    "foot.html": '{{ slot("foot") }}{% for item in slot.menu %}{{ item.label }}{% endfor %}',
    "page.html": '{% extends "base.html" %}{% from "ui.html" import row %}{% block body %}{{ slot("page.body", 3) }}'
    '{% include "part.html" %}{% include ["missing.html", "other.html"] ignore missing %}{% endblock %}',
    "part.html": '{{ slot("part") }}{{ slot(name) }}',
    "other.html": '{{ slot("other") }}',
    "ui.html": '{% macro row() %}{{ slot("macro") }}{% endmacro %}',
    "plain.html": "{{ slots }} {{ not_slot('x') }} {% raw %}{{ slot('raw') }}{% endraw %}",
    "round.html": '{{ slot("round") }}{% include "round.html" %}',
    "card.html": "<i>{{ words }}</i>",
    "good/card.html": "<i>{{ words }}</i>",
    "good/broken.html": "{{ 1 / 0 }}",
}


@pytest.fixture
def env() -> jinja2.Environment:
    return jinja2.Environment(loader=jinja2.DictLoader(TEMPLATES), autoescape=True, undefined=jinja2.StrictUndefined)


def test_t08_slots_are_found_in_parents_includes_and_lists(env: jinja2.Environment) -> None:
    assert wanted_by(env, "page.html") == Wanted(
        slots=("page.body", "part", "other", "base.top", "base.body", "foot"), menu=True
    )


def test_t08_what_only_looks_like_a_slot_is_none(env: jinja2.Environment) -> None:
    assert wanted_by(env, "plain.html") == Wanted(slots=(), menu=False)
    assert slots_in(env, "round.html") == {"round"}


def test_t08_a_block_alone_asks_for_its_own_slots_only(env: jinja2.Environment) -> None:
    assert wanted_by(env, "page.html", "body") == Wanted(slots=("page.body", "part", "other"), menu=False)
    assert wanted_by(env, "page.html", "no such block") == Wanted(slots=(), menu=False)


def test_t08_the_syntax_tree_is_read_once(env: jinja2.Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    first = wanted_by(env, "page.html")
    monkeypatch.setattr(jinja2.Environment, "parse", None)
    assert wanted_by(env, "page.html") is first


class Given(Plugin):
    """A plugin that gives what the test wants, and remembers what it was asked."""

    manifest = Manifest(label="", summary="")

    def __init__(self, give: object) -> None:
        self.give = give
        self.asked: list[SlotContext] = []


def registry_of(give: object, *, strict: bool = True) -> tuple[Registry, Given]:
    from cunli.hooks import hookimpl

    class Giving(Given):
        @hookimpl
        async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
            self.asked.append(ctx)
            return self.give  # type: ignore[return-value]

    plugin = Giving(give)
    accepted = Accepted(id="good", package="cunli", plugin=plugin, pages=(), tasks=(), subscriptions=())
    return Registry([accepted], strict=strict), plugin


async def fill(
    env: jinja2.Environment, give: object, *subjects: int, strict: bool = True
) -> Mapping[tuple[str, int | None], Markup]:
    registry, _ = registry_of(give, strict=strict)
    ctx = SlotContext(slot="feed.top", page=PAGE, subjects=subjects)
    filling = slots._Filling(registry, env, frozenset({"good"}), Allowed(registry, profile("cn2026")))
    return await filling.one(ctx, 60)


async def test_t08_text_is_escaped_and_markup_passes(env: jinja2.Environment) -> None:
    found = await fill(env, {None: [Fragment(text="<b>&"), Fragment(text=Markup("<b>ok</b>"))]})
    assert found["feed.top", None] == (
        '<div id="good-feed-top" data-plugin="good" data-hx-target="this">&lt;b&gt;&amp;<b>ok</b></div>'
    )


async def test_t08_a_template_of_its_own_is_drawn_and_escapes(env: jinja2.Environment) -> None:
    found = await fill(env, {None: [Fragment(template="good/card.html", context={"words": "<b>"})]})
    assert "<i>&lt;b&gt;</i>" in found["feed.top", None]


async def test_t08_a_lazy_piece_is_a_plain_link_first(env: jinja2.Environment) -> None:
    found = await fill(env, {None: [Fragment(lazy="/v/heping/good/x?a=1&b=2", label="看看<b>")]})
    assert '<a href="/v/heping/good/x?a=1&amp;b=2">看看&lt;b&gt;</a>' in found["feed.top", None]
    assert 'data-hx-trigger="load"' in found["feed.top", None]


async def test_t08_each_subject_gets_its_own(env: jinja2.Environment) -> None:
    found = await fill(env, {7: [Fragment(text="seven")], 9: [Fragment(text="nine")]}, 7, 8, 9)
    drawn = slots.Slots(found)
    assert "seven" in drawn("feed.top", 7)
    assert 'id="good-feed-top-9"' in drawn("feed.top", 9)
    assert drawn("feed.top", 8) == drawn("feed.top") == drawn("elsewhere") == ""


@pytest.mark.parametrize(
    "give",
    [
        None,
        [Fragment(text="x")],
        {None: "x"},
        {None: ["x"]},
        {None: [Markup("x")]},
        {7: [Fragment(text="nobody asked")]},
        {None: [Fragment(template="card.html")]},
        {None: [Fragment(template="good/broken.html")]},
        {None: [Fragment(template="good/../card.html")]},
        {None: [Fragment(lazy="https://evil.example/x", label="x")]},
        {None: [Fragment(lazy="//evil.example/x", label="x")]},
        {None: None},
    ],
)
async def test_t08_rubbish_leaves_a_marked_gap(env: jinja2.Environment, give: object) -> None:
    found = await fill(env, give, strict=False)
    assert found == {("feed.top", None): Markup("<!-- feed.top: good -->")}


async def test_t08_nothing_at_all_draws_nothing(env: jinja2.Environment) -> None:
    assert not any((await fill(env, {})).values())
    assert not any((await fill(env, {None: []})).values())


def test_t08_a_fragment_is_one_thing() -> None:
    for wrong in ({}, {"text": "a", "lazy": "/b", "label": "b"}, {"lazy": "/b"}):
        with pytest.raises(ValueError, match="fragment"):
            Fragment(**wrong)  # type: ignore[arg-type]
