"""Pages that everybody in the village meets: the list, and one letter with what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import SIGNED_IN, Page, Visit, county_departments, officers, send_photo, village_groups
from cunli import gettext as _

from . import move_forms, office, reading, showing, words, writing
from .keys import is_key
from .models import Letter
from .move_forms import FORMS
from .reading import Narrowed
from .rights import HANDLE, WRITE
from .settings import DISCIPLINE
from .showing import Names
from .standing import Reader, departments_in, sees, sees_all, sees_inside
from .states import State, moves_of

FIRST = (
    "confirm",
    "supplement",
    "answer_review",
    "triage",
    "reply",
    "assign",
    "go_on",
    "call_back",
)  # what is most likely to be done
MOST_ID: Final = 2**31 - 1
DIGITS: Final = 12
PLACE: Final = 60
LISTS = {"open": _("在办的"), "done": _("办好的"), "all": _("全部"), "mine": _("我写的")}


def missing() -> HTTPException:
    """What is not there and what may not be seen answer alike."""
    return HTTPException(404)


async def reader_of(visit: Visit, of: Letter | None = None) -> Reader:
    return await reading.reader(visit.person.id if visit.person else None, verified=visit.is_member, letter=of)


async def letter_of(visit: Visit) -> tuple[Letter, Reader]:
    """The letter of the address, for whoever may see it."""
    key = visit.path_params["key"]
    letter = await Letter.get_or_none(key=key) if is_key(key) else None
    if letter is None:
        raise missing()
    looks = await reader_of(visit, letter)
    if not sees(letter, looks):
        raise missing()
    return letter, looks


async def letters(visit: Visit) -> Response:
    """The public letters of the village, or one's own."""
    which = visit.query.get("list", "open")
    which = which if which in LISTS else "open"
    before = visit.query.get("before", "")
    start = min(int(before), MOST_ID) if before.isdecimal() and len(before) < DIGITS else 0
    areas = await village_groups()
    narrowed = _narrowed(visit, areas)
    looks = await reader_of(visit)
    may_read = looks.verified or bool(looks.ranks)
    if which == "mine":
        found = await reading.own_letters(visit.me.id, start)
    else:
        found = await reading.public_letters(which, start, narrowed=narrowed) if may_read else []
    context = {
        "letters": [showing.line(one, visit.here.url, looks) for one in found[: reading.MOST]],
        "older": found[reading.MOST - 1].id if len(found) > reading.MOST else 0,
        "which": which,
        "lists": LISTS,
        "may_write": visit.may(WRITE),
        "may_handle": visit.may(HANDLE),
        "departments": await _departments(visit),
        "may_read": may_read,
        "narrowed": narrowed,
        "kinds": [(kind, label) for kind, (label, _about, _icon) in words.KINDS.items()],
        "areas": await _areas(areas) if may_read else [],
    }
    return await visit.render("mailbox/letters.html", context)


def _narrowed(visit: Visit, areas: Sequence[str]) -> Narrowed:
    """What the address asks for, as far as there can be such a thing."""
    kind, area, place = (visit.query.get(name, "") for name in ("kind", "area", "place"))
    return Narrowed(
        kind=kind if kind in words.KINDS else "",
        area=area if area in areas else "",
        place=place if place.isprintable() and len(place) <= PLACE else "",
    )


async def _areas(areas: Sequence[str]) -> list[tuple[str, int]]:
    """The groups of the village with how many letters are open in each."""
    counted = await reading.open_by_area()
    return [(area, counted.get(area, 0)) for area in areas]


async def _departments(visit: Visit) -> list[str]:
    """The desks of the county's departments that are open to this person: `letters`, `reports`."""
    own = await reading.own_departments(visit.me.id) if not visit.is_member or visit.may(HANDLE) else set()
    found = ["letters"] if own else []
    return [*found, "reports"] if visit.setting(DISCIPLINE) in own else found


async def letter(visit: Visit) -> Response:
    """One letter, as much of it as this reader may see."""
    found, looks = await letter_of(visit)
    return await visit.render("mailbox/letter.html", await _context(visit, found, looks))


async def _context(visit: Visit, found: Letter, looks: Reader) -> dict[str, Any]:
    steps = await reading.steps_of(found)
    held = showing.roles_with(found, looks, steps)
    whole = sees_all(found, looks)
    open_ = [one for one in moves_of(held, State(found.state), found.stage) if one.name in FORMS]
    departments = {one.slug: one.name for one in await county_departments()} if departments_in(found) else {}
    names = {one.person_id: one.name for one in await officers()} | await reading.names(steps, found)
    return {
        "letter": showing.full(
            found,
            steps,
            Names(names, departments),
            await office.ground(visit),
            whole=whole,
            inside=sees_inside(found, looks),
        ),
        "moves": open_,
        "first": next((name for name in FIRST if any(one.name == name for one in open_)), ""),
        "supports": await reading.supports(found, looks.person_id),
        "into": await _into(found, looks, visit.here.url),
        "rates": "confirm" in [one.name for one in open_],
        "again": next((one for one in open_ if one.name == "not_done"), None),
        "satisfaction": move_forms.SATISFIED,
        "may_support": visit.is_member and found.public and looks.person_id not in (found.writer_id, found.helper_id),
        "whole": whole,
    }


async def _into(found: Letter, looks: Reader, url: str) -> Any:
    """The letter that this one was merged into, for whoever may see it."""
    into = await Letter.get_or_none(id=found.into_id) if found.into_id is not None else None
    return showing.line(into, url) if into is not None and sees(into, looks) else None


async def support(visit: Visit) -> Response:
    """“我也遇到了”, and back."""
    found, looks = await letter_of(visit)
    form = await visit.form()
    on = form.choice("on", _("我也遇到了"), ("0", "1")) == "1"
    if not form or not found.public or not visit.is_member or looks.person_id in (found.writer_id, found.helper_id):
        raise missing()
    address = f"{visit.here.url}/mailbox/letters/{found.key}"

    async def act() -> str:
        await writing.support(found, visit.me.id, on=on)
        return address

    return visit.redirect(await form.once(act), toast=_("记下了，有进展告诉你") if on else _("不跟了"))


async def paper(visit: Visit) -> Response:
    """The receipt: one sheet of A4 with a code that leads back to the letter."""
    found, looks = await letter_of(visit)
    if not sees_all(found, looks):
        raise missing()
    context = await _context(visit, found, looks)
    address = visit.absolute(f"{visit.here.url}/mailbox/letters/{found.key}")
    return await visit.render("mailbox/paper.html", {**context, "address": address})


async def photo(visit: Visit) -> Response:
    """A photo of a letter, for whoever may see the letter."""
    found, looks = await letter_of(visit)
    key = visit.path_params["photo"]
    if key not in found.photos and not await reading.shown_photo(found, key, inside=sees_inside(found, looks)):
        raise missing()
    return await send_photo(visit, key, "thumb" if visit.query.get("size") == "thumb" else "large")


PAGES = (
    Page(path="/letters", view=letters, to=SIGNED_IN, name="letters"),
    Page(path="/letters/{key}", view=letter, to=SIGNED_IN, name="letter"),
    Page(path="/letters/{key}/paper", view=paper, to=SIGNED_IN, name="paper"),
    Page(path="/letters/{key}/support", view=support, to=SIGNED_IN, methods=("POST",), name="support"),
    Page(path="/letters/{key}/photo/{photo}", view=photo, to=SIGNED_IN, name="photo"),
)
