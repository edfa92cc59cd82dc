"""A host tells the village circle about a place, and a sheet for the wall with a code that leads there."""

from __future__ import annotations

from starlette.responses import Response

from cunli import EVERYONE, Entry, Page, Visit, publish_entry, review_entry, unit
from cunli import gettext as _

from . import frame, showing, words
from .frame import home, missing, own_place, place_at
from .rights import KEEP

PLACE = "tourism.place"


async def share(visit: Visit) -> Response:
    """One sentence and the place, in the feed."""
    place = await own_place(visit, visit.path_params["key"])
    form = await visit.form()
    said = form.text("words", _("说一句"), required=True, max_length=100)
    back = f"{home(visit)}/host/{place.key}"
    if place.state != "open":
        raise missing()
    if not form:
        return visit.redirect(back, toast=_("一句话就好，100 个字以内"))
    entry = Entry(
        kind=PLACE,
        village_id=visit.here.id,
        author_id=visit.me.id,
        title=place.name,
        body=said,
        path=f"/places/{place.key}",
        data={
            "price": frame.money(place.from_fen) if place.from_fen else "",
            "photo": showing.photo_of(place, home(visit)),
            "art": words.KINDS[place.kind][1],
            "called": place.called,
            "url": f"{home(visit)}/places/{place.key}",
        },
        audience="public",
    )
    reviewed = await review_entry(entry)
    if reviewed.refused:
        return visit.redirect(back, toast=reviewed.refused)

    async def act() -> str:
        await unit(publish_entry)(reviewed)
        return f"{visit.here.url}/"

    return visit.redirect(await form.once(act), toast=_("转到村友圈了"))


async def poster(visit: Visit) -> Response:
    """One sheet of A4: the place, what it costs, and a code that leads there."""
    place = await place_at(visit, visit.path_params["key"])
    if place.state != "open":
        raise missing()
    context = {
        "place": place,
        "kind": words.KINDS[place.kind],
        "photo": showing.photo_of(place, home(visit)),
        "price": frame.money(place.from_fen) if place.from_fen else "",
        "address": visit.absolute(f"{home(visit)}/places/{place.key}"),
    }
    return await visit.render("tourism/poster.html", context)


PAGES = (
    Page(path="/places/{key}/poster", view=poster, to=EVERYONE, name="poster"),
    Page(path="/host/{key}/share", view=share, to=KEEP, methods=("POST",), name="share"),
)
