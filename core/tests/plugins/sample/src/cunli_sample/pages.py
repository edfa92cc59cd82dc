"""The board's pages."""

from __future__ import annotations

from starlette.responses import Response

from cunli import EVERYONE, SIGNED_IN, Page, Visit

from . import actions
from .settings import SHOWN


async def board(visit: Visit) -> Response:
    """The board of a village: its newest notes, as many as the village wants to see."""
    found = (await actions.notes())[-visit.setting(SHOWN) :]
    visit.subjects["sample.note"] = tuple(note.id for note in found)
    return await visit.render("sample/board.html", {"notes": found})


async def pin(visit: Visit) -> Response:
    """Pin a note."""
    form = await visit.form()
    await actions.pin(str(form.text("words", "words", max_length=80)))
    return visit.redirect(f"{visit.here.url}/sample/notes")


async def about(visit: Visit) -> Response:
    """What the board is, for the whole county."""
    return await visit.render("sample/about.html")


PAGES = (
    Page(path="/notes", view=board, to=EVERYONE, name="board"),
    Page(path="/notes", view=pin, to="sample.note.pin", methods=("POST",), name="pin"),
    Page(path="/about", view=about, to=SIGNED_IN, scope="county", name="about"),
)
