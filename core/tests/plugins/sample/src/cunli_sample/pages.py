"""The board's pages."""

from __future__ import annotations

from starlette.responses import Response

from cunli import EVERYONE, SIGNED_IN, Entry, Page, Visit, review_entry

from . import actions
from .settings import SHOWN


async def board(visit: Visit) -> Response:
    """The board of a village: its newest notes, as many as the village wants to see."""
    found = (await actions.notes())[-visit.setting(SHOWN) :]
    visit.subjects["sample.note"] = tuple(note.id for note in found)
    return await visit.render("sample/board.html", {"notes": found, "form": None})


async def pin(visit: Visit) -> Response:
    """Pin a note."""
    form = await visit.form()
    words = form.text("words", "words", max_length=80)
    audiences = ("village", "township", "county", "public")
    entry = Entry(
        kind="sample.note",
        village_id=visit.here.id,
        author_id=visit.me.id,
        title="告示板上有新条子",
        body=words,
        path="/notes",
        data={"letters": len(words)},
        audience=form.choice("audience", "audience", audiences, required=False, default="village"),
    )
    reviewed = await review_entry(entry)
    if reviewed.refused:
        form.error("words", str(reviewed.refused))
    if not form:
        return await visit.render("sample/board.html", {"notes": await actions.notes(), "form": form}, status=422)
    await actions.pin_and_tell(words, reviewed, author_id=visit.me.id)
    return visit.redirect(f"{visit.here.url}/sample/notes")


async def about(visit: Visit) -> Response:
    """What the board is, for the whole county."""
    return await visit.render("sample/about.html")


PAGES = (
    Page(path="/notes", view=board, to=EVERYONE, name="board"),
    Page(path="/notes", view=pin, to="sample.note.pin", methods=("POST",), name="pin"),
    Page(path="/about", view=about, to=SIGNED_IN, scope="county", name="about"),
)
