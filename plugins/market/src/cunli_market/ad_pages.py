"""卖、买、找工、找牛: small ads of a village, with a number that only verified villagers get, and not too many of them."""

from __future__ import annotations

import re

from starlette.responses import Response

from cunli import (
    EVERYONE,
    MEMBER,
    SIGNED_IN,
    Form,
    Limit,
    Page,
    Visit,
    audit,
    count_try,
    personal_data_in,
)
from cunli import gettext as _

from . import advertising, forbidden, frame, moments, words
from .frame import home, missing
from .models import AD_PHONE, Ad
from .rights import ADVERTISE, OVERSEE
from .settings import AD_DAYS, FORBIDDEN

MOST = 20
MOST_OPEN = 10
CALLING = Limit(name="ad", most=10, seconds=86400)
PHONE = re.compile(r"[0-9+\-]{5,20}")


async def ads(visit: Visit) -> Response:
    """Those whose day is not over, the newest first."""
    kind = visit.query.get("kind", "")
    rows = Ad.filter(state="open", until__gt=moments.now())
    if kind in words.ADS:
        rows = rows.filter(kind=kind)
    if before := frame.before(visit):
        rows = rows.filter(id__lt=before)
    found = await rows.order_by("-id").limit(MOST + 1)
    mine = await Ad.filter(writer_id=visit.person.id).order_by("-id").limit(MOST) if visit.person else []
    context = {
        "ads": found[:MOST],
        "older": found[MOST - 1].id if len(found) > MOST else 0,
        "kinds": words.ADS,
        "day_of": moments.day,
        "kind": kind if kind in words.ADS else "",
        "mine": [one for one in mine if one.state == "open" and one.until > moments.now()],
        "may_write": visit.may(ADVERTISE),
    }
    return await visit.render("market/ads.html", context)


async def ad_form(visit: Visit) -> Response:
    return await _ad_form(visit, Form.blank(kind="sell"))


async def _ad_form(visit: Visit, form: Form, *, status: int = 200) -> Response:
    kinds = [(key, label) for key, (label, _icon) in words.ADS.items()]
    context = {"form": form, "kinds": kinds, "days": visit.setting(AD_DAYS)}
    return await visit.render("market/ad_form.html", context, status=status)


async def write(visit: Visit) -> Response:
    """Hang it up. It comes down by itself."""
    form = await visit.form()
    kind = form.choice("kind", _("做什么"), words.ADS)
    title = form.text("title", _("一句话"), required=True, max_length=30)
    body = form.text("body", _("详细说说"), max_length=500, multiline=True)
    phone = form.text("phone", _("电话"), required=True, max_length=20).replace(" ", "")
    if phone and not PHONE.fullmatch(phone):
        form.error("phone", _("电话写成 13812345678 或 0731-1234567 这样"))
    for name, text in (("title", title), ("body", body)):
        if personal_data_in(text):
            form.error(name, _("电话写在电话那一栏，别的人的号码、证件号不要写"))
    if form and (why := forbidden.why_not([title, body], visit.setting(FORBIDDEN))):
        form.error("title", why)  # type: ignore[arg-type]
    if form and await Ad.filter(writer_id=visit.me.id, state="open", until__gt=moments.now()).count() >= MOST_OPEN:
        form.error("title", _("你挂着的已经有 %(n)s 条，办好的先点“办好了”", n=MOST_OPEN))
    if not form:
        return await _ad_form(visit, form, status=422)
    days = visit.setting(AD_DAYS)

    async def act() -> str:
        key = await advertising.hang_up(kind, title, body, phone, writer_id=visit.me.id, days=days)
        return f"{home(visit)}/ads/{key}"

    return visit.redirect(await form.once(act), toast=_("挂出去了"))


async def _ad(visit: Visit) -> Ad:
    """An ad whose day is not over. What is over is not there any more, but for its writer."""
    found = await Ad.get_or_none(key=visit.path_params["key"])
    if found is None:
        raise missing()
    mine = visit.person is not None and found.writer_id == visit.person.id
    if not mine and (found.state != "open" or found.until <= moments.now()):
        raise missing()
    return found


async def ad(visit: Visit) -> Response:
    found = await _ad(visit)
    context = {
        "ad": found,
        "kind": words.ADS[found.kind][0],
        "day_of": moments.day,
        "mine": visit.person is not None and found.writer_id == visit.person.id,
        "over": found.state != "open" or found.until <= moments.now(),
        "may_oversee": visit.may(OVERSEE),
    }
    return await visit.render("market/ad.html", context)


async def call(visit: Visit) -> Response:
    """The number, for a verified villager who asks; it is written down who did."""
    found = await _ad(visit)
    await visit.form()
    if await count_try(CALLING, visit.me.id):
        return visit.redirect(f"{home(visit)}/ads/{found.key}", toast=_("今天问的电话太多了，明天再来"))
    context = {"ad": found, "phone": await frame.opened(AD_PHONE, found.phone, found, about="ad", reader=visit.me.id)}
    return await visit.render("market/ad_call.html", context)


async def done(visit: Visit) -> Response:
    """The writer says that it is done; the office takes it down and says why."""
    found = await _ad(visit)
    form = await visit.form()
    mine = found.writer_id == visit.me.id
    if not mine and not visit.may(OVERSEE):
        raise missing()
    reason = form.text("reason", _("为什么"), max_length=200, required=not mine)
    if not form:
        return visit.redirect(f"{home(visit)}/ads/{found.key}", toast=_("拿下来要写原因"))

    async def act() -> str:
        await Ad.filter(id=found.id, state="open").update(state="done" if mine else "barred", reason=reason)
        if not mine:
            await audit("market.ad.judge", actor=visit.me.id, object=("ad", found.id))
        return f"{home(visit)}/ads"

    return visit.redirect(await form.once(act), toast=_("拿下来了"))


PAGES = (
    Page(path="/ads", view=ads, to=EVERYONE, name="ads"),
    Page(path="/ads/new", view=ad_form, to=ADVERTISE, name="ad_form"),
    Page(path="/ads/new", view=write, to=ADVERTISE, methods=("POST",), name="ad_write"),
    Page(path="/ads/{key}", view=ad, to=EVERYONE, name="ad"),
    Page(path="/ads/{key}/call", view=call, to=MEMBER, methods=("POST",), name="ad_call"),
    Page(path="/ads/{key}/done", view=done, to=SIGNED_IN, methods=("POST",), name="ad_done"),
)
