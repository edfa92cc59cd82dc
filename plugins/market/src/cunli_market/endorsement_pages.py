"""认证背书: who vouches for a shop or a good, in a register that everybody can read."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.responses import Response

from cunli import EVERYONE, Form, Page, Visit, officers
from cunli import gettext as _

from . import frame, moments, vouching, words
from .frame import home, missing
from .models import Endorsement, Good, Shop
from .rights import ENDORSE
from .vouching import Vouch

MOST = 50
RANK = {"village": 1, "township": 2, "county": 3}
LONGEST = timedelta(days=3 * 366)


async def register(visit: Visit) -> Response:
    """Every endorsement that was given here, with what became of it."""
    rows = Endorsement.all()
    if before := frame.before(visit):
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(MOST + 1)
    shown = found[:MOST]
    goods = {one.id: one for one in await Good.filter(id__in={one.good_id for one in shown if one.good_id})}
    shops = {one.id: one for one in await Shop.filter(id__in={one.shop_id for one in shown if one.shop_id})}
    mine = await _rank(visit)
    context = {
        "rows": [
            (
                one,
                state_of(one, moments.now()),
                goods[one.good_id].title
                if one.good_id in goods
                else shops[one.shop_id].name
                if one.shop_id in shops
                else "",
                f"{home(visit)}/goods/{goods[one.good_id].key}"
                if one.good_id in goods
                else f"{home(visit)}/shops/{shops[one.shop_id].key}"
                if one.shop_id in shops
                else "",
                one.revoked_at is None and RANK[one.level] <= mine,
            )
            for one in shown
        ],
        "levels": words.LEVELS,
        "day_of": moments.day,
        "tick": timedelta(seconds=1),  # it is over at midnight: the day before is its last one
        "older": found[MOST - 1].id if len(found) > MOST else 0,
        "may_endorse": visit.may(ENDORSE),
    }
    return await visit.render("market/endorsements.html", context)


def state_of(one: Endorsement, moment: datetime) -> str:
    """revoked, early, over or valid. Nothing is stored about it: it is asked whenever somebody looks."""
    if one.revoked_at is not None:
        return "revoked"
    if moment < one.since:
        return "early"
    return "valid" if moment < one.until else "over"


async def _rank(visit: Visit) -> int:
    """The highest level at which this person holds an office over this village."""
    if visit.person is None:
        return 0
    return max((RANK.get(one.level, 0) for one in await officers() if one.person_id == visit.person.id), default=0)


async def give_form(visit: Visit) -> Response:
    return await _give(visit, Form.blank(since=moments.today().isoformat()))


async def _give(visit: Visit, form: Form, *, status: int = 200) -> Response:
    return await visit.render("market/endorse.html", {"form": form, "things": await _things(visit)}, status=status)


async def _things(visit: Visit) -> list[tuple[str, str]]:
    """What can be vouched for here, but nobody vouches for a shop of their own."""
    shops = await Shop.filter(state="open").exclude(owner_id=visit.me.id).order_by("-id").limit(100)
    goods = (
        await Good.filter(state="on", shop_id__in=[one.id for one in shops]).order_by("-id").limit(200) if shops else []
    )
    return [*((f"s{one.id}", one.name) for one in shops), *((f"g{one.id}", one.title) for one in goods)]


async def give(visit: Visit) -> Response:
    form = await visit.form()
    thing = form.choice("thing", _("给谁背书"), dict(await _things(visit)))
    issuer = form.text("issuer", _("哪个单位"), required=True, max_length=40)
    scope = form.text("scope", _("担保什么"), required=True, max_length=100)
    evidence = form.text("evidence", _("凭什么"), required=True, max_length=200, multiline=True)
    since, until = form.date("since", _("从哪天"), required=True), form.date("until", _("到哪天"), required=True)
    rank = await _rank(visit)
    if since and until and not timedelta(0) <= until - since <= LONGEST:
        form.error("until", _("到哪天要在从哪天之后，最长三年"))
    if until and until > moments.today() + 2 * LONGEST:
        form.error("until", _("到哪天太远了，请再看看"))
    if not rank:
        raise missing()
    if not form or since is None or until is None:
        return await _give(visit, form, status=422)
    level = next(name for name, number in RANK.items() if number == rank)

    vouch = Vouch(
        shop_id=int(thing[1:]) if thing[0] == "s" else None,
        good_id=int(thing[1:]) if thing[0] == "g" else None,
        level=level,
        issuer=issuer,
        scope=scope,
        evidence=evidence,
        since=since,
        until=until,
    )

    async def act() -> str:
        await vouching.give(vouch, actor=visit.me.id)
        return f"{home(visit)}/endorsements"

    return visit.redirect(await form.once(act), toast=_("登记好了，货旁边看得到"))


async def revoke(visit: Visit) -> Response:
    """Take it back, at the level that gave it or above. From the next page on nobody sees the badge."""
    found = await Endorsement.get_or_none(key=visit.path_params["key"])
    if found is None or RANK[found.level] > await _rank(visit):
        raise missing()
    form = await visit.form()
    reason = form.text("reason", _("为什么"), required=True, max_length=200)
    back = f"{home(visit)}/endorsements"
    if not form:
        return visit.redirect(back, toast=_("撤销要写原因，大家看得到"))

    async def act() -> str:
        await vouching.revoke(found, reason, actor=visit.me.id)
        return back

    return visit.redirect(await form.once(act), toast=_("撤销了"))


PAGES = (
    Page(path="/endorsements", view=register, to=EVERYONE, name="register"),
    Page(path="/endorsements/new", view=give_form, to=ENDORSE, name="give_form"),
    Page(path="/endorsements/new", view=give, to=ENDORSE, methods=("POST",), name="give"),
    Page(path="/endorsements/{key}/revoke", view=revoke, to=ENDORSE, methods=("POST",), name="revoke"),
)
