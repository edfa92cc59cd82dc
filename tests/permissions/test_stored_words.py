"""Words of people that look like a template's are shown as they stand, in every column and on every page (XS-6)."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

import jinja2
import pytest
from markupsafe import Markup
from tortoise import fields
from tortoise.models import Model

from cunli import rooms
from cunli.feed import words as feed_words
from cunli.notify import words as message_words
from cunli.testing import stored_texts
from cunli.testing.stored_texts import TextColumn
from cunli.trust.numbers import mask_name

from . import showing
from .showing import Shown
from .world import World

# Short enough for every column and for every place where words are cut. 7777777 × 3 = 23333331.
LOOK_ALIKES = (
    "{{7777777*3}}", "{{visit}}", "{%if 1%}q{%endif%}", "{#q#}", "${7777777*3}", "#{7777777*3}", "<%=7777777*3%>", "@(7777777*3)",
    "{x.__class__}", "{0.__class__}", "{}", "{0}", "{name}", "%(name)s", "%(village)s", "%(a)s", "%s", "%d", "%%", "$name", "[[q]]",
    "\\g<0>", "\\u0041", "&#65;", "&amp;",
)  # fmt: skip
WORKED_OUT = ("23333331", "&lt;class", "__main__", "cunli.web")


ALOUD = "/loudspeaker"  # there texts are put into words that can be read out: nothing stands as it was written
LEAST = 4  # characters of a text that are shown wherever it is cut: the seal of a group has room for six


class Stray(Model):
    """A table that nobody thought of when these tests were written."""

    id = fields.IntField(primary_key=True)
    said = fields.TextField()

    class Meta:
        table = "stray"


def value(at: TextColumn, text: str) -> str:
    return f"{at.mark}{text}〉"


def as_it_stands(said: str, at: TextColumn, text: str) -> bool:
    """Whether each place that shows this column shows the text, its beginning where there is little room, or a masked name."""
    whole = value(at, text)
    masked = mask_name(whole + "0")[:2]
    places = [said[found.start() : found.start() + len(whole)] for found in re.finditer(at.mark, said)]
    return all(place == whole or place.startswith((whole[: 1 + LEAST], masked)) for place in places)


async def wrong_with(world: World, shown: Sequence[Shown], text: str) -> list[str]:
    """Pages that show something else than this text, once it stands in every column."""
    await showing.say_everything(world, lambda at, n: value(at, text) + str(n))
    return [problem for page in shown for problem in await _problems(world, page, text)]


async def _problems(world: World, page: Shown, text: str) -> list[str]:
    answer = await world.send(page.role, "GET", page.ask)
    said = html.unescape(answer.body)
    where = f"{text} on {page.row} as {page.role.id}"
    changed = [
        # personal data is masked: nothing of it can be read, and nothing of it can be worked out either
        f"{where}: {at} is not shown as it stands"
        for at in page.columns
        if at.kind != "sealed" and ALOUD not in page.row and not as_it_stands(said, at, text)
    ]
    worked_out = [f"{where}: {result}" for result in WORKED_OUT if result in answer.body]
    return changed + worked_out + ([] if answer.status == page.answer.status else [f"{where}: {answer.status}"])


async def shown_in(world: World) -> list[Shown]:
    await showing.say_everything(world, lambda at, n: value(at, "说了一句很平常的话") + str(n))
    return await showing.pages(world)


async def test_words_that_look_like_a_template_are_shown_as_they_stand(lived_in_sqlite: World) -> None:
    shown = await shown_in(lived_in_sqlite)
    fewest = showing.fewest(shown)
    assert len(fewest) > 60
    seen = {at for page in shown for at in page.columns}
    assert {str(at) for at in showing.targets() if at not in seen} == showing.UNSEEN
    assert [problem for text in LOOK_ALIKES for problem in await wrong_with(lived_in_sqlite, fewest, text)] == []


def test_every_column_that_is_left_out_exists_and_a_new_one_is_found() -> None:
    every = stored_texts.every_text(rooms.APP.models)
    assert stored_texts.not_words() - set(every) == set()
    assert {str(at) for at in showing.targets()} == set(every) - stored_texts.not_words()
    assert {str(at) for at in stored_texts.columns([__name__])} == {"stray.said"}


async def test_without_care_the_words_would_be_read_as_a_template(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    fewest = showing.fewest(await shown_in(lived_in_sqlite))
    with monkeypatch.context() as careless:
        careless.setattr(feed_words, "html", lambda text: Markup(jinja2.Template(text).render()))
        assert any("23333331" in problem for problem in await wrong_with(lived_in_sqlite, fewest, "{{7777777*3}}"))
    with monkeypatch.context() as careless:
        careless.setattr(message_words, "_filled", lambda says, given: (says % given) % given)
        problems = await wrong_with(lived_in_sqlite, fewest, "%(village)s")
        assert problems
        assert any(" on GET /inbox as author" in problem for problem in problems)
