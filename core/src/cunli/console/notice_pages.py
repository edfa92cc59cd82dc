"""One notice to one, several or all villages of a region: written, looked at with who gets it, sent, and followed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.responses import Response

from cunli import db, jobs
from cunli.clock import today
from cunli.console.frame import framed
from cunli.console.ground import Ground, ground_of
from cunli.console.navigation import OPEN
from cunli.deid.gate import ANSWER, BASIS, WHY
from cunli.feed import broadcast, review, rules, words
from cunli.feed.actions import Written
from cunli.feed.queries import post_by_key
from cunli.places.queries import VillageNow, village_by_id
from cunli.places.rules import LEVELS
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.web.errors import BadRequest, NotFound, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

PUBLISH: Final = "core.notice.publish"
HOME: Final = "/admin/notices"
MOST_CHOSEN: Final = 1000
BROADCASTS: Final = Limit(name="notices to many villages per official", most=20, seconds=3600)
CARRIED: Final = (ANSWER, BASIS, WHY)  # what was answered about personal data, from the preview to the sending


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An open village that a notice may go to."""

    id: int
    name: str
    url: str
    township: str
    verified: int
    households: int


async def _places(ground: Ground) -> list[Place]:
    rows = await db.read(
        "SELECT v.id, v.name, v.slug, v.verified_count, v.household_count, t.short AS township FROM core_village v"  # noqa: S608 a column of ours
        " JOIN core_region r ON r.id = v.region_id JOIN core_region t ON t.id = v.township_id"
        f" WHERE v.{ground.column} = ? AND v.state = 'open' ORDER BY t.code, r.code",
        ground.id,
    )
    return [
        Place(
            id=row["id"],
            name=row["name"],
            url=f"/v/{row['slug']}",
            township=row["township"],
            verified=row["verified_count"],
            households=row["household_count"],
        )
        for row in rows
    ]


async def listed(visit: Visit) -> Response:
    """What this official sent lately, with how many read it."""
    ground = await ground_of(visit, PUBLISH)
    return await framed(visit, "console/notices.html", {"sent": await broadcast.sent_by(visit.me.id)}, ground=ground)


async def write(visit: Visit) -> Response:
    """Write a notice, look at it with who gets it, and send it."""
    ground = await ground_of(visit, PUBLISH)
    places = await _places(ground)
    if visit.request.method != "POST":
        everybody = "all" if ground.level == LEVELS["village"] or visit.query.get("to") == "all" else ""
        return await _form(visit, ground, places, Form.blank(audience=rules.VILLAGE, pinned="1", to=everybody))
    form = await visit.form()
    written, chosen = _read(form), _chosen(form, places)
    first = await village_by_id(chosen[0].id) if chosen else None
    if form.raw("do") == "change" or not form or first is None:
        return await _form(visit, ground, places, form, status=422 if form.errors else 200)
    looked = await review.reviewed(visit, form, rules.NOTICE, written, village=first)
    if not form:
        return await _form(visit, ground, places, form, status=422)
    if form.raw("do") != "send":
        return await _preview(visit, ground, form, looked.written, chosen)
    return await _send(visit, ground, form, looked, first, chosen)


async def _send(
    visit: Visit, ground: Ground, form: Form, looked: review.Looked, first: VillageNow, chosen: list[Place]
) -> Response:
    if wait := await limits.take((BROADCASTS, str(visit.me.id))):
        raise TooMany(wait)
    others = [place.id for place in chosen if place.id != first.id]

    async def act() -> str:
        key = await broadcast.publish_to(first, others, visit.me.id, looked)
        return f"{HOME}/{key}?region={ground.id}&of={len(chosen)}"

    return visit.redirect(await form.once(act), toast=review.WAITS if looked.held else _("正在发出去"))


def _read(form: Form) -> Written:
    pinned = form.flag("pinned")
    until = form.date("pinned_until", _("置顶到哪天"))
    if until and until < today():
        form.error("pinned_until", _("“置顶到哪天”要选今天或以后"))
    return Written(
        kind=rules.NOTICE,
        title=form.text("title", _("标题"), required=True, max_length=rules.TITLE_MAX),
        body=form.text("body", _("内容"), required=True, max_length=rules.NOTICE_MAX, multiline=True),
        audience=form.choice("audience", _("给谁看"), rules.NOTICE_AUDIENCES, default=rules.VILLAGE),
        pinned=pinned,
        pinned_until=until if pinned else None,
    )


def _chosen(form: Form, places: list[Place]) -> list[Place]:
    """The villages that are to get it. Somebody else's make the whole form nonsense."""
    to = form.choice("to", _("发给谁"), ("all", "some"))
    ids = form.keys("village", most=MOST_CHOSEN)
    if to == "all":
        chosen = places
    else:
        by_id = {str(place.id): place for place in places}
        if any(one not in by_id for one in ids):
            raise NotFound
        chosen = [by_id[one] for one in ids]
    if to and not chosen:
        form.error("to", _("选好发给哪些村"))
    return chosen


async def _form(visit: Visit, ground: Ground, places: list[Place], form: Form, *, status: int = 200) -> Response:
    townships: dict[str, list[Place]] = {}
    for place in places:
        townships.setdefault(place.township, []).append(place)
    context: dict[str, Any] = {
        "form": form,
        "places": places,
        "townships": townships,
        "ticked": set(form.values.get("village", "").split(",")),
        "audiences": list(rules.NOTICE_AUDIENCES.items()),
    }
    return await framed(visit, "console/notice_form.html", context, ground=ground, status=status)


async def _preview(visit: Visit, ground: Ground, form: Form, written: Written, chosen: list[Place]) -> Response:
    carried = {name: form.raw(name) for name in CARRIED if form.raw(name)}
    if carried.get(ANSWER) == "mask":
        carried = {}  # what is carried on is masked already
    context = {
        "form": form,
        "written": written,
        "body": words.html(written.body),
        "chosen": chosen,
        "people": sum(place.verified for place in chosen),
        "households": sum(place.households for place in chosen),
        "audience": rules.NOTICE_AUDIENCES[written.audience],
        "carried": carried,
    }
    return await framed(visit, "console/notice_preview.html", context, ground=ground)


async def follow(visit: Visit) -> Response:
    """How far a notice is, and in which villages it was read by how many."""
    ground, key = await ground_of(visit, PUBLISH), visit.path_params["key"][:22]
    of = visit.query.get("of", "0")
    if not (of.isascii() and of.isdigit() and len(of) < 7):
        raise BadRequest
    places = {place.id: place for place in await _places(ground)}
    post = await post_by_key(key)
    if post is None or post.kind != rules.NOTICE or post.village_id not in places:
        raise NotFound
    found = await broadcast.arrived(key, list(places))
    state = await jobs.state_of(broadcast.job_of(key))
    context = {
        "post": post,
        "rows": [(places[one.village_id], one) for one in found],
        "of": max(int(of), len(found)),
        "state": state,
        "going_on": state in ("waiting", "running"),
        "read": sum(one.read for one in found),
        "again": f"{HOME}/{key}?region={ground.id}&of={of}",
    }
    return await framed(visit, "console/notice.html", context, ground=ground, block="arrived")


PAGES: Final = (
    Page(path=HOME, view=listed, to=OPEN, scope="county", name="console-notices"),
    Page(path=f"{HOME}/new", view=write, to=OPEN, scope="county", methods=("GET", "POST")),
    Page(path=f"{HOME}/{{key}}", view=follow, to=OPEN, scope="county"),
)
