"""The host gives a guest another room."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Page, Visit
from cunli import gettext as _

from . import frame, rehousing
from .booking import NotBookable
from .booking_pages import seen, show
from .frame import missing
from .moving import NotOpen
from .rehousing import NotAgreed, Unfit, Wanted
from .rooms import Full


async def move(visit: Visit) -> Response:
    """Another room for the guest of a booking. Whoever was too late is shown it as it is."""
    it = await seen(visit)
    if not it.roles & rehousing.THERE:
        raise missing()
    form = await visit.form()
    offer, _colon, number = form.text("to", _("换到哪间"), required=True, max_length=40).partition(":")
    if form and not (number.isdecimal() and len(number) < 5):
        form.error("to", _("请选一间"))
    if not form:
        return await show(visit, it, form, status=422)
    wanted = Wanted(offer=offer, unit=int(number), agreed=form.flag("agreed"))

    async def act() -> str:
        await rehousing.move(it.booking.key, wanted, frame.ground(visit), it.roles, actor=visit.me.id)
        return it.url

    try:
        return visit.redirect(await form.once(act), toast=_("换好了，客人也知道了"))
    except NotAgreed:
        form.error("agreed", _("换成另一种房，先问过客人再打钩"))
    except (Unfit, NotBookable):
        form.error("to", _("这种房便宜些，客人已经付了钱或者住下了，换不了；请另选"))
    except Full:
        form.error("to", _("刚刚有人订了那间，请另选"))
    except NotOpen:
        return visit.redirect(it.url, toast=_("已经变了，现在是这样"))
    return await show(visit, it, form, status=422)


PAGES = (Page(path="/bookings/{key}/room", view=move, to=SIGNED_IN, methods=("POST",), name="move_room"),)
