"""The host's word by code: answering a booking from whatever phone is near, without an account."""

from __future__ import annotations

import re

from starlette.responses import Response

from cunli import EVERYONE, Form, Limit, Page, Visit, count_try
from cunli import gettext as _

from .frame import home
from .models import SAYING, Booking, Place
from .moving import NotOpen, do
from .states import Who

CODE = re.compile(r"[A-Z0-9]{8}")
SAID = re.compile(r"[0-9]{6}")
DONE = {
    "accept": _("答应了，客人收到消息了。到那天照短码接人。"),
    "decline": _("接不了，客人收到消息了。空出来的那几天别人能订。"),
    "late": _("这一单已经变了，请打电话问村里"),
}
SAYING_IT = Limit(name="say", most=10, seconds=3600)


async def say_form(visit: Visit) -> Response:
    """Answering with the word from the text message, from whatever phone is near. The message leads here: a host who is signed in
    answers on the page of the booking, without any word."""
    code = visit.query.get("code", "")[:8].upper()
    if visit.person is not None and CODE.fullmatch(code) and (key := await _own(visit.person.id, code)):
        return visit.redirect(f"{home(visit)}/bookings/{key}")
    done = visit.query.get("done", "")
    return await visit.render("tourism/say.html", {"form": Form.blank(code=code), "done": DONE.get(done, "")})


async def _own(person_id: int, code: str) -> str:
    """The key of the booking with this code, if it is at a place of this person."""
    found = await Booking.get_or_none(code=code)
    mine = found is not None and await Place.filter(id=found.place_id, host_id=person_id).exists()
    return found.key if found is not None and mine else ""


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
        return await visit.render("tourism/say.html", {"form": form, "done": ""}, status=422)
    name = "decline" if what == "decline" else "accept" if found.way == "online" else "agree"
    reason = str(_("主人用短信答复：接不了")) if what == "decline" else ""

    async def act() -> str:
        try:
            await do(found.key, name, {Who.CODE}, actor=None, url=home(visit), words=reason)
        except NotOpen:
            return f"{home(visit)}/say?done=late"
        return f"{home(visit)}/say?done={what}"

    return visit.redirect(await form.once(act))


PAGES = (
    Page(path="/say", view=say_form, to=EVERYONE, name="say_form"),
    Page(path="/say", view=say, to=EVERYONE, methods=("POST",), name="say"),
)
