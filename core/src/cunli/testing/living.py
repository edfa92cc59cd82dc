"""What holds for every plugin while it runs: each rule judges the evidence of one walk through its pages."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml.html import HtmlElement

from cunli.testing.bench import ON
from cunli.testing.cast import OUTSIDE
from cunli.testing.crawl import MORE_POSTS
from cunli.testing.evidence import PLANTED, Answer, Evidence, tree_of

Judge = Callable[[Evidence], Iterator[str]]
POSSIBLE: Final = frozenset({200, 303, 401, 403, 404, 422})
MOST_QUERIES: Final = 2
_LABELLED: Final = ("text", "search", "tel", "email", "number", "date", "password", "file", "url")


def migrations_go_there_and_back(seen: Evidence) -> Iterator[str]:
    """Give every operation a reverse: a county that removes the plugin must get its database back as it was."""
    yield from seen.migrated


def every_role_gets_an_answer(seen: Evidence) -> Iterator[str]:
    """Pages answer 200, 303, 403, 404 (a form also 401 or 422) to everybody. A 500 is a bug: what was raised stands beside it."""
    for answer in seen.of("page", "written", "linked", "post", "htmx"):
        if answer.status not in POSSIBLE:
            yield str(answer)
    yield from (str(a) for a in seen.of("sent", "whole", "door", "link") if a.status >= 500)
    yield from (str(a) for a in seen.of("elsewhere") if a.status >= 500 and a.page is not None)


def only_the_audience_gets_in(seen: Evidence) -> Iterator[str]:
    """Who is not the page's audience (`to=`) must not get it, whatever the view does."""
    for answer in seen.of("page", "written", "linked", "post"):
        assert answer.page is not None
        kind = answer.page.audience.kind
        outside = answer.role == "nobody" or (answer.role in OUTSIDE and kind == "member")
        if kind != "everyone" and outside and answer.status not in (303, 401, 403, 404):
            yield f"{answer}, and the page is for {answer.page.audience}"


def it_does_not_exist_where_it_is_off(seen: Evidence) -> Iterator[str]:
    """Where a village has switched the plugin off its pages answer 404 to everybody, by any method."""
    yield from (str(answer) for answer in seen.of("off") if answer.status != 404)


def it_leaves_no_trace_where_it_is_off(seen: Evidence) -> Iterator[str]:
    """Other villages' pages show nothing of it: bring doors with menu_items() and pieces with slot_fragments(), which are asked only where it is on."""
    for answer in seen.of("trace"):
        if f'data-plugin="{seen.plugin}"' in answer.html or re.search(rf"/v/\w+/{seen.plugin}/", answer.html):
            yield f"{answer} shows the plugin"


def reading_changes_nothing(seen: Evidence) -> Iterator[str]:
    """Only a form that posts may write: browsers, crawlers and previews open addresses without asking anybody."""
    for answer in seen.of("page", "written", "linked"):
        if answer.changed:
            yield f"{answer.method} {answer.path} as {answer.role} wrote to {', '.join(answer.changed)}"


def forms_from_elsewhere_are_refused(seen: Evidence) -> Iterator[str]:
    """A form from another site, or without a token from a browser that says nothing, is refused and changes nothing."""
    for answer in seen.of("unsent"):
        if answer.status not in (303, 400, 401, 403, 404) or answer.changed:
            yield f"{answer} {', '.join(answer.changed)}"


def every_form_has_its_token(seen: Evidence) -> Iterator[str]:
    """Write {{ form_token() }} inside the form."""
    yield from (f"a form on {answer.path} has no token" for answer in seen.of("no token"))


def rubbish_in_a_form_is_answered(seen: Evidence) -> Iterator[str]:
    """Read fields with form.text(…, max_length=…), form.choice, form.integer: they take anything, and say what is wrong."""
    yield from (str(answer) for answer in seen.of("form") if answer.status >= 500)


def a_form_sent_twice_counts_once(seen: Evidence) -> Iterator[str]:
    """Do the work in `await form.once(act)`: people press twice when the network is slow. Entries, messages and jobs count, too."""
    yield from seen.doubled


def what_people_write_stays_text(seen: Evidence) -> Iterator[str]:
    """What was typed into a field came back as markup: take `|safe` and Markup(…) away, and let templates escape."""
    for answer in seen.of("page", "written", "linked", "form", "sent", "core", "link", "htmx", "whole"):
        if answer.html and tree_of(answer.html).cssselect(f".{PLANTED}"):
            yield f"{answer} holds the markup that was typed"


def nobody_reads_another_villages_words(seen: Evidence) -> Iterator[str]:
    """Rows of one village showed in another: derive the model from VillageModel and read through it. What is meant for the whole county leads to its village."""
    for answer in seen.of("elsewhere"):
        if PLANTED in answer.html and any(map(_unsigned, tree_of(answer.html).iter())):
            yield f"{answer} shows what was written in another village"


def _unsigned(element: HtmlElement) -> bool:
    """Whether it shows planted words, and nothing around it, short of the page, leads to the village they are from."""
    if not isinstance(element.tag, str) or PLANTED not in "".join((element.text or "", *element.attrib.values())):
        return False
    around = [one for one in (element, *element.iterancestors()) if one.tag not in ("main", "body", "html")]
    return not any(link.get("href", "").startswith(f"/v/{ON}/") for one in around for link in one.cssselect("a[href]"))


def no_script_or_style_in_the_page(seen: Evidence) -> Iterator[str]:
    """The content policy refuses inline script, style and handlers: ship a style sheet, or use the theme's components."""
    for answer in _whole(seen):
        yield from dict.fromkeys(f"{answer}: {what}" for what in _inline(tree_of(answer.html)))


def nothing_from_other_hosts(seen: Evidence) -> Iterator[str]:
    """Pictures, styles and forms come from this site: ship the file in static/."""
    for answer in _whole(seen):
        for element in tree_of(answer.html).cssselect("[src], link[href], form[action]"):
            where = element.get("src") or element.get("href") or element.get("action") or ""
            if re.match(r"(?:https?:)?//", where) and element.get("rel") != "canonical":
                yield f"{answer}: {where}"


def htmx_pages_are_whole_pages_too(seen: Evidence) -> Iterator[str]:
    """An address that htmx asks for answers a whole page to a browser without script: render the page, and name its `block`."""
    for answer in (*_whole(seen), *seen.of("whole")):
        if answer.status == 200 and ("<html" not in answer.html or not tree_of(answer.html).cssselect("main")):
            yield f"{answer} is not a whole page"


def pages_say_what_they_are(seen: Evidence) -> Iterator[str]:
    """Give the page a title, a language and one <h1>: extend village_base.html and fill its blocks."""
    for answer in _whole(seen):
        tree = tree_of(answer.html)
        if not (tree.findtext(".//title") or "").strip():
            yield f"{answer} has no title"
        if not tree.get("lang"):
            yield f"{answer} has no language"
        if (headings := len(tree.cssselect("h1"))) != 1:
            yield f"{answer} has {headings} <h1>"


def fields_have_labels(seen: Evidence) -> Iterator[str]:
    """Write a <label for=…> for every field, or use ui.field(…): a screen reader reads the label."""
    for answer in _whole(seen):
        tree = tree_of(answer.html)
        labelled = {label.get("for") for label in tree.cssselect("label[for]")}
        for field in tree.cssselect("input, textarea, select"):
            kind = (field.get("type") or "text").lower()
            inside = any(above.tag == "label" for above in field.iterancestors())
            said = field.get("aria-label") or field.get("id") in labelled or inside
            if not said and (field.tag != "input" or kind in _LABELLED):
                yield f"{answer}: {field.get('name')} has no label"


def ids_stand_once(seen: Evidence) -> Iterator[str]:
    """Two elements of a page have one id: begin yours with `<id>-`, and add the number of the row."""
    for answer in _whole(seen):
        counted = Counter(element.get("id", "") for element in tree_of(answer.html).cssselect("[id]"))
        yield from (f"{answer}: {name} stands {n} times" for name, n in counted.items() if n > 1)


def pictures_have_words(seen: Evidence) -> Iterator[str]:
    """Write alt="…" for a picture that says something, alt="" for one that does not."""
    for answer in _whole(seen):
        if bare := tree_of(answer.html).cssselect("img:not([alt])"):
            yield f"{answer}: {len(bare)} pictures without alt"


def doors_open_for_those_who_see_them(seen: Evidence) -> Iterator[str]:
    """A menu item or fragment led nowhere for somebody who saw it: give it `needs=`, or show it only where ctx.may(…)."""
    yield from (str(answer) for answer in seen.of("door") if answer.status != 200 and answer.status < 500)


def links_lead_somewhere(seen: Evidence) -> Iterator[str]:
    """A link on one of your pages leads to no page."""
    yield from (str(answer) for answer in seen.of("link") if answer.status == 404)


def hooks_never_fail(seen: Evidence) -> Iterator[str]:
    """A hook raised, hung, or gave back something of the wrong kind; on a real site the page goes on without it."""
    yield from seen.problems


def the_village_page_stands(seen: Evidence) -> Iterator[str]:
    """The village's own page must open with the plugin's pieces in it."""
    yield from (str(answer) for answer in seen.of("core") if answer.status != 200)


def controls_say_what_they_do(seen: Evidence) -> Iterator[str]:
    """Give every link and button words, or an aria-label: a screen reader has nothing else to say."""
    for answer in _whole(seen):
        for control in tree_of(answer.html).cssselect("a[href], button"):
            said = control.text_content().strip() or control.get("aria-label") or control.get("title")
            if not said and not any(picture.get("alt") for picture in control.cssselect("img")):
                yield f"{answer}: <{control.tag}> to {control.get('href') or control.get('name') or 'somewhere'} says nothing"


def the_database_is_asked_seldom(seen: Evidence) -> Iterator[str]:
    """Ask once for all of `ctx.subjects`, at most twice for a page: one question for each post makes every village slow."""
    few, many = seen.queries
    if many > few:
        yield f"{few} queries for a village page, and {many} with {MORE_POSTS} posts more"
    elif many > MOST_QUERIES:
        yield f"{many} queries for a village page"


def the_walk_gets_through_every_form(seen: Evidence) -> Iterator[str]:
    """Nothing is known of these forms: the walk follows links and fills in what it finds. Test them yourself."""
    yield from (f"not reached: {form}" for form in seen.unreached)


def _whole(seen: Evidence) -> Iterator[Answer]:
    return (a for a in seen.of("page", "written", "linked") if a.status == 200 and a.html)


def _inline(tree: HtmlElement) -> Iterator[str]:
    for element in tree.iter():
        if not isinstance(element.tag, str):
            continue
        if element.tag == "style" or (element.tag == "script" and not element.get("src")):
            yield f"an inline <{element.tag}>"
        for name, value in element.attrib.items():
            if name == "style" or name.startswith(("on", "hx-on", "data-hx-on")):
                yield f"{name}= on <{element.tag}>"
            elif str(value).strip().lower().startswith("javascript:"):
                yield f"javascript: in {name} on <{element.tag}>"


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingRule:
    """One thing that holds for every running plugin. The docstring of `judge` says what to do."""

    id: str
    judge: Judge
    must: bool = True  # otherwise it is said and does not fail the check

    @property
    def title(self) -> str:
        return self.judge.__name__.replace("_", " ")

    @property
    def advice(self) -> str:
        return inspect.cleandoc(self.judge.__doc__ or "")


LIVING_RULES: Final = (
    LivingRule(id="kit.K601", judge=migrations_go_there_and_back),
    LivingRule(id="kit.K701", judge=every_role_gets_an_answer),
    LivingRule(id="kit.K702", judge=only_the_audience_gets_in),
    LivingRule(id="kit.K703", judge=it_does_not_exist_where_it_is_off),
    LivingRule(id="kit.K704", judge=it_leaves_no_trace_where_it_is_off),
    LivingRule(id="kit.K705", judge=reading_changes_nothing),
    LivingRule(id="kit.K706", judge=forms_from_elsewhere_are_refused),
    LivingRule(id="kit.K707", judge=every_form_has_its_token),
    LivingRule(id="kit.K708", judge=rubbish_in_a_form_is_answered),
    LivingRule(id="kit.K709", judge=a_form_sent_twice_counts_once),
    LivingRule(id="kit.K710", judge=what_people_write_stays_text),
    LivingRule(id="kit.K711", judge=nobody_reads_another_villages_words),
    LivingRule(id="kit.K712", judge=no_script_or_style_in_the_page),
    LivingRule(id="kit.K713", judge=nothing_from_other_hosts),
    LivingRule(id="kit.K714", judge=htmx_pages_are_whole_pages_too),
    LivingRule(id="kit.K715", judge=pages_say_what_they_are),
    LivingRule(id="kit.K716", judge=fields_have_labels),
    LivingRule(id="kit.K717", judge=ids_stand_once),
    LivingRule(id="kit.K718", judge=pictures_have_words),
    LivingRule(id="kit.K719", judge=doors_open_for_those_who_see_them),
    LivingRule(id="kit.K720", judge=links_lead_somewhere),
    LivingRule(id="kit.K721", judge=hooks_never_fail),
    LivingRule(id="kit.K722", judge=the_village_page_stands),
    LivingRule(id="kit.K723", judge=the_database_is_asked_seldom),
    LivingRule(id="kit.K724", judge=controls_say_what_they_do),
    LivingRule(id="kit.K725", judge=the_walk_gets_through_every_form, must=False),
)
