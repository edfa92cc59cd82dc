"""T8 on the pages of a county: text is escaped, each slot is asked for once, the documented slots are those there are."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import jinja2
import pytest

from cunli import db
from cunli.clock import now
from cunli.feed.models import Post
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor
from cunli.web import slots
from cunli.web.tokens import new_key
from cunli.web.wanted import Wanted, slots_in

REFERENCE = Path(__file__).parents[2] / "docs/reference/plugins.md"
COUNTING = """
from cunli import Fragment, Manifest, Plugin, hookimpl

asked = []

class Counting(Plugin):
    manifest = Manifest(label="数", summary="")

    @hookimpl
    async def slot_fragments(self, ctx):
        asked.append((ctx.slot, ctx.subjects))
        return {subject: [Fragment(text="<b>粗</b>")] for subject in (None, *ctx.subjects)}

plugin = Counting()
"""


def documented() -> set[str]:
    table = REFERENCE.read_text("utf-8").partition("## Slots")[2].partition("## ")[0]
    return set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))


def there_are(env: jinja2.Environment) -> set[str]:
    return {slot for template in env.list_templates(extensions=["html"]) for slot in slots_in(env, template)}


def test_t08_the_documented_slots_are_those_of_the_templates(county: LiveSite) -> None:
    env = county.app.site.templates.environment("zh_Hans")
    own = {"sample.note"}  # of the sample, not of the core
    assert there_are(env) - own == documented()
    assert len(documented()) >= 5
    more = jinja2.DictLoader({"planted.html": '{{ slot("planted.here") }}'})
    planted = jinja2.Environment(loader=jinja2.ChoiceLoader([more, env.loader or more]), autoescape=True)
    planted.extensions = env.extensions
    assert there_are(planted) - own - documented() == {"planted.here"}, "the control"


async def pin(visitor: Visitor, words: str) -> Opened:
    page = await visitor.open("/v/heping/sample/notes")
    return await page.form().fill(words=words).send()


async def test_t08_slots_are_filled_by_page_and_by_subject(county: LiveSite) -> None:
    admin = await county.sign_in(await county.village_admin())
    await pin(admin, "一")
    page = await pin(admin, "二")
    side = page.one("aside #sample-village-sidebar")
    assert "<b>2</b> 张条子" in side.text_content(), "a string is text"
    assert [e.text_content() for e in side.cssselect("em")] == ["告示板"], "markup is markup"
    assert [e.text_content() for e in side.cssselect(".p-sample-count")] == ["2 张"]
    (link,) = side.cssselect("[data-hx-get] a")
    assert link.get("href") == "/v/heping/sample/notes", "a lazy piece works without JavaScript"
    last = (await db.read("SELECT max(id) AS id FROM sample_note"))[0]["id"]
    assert page.words(f"#sample-sample-note-{last}") == [f"第 {last} 号"]
    opened = await county.visitor().open(link.get("href", ""))
    assert (opened.status, "一" in opened.html, "<html" in opened.html) == (200, True, True), "the link is a whole page"


async def write_posts(county: LiveSite, author_id: int, count: int) -> str:
    """Posts that everybody may read; the key of the last."""

    async def write() -> str:
        key = ""
        for number in range(count):
            key = new_key()
            await Post.create(
                key=key,
                village_id=county["heping"].id,
                region_id=county["heping"].region_id,
                author_id=author_id,
                kind="post",
                body=f"第 {number} 条",
                audience="public",
                state="visible",
                created_at=now(),
            )
        return key

    with db.scope(county["heping"].id):
        return await db.run_unit(write)


async def asked_per_page(county: LiveSite, admin: Visitor, post: str) -> dict[str, list[tuple[str, int]]]:
    """What the counting plugin is asked on each page of the village: slots, and for how many subjects."""
    asked = sys.modules["cunli_broken"].asked
    plain = [
        page.full_path.replace("{village}", "heping")
        for plugin, page in county.app.site.pages
        if plugin is None and page.scope == "village" and "GET" in page.methods and "{" not in page.path
    ]
    found = {}
    for path in [*plain, f"/v/heping/p/{post}"]:
        asked.clear()
        assert (await admin.open(path)).status < 500, path
        found[path] = [(slot, len(subjects)) for slot, subjects in asked]
    return found


@pytest.mark.parametrize("broken", [COUNTING])
async def test_t08_each_slot_is_asked_for_once_on_a_page_however_much_is_on_it(
    county: LiveSite, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await county.village_admin()
    admin = await county.sign_in(who)
    few = await asked_per_page(county, admin, await write_posts(county, who.id, 3))
    many = await asked_per_page(county, admin, await write_posts(county, who.id, 9))
    assert {slot for calls in few.values() for slot, _ in calls} == documented(), "every slot is on some page"
    for path, calls in many.items():
        assert max(Counter(slot for slot, _ in calls).values(), default=0) <= 1, path
    shown = [[slot for slot, _ in calls] for calls in many.values()]
    assert shown == [[slot for slot, _ in calls] for calls in few.values()]
    cards = dict(many["/v/heping/"])
    assert (cards["post.card"], dict(few["/v/heping/"])["post.card"]) == (12, 3)
    page = await admin.open("/v/heping/")
    assert "&lt;b&gt;粗&lt;/b&gt;" in page.html
    assert "<b>粗</b>" not in page.html
    wanted_by = slots.wanted_by  # type: ignore[attr-defined]

    def twice(env: jinja2.Environment, template: str, block: str | None = None) -> Wanted:
        wanted = wanted_by(env, template, block)
        return Wanted(slots=(*wanted.slots, *wanted.slots), menu=wanted.menu)

    monkeypatch.setattr(slots, "wanted_by", twice)
    asked = sys.modules["cunli_broken"].asked
    asked.clear()
    await admin.open("/v/heping/")
    assert max(Counter(slot for slot, _ in asked).values()) == 2, "the control"
