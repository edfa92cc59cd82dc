"""A guest complains; the village reads and answers. Neither the host nor anybody else sees the words."""

from __future__ import annotations

from starlette.responses import Response

from cunli import SIGNED_IN, Limit, Page, Visit, count_try
from cunli import gettext as _

from . import complaining
from .booking_pages import seen, show
from .complaining import Enough
from .frame import home, missing
from .models import Booking, Complaint, Place
from .rights import OVERSEE
from .states import Who

MOST = 100
WRITING = Limit(name="complain", most=5, seconds=86400)


async def complain(visit: Visit) -> Response:
    """Say to the village what was wrong."""
    it = await seen(visit)
    form = await visit.form()
    said = form.text("complaint", _("哪里不好"), required=True, max_length=500, multiline=True)
    if Who.GUEST not in it.roles or it.booking.state not in complaining.AGAINST:
        raise missing()
    if form and await count_try(WRITING, visit.me.id):
        form.error("complaint", _("今天写得太多了，请明天再写"))
    if not form:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await complaining.complain(it.booking, it.place, said, person=visit.me.id, url=home(visit))
        return it.url

    try:
        return visit.redirect(await form.once(act), toast=_("村里收到了，会答复你"))
    except Enough:
        return visit.redirect(it.url, toast=_("上一条还没有答复，请等一等"))


async def answer(visit: Visit) -> Response:
    """The village answers."""
    it = await seen(visit)
    form = await visit.form()
    number = form.integer("which", _("哪一条"), minimum=1, maximum=2_147_483_647)
    said = form.text("answer", _("怎么办的"), required=True, max_length=300, multiline=True)
    found = await Complaint.get_or_none(id=number, booking_id=it.booking.id) if number else None
    if Who.OFFICE not in it.roles or found is None:
        raise missing()
    if not form:
        return await show(visit, it, form, status=422)

    async def act() -> str:
        await complaining.answer(found, said, it.place, actor=visit.me.id, url=home(visit))
        return it.url

    return visit.redirect(await form.once(act), toast=_("答复了"))


async def complaints(visit: Visit) -> Response:
    """All complaints of the village, those that wait first."""
    found = await Complaint.all().order_by("state", "-id").limit(MOST)  # open before settled
    bookings = (
        {one.id: one.key for one in await Booking.filter(id__in=[one.booking_id for one in found])} if found else {}
    )
    places = {one.id: one for one in await Place.filter(id__in=[one.place_id for one in found])} if found else {}
    rows = [
        (one, places[one.place_id].name, f"{home(visit)}/bookings/{bookings[one.booking_id]}")
        for one in found
        if places[one.place_id].host_id != visit.me.id  # nobody handles what is said of themselves
    ]
    return await visit.render("tourism/complaints.html", {"rows": rows})


PAGES = (
    Page(path="/complaints", view=complaints, to=OVERSEE, name="complaints"),
    Page(path="/bookings/{key}/complain", view=complain, to=SIGNED_IN, methods=("POST",), name="complain"),
    Page(path="/bookings/{key}/complaints", view=answer, to=OVERSEE, methods=("POST",), name="answer_complaint"),
)
