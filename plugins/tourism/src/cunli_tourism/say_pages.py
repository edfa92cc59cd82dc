"""The host's word by code: answering a booking from whatever phone is near, without an account."""

from __future__ import annotations

import re

from starlette.responses import Response

from cunli import EVERYONE, Form, Limit, Page, Visit, count_try
from cunli import gettext as _

from .frame import home
from .models import SAYING, Booking
from .moving import NotOpen, do
from .states import Who

CODE = re.compile(r"[A-Z0-9]{8}")
SAID = re.compile(r"[0-9]{6}")
SAYING_IT = Limit(name="say", most=10, seconds=3600)


async def say_form(visit: Visit) -> Response:
    """Answering with the word from the text message, from whatever phone is near."""
    return await visit.render("tourism/say.html", {"form": Form.blank(code=visit.query.get("code", "")[:8])})


async def say(visit: Visit) -> Response:
    """Accept or decline for a host, with the code of the booking and the word that only the host was told."""
    form = await visit.form()
    code = form.text("code", _("订单短码"), required=True, max_length=12).upper().replace(" ", "")
    said = form.text("say", _("短信里的六位数"), required=True, max_length=6)
    what = form.choice("do", _("怎么答复"), ("accept", "decline"))
    if form and not (CODE.fullmatch(code) and SAID.fullmatch(said)):
        form.error("say", _("短码或者六位数不对，请照短信再看一遍"))
    if form and (await count_try(SAYING_IT, visit.network) or await count_try(SAYING_IT, f"code {code}")):
        form.error("say", _("试得太多了，请过一个小时再来"))
    found = await Booking.get_or_none(code=code) if form else None
    right = found is not None and found.say in SAYING.indexes(f"{found.key}:{said}")
    if form and not right:
        form.error("say", _("短码或者六位数不对，请照短信再看一遍"))
    if not form or found is None:
        return await visit.render("tourism/say.html", {"form": form}, status=422)
    name = "decline" if what == "decline" else "accept" if found.way == "online" else "agree"
    reason = str(_("主人用短信答复：接不了"))

    async def act() -> str:
        try:
            await do(found.key, name, {Who.CODE}, actor=None, url=home(visit), words=reason)
        except NotOpen:
            return f"{home(visit)}/say?late=1"
        return f"{home(visit)}/say?done=1"

    where = await form.once(act)
    return visit.redirect(where, toast=_("这一单已经变了，请打电话问村里") if "late" in where else _("答复好了"))


PAGES = (
    Page(path="/say", view=say_form, to=EVERYONE, name="say_form"),
    Page(path="/say", view=say, to=EVERYONE, methods=("POST",), name="say"),
)
