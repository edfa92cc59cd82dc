"""Writing: a post of words and up to nine photos in one screen, with a draft on the server. Works in one go without script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from starlette.responses import Response

from cunli.feed import actions, found, queries, review, rules
from cunli.feed.actions import Gone, TooFast, Written
from cunli.feed.cards import card_of
from cunli.feed.queries import DraftNow, PostNow
from cunli.feed.review import Looked
from cunli.media import actions as media
from cunli.media import queries as photos
from cunli.media.queries import Photo
from cunli.media.rules import PhotoRefused
from cunli.people.queries import faces
from cunli.web import Form, Page, Visit
from cunli.web.errors import NotFound
from cunli.web.i18n import _
from cunli.web.pages import SIGNED_IN

TEMPLATE: Final = "feed/compose.html"
MEGABYTE: Final = 1024 * 1024
BODY_LIMIT: Final = 181 * MEGABYTE  # nine photos as large as they come, for browsers without script
KEYS_MOST: Final = 2 * rules.PHOTOS_MAX


async def compose(visit: Visit) -> Response:
    """A new post."""
    if visit.request.method != "POST":
        draft = await queries.draft_of(visit.me.id, visit.here.id)
        uploads = await _unused(visit, draft.uploads)
        form = Form.blank(body=draft.body, place=draft.place, audience=draft.audience)
        return await _show(visit, form, uploads)
    form = await visit.form()
    written = await read(visit, form)
    if form.raw("do") == "save":
        await _keep(visit, written)
        return visit.redirect(f"{visit.here.url}/new", toast=_("存好了，什么时候发都行"))
    looked = await review.reviewed(visit, form, rules.POST, written) if form else None
    if form and looked:
        try:
            url = await form.once(lambda: _publish(visit, looked))
            if looked.held:
                return visit.redirect(url, toast=review.WAITS)
            return visit.redirect(f"{visit.here.url}/", toast=_("发出去了"))
        except media.PhotoGone:
            form.error("photo", _("有照片已经不在了，请重新选"))
        except TooFast as exc:
            await _keep(visit, written)
            raise found.too_fast(exc) from exc
    await _keep(visit, written)
    return await _show(visit, form, await _unused(visit, written.photos), status=422)


async def _publish(visit: Visit, looked: Looked) -> str:
    return f"{visit.here.url}/p/{await actions.publish(visit.here, visit.me.id, looked.written, held=looked.held)}"


async def read(visit: Visit, form: Form, *, standing: Sequence[str] = ()) -> Written:
    """The post in a sent form. Photos sent with it are taken in here, so that nothing is chosen twice after an error."""
    written = Written(
        body=form.text("body", _("想说的话"), max_length=rules.BODY_MAX, multiline=True),
        place=form.text("place", _("在哪里"), max_length=rules.PLACE_MAX),
        audience=form.choice("audience", _("给谁看"), rules.AUDIENCES, default=rules.VILLAGE),
        photos=tuple(form.keys("upload", most=KEYS_MOST)),
    )
    written = replace(
        written, photos=(*written.photos, *await take_photos(visit, form, room_after=len(written.photos)))
    )
    if len(written.photos) > rules.PHOTOS_MAX:
        form.error("photo", _("最多 %(n)s 张照片，请去掉几张", n=rules.PHOTOS_MAX))
    if not written.body and not written.photos and "photo" not in form.errors:
        form.error("body", _("写几个字，或者选一张照片"))
    return written


async def take_photos(visit: Visit, form: Form, *, room_after: int) -> list[str]:
    """Take in the photos that came with the form itself; notes an error for each that is refused."""
    keys: list[str] = []
    limit_mb = visit.settings.max_photo_mb
    for file in list(form.files("photo"))[: max(0, rules.PHOTOS_MAX - room_after)]:
        try:
            raw = await file.read((limit_mb + 1) * MEGABYTE)
            taken = await media.accept(raw, owner_id=visit.me.id, village_id=visit.here.id, limit_mb=limit_mb)
            keys.append(taken.key)
        except PhotoRefused as exc:
            form.error("photo", exc.text)
    if len(form.files("photo")) + room_after > rules.PHOTOS_MAX:
        form.error("photo", _("最多 %(n)s 张照片，多的没有加进来", n=rules.PHOTOS_MAX))
    return keys


async def _keep(visit: Visit, written: Written) -> None:
    draft = DraftNow(body=written.body, place=written.place, audience=written.audience, uploads=written.photos[:9])
    await actions.save_draft(visit.here.id, visit.me.id, draft)


async def _unused(visit: Visit, keys: Sequence[str]) -> list[Photo]:
    return await photos.unused_of(list(keys), owner_id=visit.me.id, village_id=visit.here.id)


async def _show(
    visit: Visit, form: Form, uploads: Sequence[Photo], *, post: PostNow | None = None, status: int = 200
) -> Response:
    card = None
    if post is not None:
        card = card_of(post, (await faces([post.author_id], visit.here))[post.author_id], visit.here, whole=True)
    context = {
        "form": form,
        "action": f"{post.url}/edit" if post else f"{visit.here.url}/new",
        "audiences": list(rules.AUDIENCES.items()),
        "kinds": [],
        "uploads": uploads,
        "draft_url": "" if post else f"{visit.here.url}/draft",
        "upload_url": f"{visit.here.url}/uploads",
        "post": card,
        "version": post.version if post else 0,
    }
    return await visit.render(TEMPLATE, context, status=status)


async def draft(visit: Visit) -> Response:
    """Keep what is being written, asked by the script every few seconds: 204."""
    form = await visit.form()
    body = form.text("body", _("想说的话"), max_length=rules.BODY_MAX, multiline=True)[: rules.BODY_MAX]
    place = form.text("place", _("在哪里"), max_length=rules.PLACE_MAX)[: rules.PLACE_MAX]
    audience = form.choice("audience", _("给谁看"), rules.AUDIENCES, required=False, default=rules.VILLAGE)
    keys = tuple(key for key in form.raw("uploads")[:300].split(",") if photos.is_key(key))[: rules.PHOTOS_MAX]
    kept = DraftNow(body=body, place=place, audience=audience, uploads=keys)
    await actions.save_draft(visit.here.id, visit.me.id, kept)
    return Response(status_code=204)


async def edit(visit: Visit) -> Response:
    """Change one's own visible post; it is marked 改过 from then on."""
    post = found.own(await found.post_here(visit))
    if post.kind != rules.POST or post.state != rules.VISIBLE:
        raise NotFound
    standing = (await photos.photos_of([post.id])).get(post.id, [])
    if visit.request.method != "POST":
        form = Form.blank(body=post.body, place=post.place, audience=post.audience)
        return await _show(visit, form, standing, post=post)
    form = await visit.form()
    written = await read(visit, form)
    version = form.integer("version", _("版本"), minimum=0, maximum=2**31 - 1)
    looked = await review.reviewed(visit, form, rules.POST, written, post_id=post.id) if form else None
    if form and looked:
        try:
            url = await form.once(lambda: _change(visit, replace(post, version=version or 0), looked))
            return visit.redirect(url, toast=review.WAITS if looked.held else _("改好了"))
        except media.PhotoGone:
            form.error("photo", _("有照片已经不在了，请重新选"))
        except Gone:
            form.error("body", _("这条动态在别处改过了。先把你写的复制下来，再重新打开来改"))
    kept = {photo.key: photo for photo in [*standing, *await _unused(visit, written.photos)]}
    shown = [kept[key] for key in written.photos if key in kept]
    return await _show(visit, form, shown, post=post, status=422)


async def _change(visit: Visit, post: PostNow, looked: Looked) -> str:
    await actions.edit(post, visit.here, looked.written, held=looked.held)
    return post.url


PAGES: Final = (
    Page(
        path="/new",
        view=compose,
        to="core.post.publish",
        methods=("GET", "POST"),
        name="compose",
        body_limit=BODY_LIMIT,
        files=2 * rules.PHOTOS_MAX,
    ),
    Page(path="/draft", view=draft, to="core.post.publish", methods=("POST",), name="draft"),
    Page(
        path="/p/{key}/edit",
        view=edit,
        to=SIGNED_IN,
        methods=("GET", "POST"),
        name="post-edit",
        body_limit=BODY_LIMIT,
        files=2 * rules.PHOTOS_MAX,
    ),
)
