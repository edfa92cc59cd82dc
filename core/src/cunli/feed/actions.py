"""What people do with posts: publish, edit, delete, take back, like and thank. One unit each; counters move along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.clock import now
from cunli.feed import holding, past, queries, rules, search_index
from cunli.feed.events import PostPublished, post_changed
from cunli.feed.kinds import plugin_of
from cunli.feed.models import Post, PostPhoto
from cunli.feed.queries import PostNow
from cunli.feed.words import one_line
from cunli.jobs import emit, enqueue
from cunli.media import actions as media
from cunli.notify.actions import tell
from cunli.places import activity
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow

EXCERPT: Final = 40
FORGET: Final = "feed.forget"
TELL: Final = "feed.tell_notice"
REACTIONS: Final = {"like": ("like", 1), "unlike": ("like", -1), "thank": ("thanks", 1), "unthank": ("thanks", -1)}
_COUNT: Final = {  # whoever takes a like back takes a name away: the next like makes the same number of other names
    kind: f"UPDATE core_post SET {kind}_count = {kind}_count + ?, answers_version = answers_version + ?"  # noqa: S608 constants
    " WHERE id = ? AND state = 'visible'"
    for kind in ("like", "thanks")
}


class Gone(Exception):
    """The post or comment is not there any more, or changed meanwhile; nothing was done."""


class TooFast(Exception):
    """This person has written a great deal within the last hour. `seconds` until there is room again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a post consists of, cleaned and checked by the form."""

    body: str
    title: str = ""
    place: str = ""
    audience: str = rules.VILLAGE
    photos: tuple[str, ...] = ()
    kind: str = rules.POST
    pinned: bool = False
    pinned_until: date | None = None
    path: str = ""  # of an entry
    data: str = ""


@db.unit
async def publish(
    village: VillageNow,
    author_id: int,
    written: Written,
    *,
    held: str = "",
    key: str = "",
    at: datetime | None = None,
) -> str:
    """Publish a post, notice or entry; returns its key. `held` says why an official is to look at it first. `at`: see `past`.

    With a `key` of its own it is one of the copies of a notice for many villages, which are slowed down as one.
    Raises `TooFast`, or `media.PhotoGone` for a photo that cannot be used.
    """
    if not key:
        await slow_down("core_post", author_id, rules.POSTS_PER_HOUR, _ALIKE[written.kind == rules.NOTICE])
    photos = await media.use(written.photos, owner_id=author_id, village_id=village.id)
    number = await past.number_at(at) if at is not None else None
    chosen: dict[str, Any] = {} if number is None else {"id": number}
    post = await Post.create(
        **chosen,
        key=key or new_key(),
        village_id=village.id,
        region_id=rules.shown_in(written.audience, queries.chain_of(village)),
        author_id=author_id,
        kind=written.kind,
        title=written.title,
        body=written.body,
        place=written.place,
        audience=written.audience,
        pinned=written.pinned,
        pinned_until=written.pinned_until,
        state=rules.HELD if held else rules.VISIBLE,
        hidden_reason=held[: rules.REASON_MAX],
        path=written.path or None,
        data=written.data or None,
        created_at=at or now(),
    )
    await _attach(post.id, village.id, photos)
    if written.kind == rules.POST:
        await db.write("DELETE FROM core_draft WHERE village_id = ? AND person_id = ?", village.id, author_id)
    if held:
        await holding.hold(village, "post", post.id, author_id=author_id, published=False, plugin=plugin_of(post.kind))
    else:
        await search_index.index(post.id, new=True)
        await _stands(village.id, post.id, post.key, author_id, post.kind, written.audience, post.created_at)
    return post.key


async def _stands(
    village_id: int, post_id: int, key: str, author_id: int, kind: str, audience: str, at: datetime
) -> None:
    """Others see it from now on. `at` is when it was written."""
    await count_posts(village_id, 1)
    await activity.note(village_id, "notices" if kind == rules.NOTICE else "posts", at)
    await emit(
        PostPublished(
            village_id=village_id,
            post_id=post_id,
            author_id=author_id,
            post_kind=kind,
            audience=audience,
            post_key=key,
        )
    )
    if kind == rules.NOTICE:
        await enqueue(TELL, {"post_id": post_id}, dedupe=f"{TELL}:{post_id}", village_id=village_id)


async def appear(post: PostNow) -> None:
    """Inside a unit that made a held or hidden post visible: count it, and say so as if it had been published now."""
    if await holding.never_stood("post", post.id):
        await _stands(post.village_id, post.id, post.key, post.author_id, post.kind, post.audience, post.created_at)
    else:
        await count_posts(post.village_id, 1)
        await emit(post_changed(post, rules.VISIBLE))
    await holding.settle("post", post.id, refused=False)


async def _attach(post_id: int, village_id: int, photos: Sequence[media.Taken]) -> None:
    if photos:
        await PostPhoto.bulk_create(
            PostPhoto(village_id=village_id, post_id=post_id, upload_id=photo.id, position=position)
            for position, photo in enumerate(photos)
        )


async def count_posts(village_id: int, by: int) -> None:
    """Move the village's number of visible posts, inside the unit of the act."""
    await db.write("UPDATE core_village SET post_count = post_count + ? WHERE id = ?", by, village_id)


_ALIKE: Final = {True: " AND kind = 'notice'", False: " AND kind <> 'notice'"}  # of a post: what it is counted with


async def slow_down(table: str, author_id: int, most: int, alike: str = "") -> None:
    """Raise `TooFast` when this person wrote `most` rows of a table, of those that are alike, within the last hour."""
    newest = f"SELECT created_at FROM {table} WHERE author_id = ?{alike} ORDER BY id DESC LIMIT 1 OFFSET ?"  # noqa: S608 constants
    rows = await db.read(newest, author_id, most - 1)
    if rows and (age := now() - db.when(rows[0]["created_at"])) < timedelta(hours=1):
        raise TooFast(int(3600 - age.total_seconds()))


@db.unit
async def edit(post: PostNow, village: VillageNow, written: Written, *, held: str = "") -> None:
    """Change a visible post as its author last saw it. Raises `Gone` when it changed meanwhile or is not visible.

    `held` says why an official is to look at it first: until then it is out of sight.
    """
    state = rules.HELD if held else rules.VISIBLE
    changed = await db.write(
        "UPDATE core_post SET title = ?, body = ?, place = ?, audience = ?, region_id = ?, pinned = ?, pinned_until = ?,"
        " path = ?, data = ?, state = ?, hidden_reason = ?, version = version + 1, edited_at = ? WHERE id = ? AND version = ? AND state = 'visible'",
        written.title,
        written.body,
        written.place,
        written.audience,
        rules.shown_in(written.audience, queries.chain_of(village)),
        written.pinned,
        written.pinned_until,
        written.path or None,
        written.data or None,
        state,
        held[: rules.REASON_MAX],
        now(),
        post.id,
        post.version,
    )
    if not changed:
        raise Gone
    await search_index.index(post.id)
    await _rearrange(post, written.photos)
    if held:
        await count_posts(post.village_id, -1)
        await holding.hold(village, "post", post.id, author_id=post.author_id, published=True, plugin=post.plugin)
    await emit(post_changed(post, state))


async def _rearrange(post: PostNow, keys: Sequence[str]) -> None:
    """Show exactly these photos, in this order: some stand there already, some are new, the rest is deleted."""
    rows = await db.read(
        "SELECT pp.upload_id, u.key FROM core_post_photo pp JOIN core_upload u ON u.id = pp.upload_id WHERE pp.post_id = ?"
        " ORDER BY pp.position",
        post.id,
    )
    standing = {row["key"]: row["upload_id"] for row in rows}
    if list(standing) == list(keys):
        return
    fresh = [key for key in keys if key not in standing]
    taken = {photo.key: photo for photo in await media.use(fresh, owner_id=post.author_id, village_id=post.village_id)}
    await db.write("DELETE FROM core_post_photo WHERE post_id = ?", post.id)
    shown = [taken[key] if key in taken else media.Taken(id=standing[key], key=key) for key in keys]
    await _attach(post.id, post.village_id, shown)
    await media.discard([upload for key, upload in standing.items() if key not in keys])


@db.unit
async def delete(post: PostNow) -> None:
    """Delete one's own post: gone at once for everybody, for ten minutes to be taken back, then for good."""
    gone = await db.write(
        "UPDATE core_post SET state = 'deleted', deleted_at = ?, version = version + 1 WHERE id = ? AND state = ?",
        now(),
        post.id,
        post.state,
    )
    if not gone:
        raise Gone
    await search_index.index(post.id)
    if post.state == rules.VISIBLE:
        await count_posts(post.village_id, -1)
    await enqueue(FORGET, {"post_id": post.id}, delay=rules.FORGET_AFTER.total_seconds(), village_id=post.village_id)
    await _changed(post, rules.DELETED)


async def _changed(post: PostNow, state: str) -> None:
    """Say what it is now, unless nobody was ever told that it is there: of an entry its plugin knows."""
    if post.plugin or post.state == rules.VISIBLE or not await holding.never_stood("post", post.id):
        await emit(post_changed(post, state))


@db.unit
async def restore(post: PostNow) -> None:
    """Take one's deletion back. A post that had been hidden or held is so again. Raises `Gone` after ten minutes."""
    if not rules.can_undo(post.deleted_at, now()):
        raise Gone
    state = await holding.before_deletion("post", post.id, post.hidden_reason)
    back = await db.write(
        "UPDATE core_post SET state = ?, deleted_at = NULL, version = version + 1 WHERE id = ? AND state = 'deleted'",
        state,
        post.id,
    )
    if not back:
        raise Gone
    await search_index.index(post.id)
    if state == rules.VISIBLE:
        await count_posts(post.village_id, 1)
    await _changed(post, state)


@db.unit
async def forget(post_id: int) -> bool:
    """Remove the words, photos and answers of a post that was deleted a day ago. Whether there was one."""
    post = await queries.post_by_id(post_id)
    if (
        post is None
        or post.state != rules.DELETED
        or not post.deleted_at
        or now() - post.deleted_at < rules.FORGET_AFTER
    ):
        return False
    rows = await db.read("SELECT upload_id FROM core_post_photo WHERE post_id = ?", post_id)
    for table in ("core_post_photo", "core_reaction", "core_notice_receipt", "core_comment"):
        await db.write(f"DELETE FROM {table} WHERE post_id = ?", post_id)  # noqa: S608 constants and placeholders
    await media.discard([row["upload_id"] for row in rows])
    await db.write(
        "UPDATE core_post SET body = '', title = '', place = '', path = NULL, data = NULL WHERE id = ?", post_id
    )
    return True


@db.unit
async def react(post: PostNow, person_id: int, do: str) -> None:
    """Like, unlike, thank, unthank. `do` is the wish and not a toggle: wishing twice is the same as once."""
    kind, step = REACTIONS[do]
    if step > 0:
        changed = await db.write(
            "INSERT INTO core_reaction (village_id, post_id, person_id, kind, created_at) VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (post_id, person_id, kind) DO NOTHING",
            post.village_id,
            post.id,
            person_id,
            kind,
            now(),
        )
    else:
        changed = await db.write(
            "DELETE FROM core_reaction WHERE post_id = ? AND person_id = ? AND kind = ?", post.id, person_id, kind
        )
    if not changed:
        return
    if not await db.write(_COUNT[kind], step, int(step < 0), post.id):
        raise Gone
    if do == "thank" and post.author_id != person_id:
        await tell(
            post.author_id,
            "post.thanked",
            village_id=post.village_id,
            url=post.url,
            once=f"thanks:{post.id}:{person_id}",
            plugin=post.plugin,
            by=person_id,
            excerpt=one_line(post.title or post.body, EXCERPT),
        )


@db.unit
async def save_draft(village_id: int, person_id: int, draft: queries.DraftNow) -> None:
    """Keep what somebody has written so far; an empty draft is no draft."""
    if not (draft.body or draft.uploads or draft.place):
        await db.write("DELETE FROM core_draft WHERE village_id = ? AND person_id = ?", village_id, person_id)
        return
    await media.keep_for_draft(draft.uploads, owner_id=person_id, village_id=village_id)
    await db.write(
        "INSERT INTO core_draft (village_id, person_id, body, place, audience, uploads, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (village_id, person_id) DO UPDATE SET body = excluded.body, place = excluded.place,"
        " audience = excluded.audience, uploads = excluded.uploads, updated_at = excluded.updated_at",
        village_id,
        person_id,
        draft.body,
        draft.place,
        draft.audience,
        ",".join(draft.uploads),
        now(),
    )
