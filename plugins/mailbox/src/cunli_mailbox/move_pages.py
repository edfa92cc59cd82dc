"""The form of a move, and doing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from cunli import SIGNED_IN, Form, Page, Visit, photo_body_limit, take_photos
from cunli import gettext as _

from . import office, phrases, reading, showing, words
from .letter_pages import letter_of, missing
from .models import Letter
from .move_forms import FORMS, Field, read_facts
from .moving import Lacking, NotOpen, move
from .standing import Reader
from .states import BY_NAME, State, moves_of

MOST_PHOTOS: Final = 6
WITH_PHRASES: Final = ("reply", "answer_review", "progress", "pause")


async def moving_page(visit: Visit) -> Response:
    """The form of one move, for whom it is open now."""
    found, looks = await letter_of(visit)
    name = visit.path_params["move"]
    if name not in FORMS or not await _open(found, looks, name):
        raise missing()
    words_ = await phrases.words_of(visit.query.get("phrase", "")) if name in WITH_PHRASES else ""
    form = Form.blank(words=words_) if words_ else Form.blank()
    return await _moving(visit, found, name, form, await FORMS[name](found, looks))


async def _open(found: Letter, looks: Reader, name: str) -> bool:
    held = showing.roles_with(found, looks, await reading.steps_of(found))
    return any(one.name == name for one in moves_of(held, State(found.state), found.stage))


async def _moving(
    visit: Visit, found: Letter, name: str, form: Form, fields: Sequence[Field], *, status: int = 200
) -> Response:
    context = {
        "letter": showing.line(found, visit.here.url),
        "move": BY_NAME[name],
        "form": form,
        "fields": fields,
        "phrases": await phrases.all_of() if name in WITH_PHRASES else [],
    }
    return await visit.render("mailbox/move.html", context, status=status)


async def make_move(visit: Visit) -> Response:
    """Do it. Whoever was too late is shown the letter as it is now; the form, whose choices are not for everybody, is shown to those
    alone to whom the move is open."""
    found, looks = await letter_of(visit)
    name = visit.path_params["move"]
    if name not in FORMS:
        raise missing()
    form = await visit.form()
    fields = await FORMS[name](found, looks)
    facts = read_facts(form, fields)
    if any(one.kind == "photos" for one in fields) and form:
        taken = await take_photos(visit, form, owner_id=visit.me.id, most=MOST_PHOTOS)
        facts |= {"photos": [one.key for one in taken]} if taken else {}
    address = f"{visit.here.url}/mailbox/letters/{found.key}"
    changed = visit.redirect(address, toast=_("这封信刚刚变了，请看看现在到哪一步"))
    if not form:
        open_ = await _open(found, looks, name)
        return await _moving(visit, found, name, form, fields, status=422) if open_ else changed
    ground = await office.ground(visit)

    async def act() -> str:
        await move(found.key, name, ground, actor=visit.me.id, verified=visit.is_member, facts=facts)
        return address

    try:
        url = await form.once(act)
    except NotOpen:
        return changed
    except Lacking as lacking:
        form.error(str(lacking.args[0]), lacking.args[1] if len(lacking.args) > 1 else _("这一项要填"))
        return await _moving(visit, found, name, form, fields, status=422)
    return visit.redirect(url, toast=words.HAPPENED[name])


PAGES = (
    Page(path="/letters/{key}/do/{move}", view=moving_page, to=SIGNED_IN, name="moving"),
    Page(
        path="/letters/{key}/do/{move}",
        view=make_move,
        to=SIGNED_IN,
        methods=("POST",),
        name="move",
        files=MOST_PHOTOS,
        body_limit=photo_body_limit(MOST_PHOTOS),
    ),
)
