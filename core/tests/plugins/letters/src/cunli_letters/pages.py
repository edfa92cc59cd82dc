"""The pages: a form for everybody, a desk for the village, a board for the offices above."""

from __future__ import annotations

from starlette.responses import Response

from cunli import (
    EVERYONE,
    Form,
    Limit,
    Page,
    Visit,
    count_try,
    csv_answer,
    officers,
    photo_body_limit,
    reach,
    reach_of,
    regions_above,
    regions_below,
    send_photo,
    take_photos,
    yuan,
)

from . import actions
from .models import PHONE, Letter, Topic

READ = "letters.letter.read"
WRITING = Limit(name="write", most=3, seconds=3600)


async def write(visit: Visit) -> Response:
    """A form for anybody, with or without an account."""
    if visit.request.method == "GET":
        return await _form(visit, Form.blank())
    form = await visit.form()
    words = form.text("words", "写什么", required=True, max_length=200)
    phone = form.text("phone", "电话", max_length=20)
    fen = form.fen("amount", "多少钱", minimum=1, maximum=100_00, required=False) or 0
    author_id = None if form.flag("unnamed") or visit.person is None else visit.person.id
    if form and await count_try(WRITING, visit.network):
        form.error("words", "今天写得太多了")
    photos = await take_photos(visit, form, "photo", owner_id=author_id, most=1) if form else []
    if not form:
        return await _form(visit, form)
    keys = [photo.key for photo in photos]

    async def act() -> str:
        key = await actions.write(words, phone, fen, keys, author_id=author_id, url=visit.here.url)
        return f"{visit.here.url}/letters/receipt?of={key}"

    return visit.redirect(await form.once(act))


async def _form(visit: Visit, form: Form) -> Response:
    context = {"form": form, "officers": await officers(), "topics": await Topic.all()}
    return await visit.render("letters/write.html", context, status=422 if form.errors else 200)


async def receipt(visit: Visit) -> Response:
    """A paper with a QR code."""
    letter = await Letter.get_or_none(key=visit.query.get("of", ""))
    fen = letter.asked_fen if letter else 0
    return await visit.render("letters/receipt.html", {"fen": fen, "address": f"https://example.cn{visit.here_path}"})


async def letter(visit: Visit) -> Response:
    """One letter, for those who answer; its phone number masked, or in clear with an entry."""
    key = visit.path_params["key"]
    found = await Letter.get(key=key)
    phone = str(PHONE.masked(found.phone, key))
    if visit.request.method == "POST":
        form = await visit.form()
        do = form.choice("do", "做什么", ("answer", "phone", "burn"))
        if do == "answer":
            await actions.answer(key, "知道了", by=visit.me.id, url=visit.here.url)
        elif do == "phone":
            phone = await actions.phone_of(key, by=visit.me.id)
        elif do == "burn":
            await actions.burn(key)
            return visit.redirect(visit.here.url + "/")
    return await visit.render("letters/letter.html", {"letter": found, "phone": phone})


async def photo(visit: Visit) -> Response:
    """The photo of a letter, for whoever may read letters here."""
    return await send_photo(visit, visit.path_params["photo"], "thumb")


async def table(visit: Visit) -> Response:
    """All letters as a table."""
    rows = [(one.words, yuan(one.asked_fen), one.answers - 1) for one in await Letter.all().order_by("id")]
    return csv_answer("来信", ("内容", "元", "数"), rows)


async def board(visit: Visit) -> Response:
    """Open letters of every village of the subtree of whoever looks."""
    found = await reach_of(visit, READ)
    if region := visit.query.get("region"):
        found = found.below(int(region))
    with found.rows():
        letters = await Letter.filter(state="open").order_by("id")
    names = {one.id: one.name for one in found.villages}
    up = await regions_above(found.villages[0].region_id) if found.villages else []
    context = {"letters": [(names[one.village_id], one.words) for one in letters], "villages": names.values(), "up": up}
    return await visit.render("letters/board.html", {**context, "top": await regions_below()})


async def wall(visit: Visit) -> Response:
    """How many letters there are everywhere, for everybody."""
    everywhere = await reach()
    with everywhere.rows():
        count = await Letter.all().count()
    return await visit.render("letters/wall.html", {"count": count, "villages": len(everywhere.villages)})


PAGES = (
    Page(path="/write", view=write, to=EVERYONE, methods=("GET", "POST"), files=1, body_limit=photo_body_limit(1)),
    Page(path="/receipt", view=receipt, to=EVERYONE),
    Page(path="/letter/{key}", view=letter, to=READ, methods=("GET", "POST")),
    Page(path="/photo/{photo}", view=photo, to=READ),
    Page(path="/table", view=table, to=READ, methods=("POST",)),
    Page(path="/board", view=board, to=READ, scope="county"),
    Page(path="/wall", view=wall, to=EVERYONE, scope="county"),
)
