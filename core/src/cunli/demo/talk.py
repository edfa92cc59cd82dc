"""What the villages say to each other: posts and notices with photos, comments, likes, thanks and receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from cunli import db
from cunli.demo.content import Remark
from cunli.demo.ground import Actor, Ground, Place
from cunli.demo.plan import Said, admirers, moments
from cunli.demo.record import Record
from cunli.feed.models import Comment, NoticeReceipt, Post, PostPhoto, Reaction
from cunli.feed.past import ROOM
from cunli.feed.words import one_line
from cunli.media.models import Upload
from cunli.places.models import Household

LIKED_WITHIN: Final = timedelta(hours=40)
READ_WITHIN: Final = timedelta(hours=30)
EXCERPT: Final = 40


@dataclass(slots=True, kw_only=True)
class Heard:
    """A post with everything that people gave it, and the number it is written under."""

    said: Said
    place: Place
    author: Actor
    likes: list[tuple[Actor, datetime]]
    thanks: list[tuple[Actor, datetime]]
    receipts: list[NoticeReceipt] = field(default_factory=list)
    reads: int = 0
    reached: int = 0
    id: int = 0

    @property
    def url(self) -> str:
        return f"{self.place.url}/p/{self.said.key}"


async def write_talk(ground: Ground, everything: Sequence[Said], record: Record) -> dict[str, Heard]:
    """Write it all; returns the posts that have a name."""
    registers = {slug: await _register(place) for slug, place in ground.places.items()}
    heard = [_heard(ground, each, registers[each.words.village]) for each in everything]
    for number, each in enumerate(heard, start=1):
        each.id = number * ROOM
    for slug, some in groupby(heard, key=lambda each: each.place.slug):  # ids follow the time across all villages
        with db.scope(ground.places[slug].id):
            await Post.bulk_create(_post(ground, each) for each in some)
    if db.engine() != "sqlite":  # which counts on from the greatest by itself
        await db.read("SELECT setval(pg_get_serial_sequence('core_post', 'id'), MAX(id)) FROM core_post")
    for place in ground.places.values():
        with db.scope(place.id):
            await _write_village(ground, place, [each for each in heard if each.place is place], record)
    return {each.said.words.id: each for each in heard if each.said.words.id}


async def _register(place: Place) -> list[int]:
    with db.scope(place.id):
        return [household.id for household in await Household.all().order_by("id")]


def _heard(ground: Ground, each: Said, register: list[int]) -> Heard:
    words = each.words
    liked = admirers(ground, each, words.likes)
    thanked = admirers(ground, each, words.thanks)
    heard = Heard(
        said=each,
        place=ground.places[words.village],
        author=ground.people[words.by],
        likes=list(zip(liked, moments(ground, each.at, liked, LIKED_WITHIN), strict=True)),
        thanks=list(zip(thanked, moments(ground, each.at, thanked, LIKED_WITHIN), strict=True)),
    )
    if words.kind == "notice":
        _read(ground, heard, register)
    return heard


def _read(ground: Ground, heard: Heard, register: list[int]) -> None:
    """Receipts: of those who read the notice themselves, and of households an official called or visited."""
    chance, at = ground.chance, heard.said.at
    readers = [
        m for m in ground.members(heard.place.slug) if m is not heard.author and m.verified_at and m.verified_at < at
    ]
    chance.shuffle(readers)
    readers = readers[: round(len(readers) * heard.said.words.reads)]
    for reader, when in zip(readers, moments(ground, at, readers, READ_WITHIN), strict=True):
        heard.receipts.append(
            NoticeReceipt(person_id=reader.id, household_id=reader.household_id, how="online", at=when)
        )
    reached = {reader.household_id for reader in readers}
    left = [household for household in register if household not in reached]
    told = chance.sample(left, min(heard.said.words.told, len(left)))
    for household, when in zip(told, moments(ground, at, [heard.author] * len(told), READ_WITHIN), strict=True):
        how = chance.choice(("phone", "phone", "visit"))
        heard.receipts.append(NoticeReceipt(household_id=household, told_by_id=heard.author.id, how=how, at=when))
    heard.reads, heard.reached = len(readers), len(reached) + len(told)


def _post(ground: Ground, heard: Heard) -> Post:
    words = heard.said.words
    return Post(
        id=heard.id,
        key=heard.said.key,
        region_id=heard.place.shown_in(words.audience),
        author_id=heard.author.id,
        kind=words.kind,
        title=ground.times.fill(words.title),
        body=ground.times.fill(words.text),
        place=words.place,
        audience=words.audience,
        state="hidden" if words.hidden else "visible",
        hidden_reason=words.hidden,
        pinned=words.pinned,
        pinned_until=None if words.until is None else ground.times.day(words.until),
        created_at=heard.said.at,
        like_count=len(heard.likes),
        thanks_count=len(heard.thanks),
        comment_count=len(words.remarks),
        read_count=heard.reads,
        reached_count=heard.reached,
    )


async def _write_village(ground: Ground, place: Place, heard: list[Heard], record: Record) -> None:
    for each in heard:
        for receipt in each.receipts:
            receipt.post_id = each.id
    await _write_photos(ground, place, heard)
    comments = await _write_comments(ground, heard)
    await Reaction.bulk_create([row for each in heard for row in _reactions(each)], batch_size=500)
    receipts = sorted((row for each in heard for row in each.receipts), key=lambda row: row.at)
    await NoticeReceipt.bulk_create(receipts, batch_size=500)
    for each in heard:
        _tell(ground, each, comments, record)
    ground.step("动态")


async def _write_photos(ground: Ground, place: Place, heard: list[Heard]) -> None:
    await Upload.bulk_create(
        upload(ground, name, key, each.author.id, each.said.at)
        for each in heard
        for name, key in zip(each.said.words.photos, each.said.photo_keys, strict=True)
    )
    ids = dict(await Upload.all().values_list("key", "id"))
    await PostPhoto.bulk_create(
        PostPhoto(post_id=each.id, upload_id=ids[key], position=position)
        for each in heard
        for position, key in enumerate(each.said.photo_keys)
    )


def upload(ground: Ground, name: str, key: str, owner_id: int, at: datetime) -> Upload:
    """The row of a photo that is stored under `key` already."""
    picture = ground.pictures[name]
    return Upload(
        key=key,
        owner_id=owner_id,
        width=picture.developed.width,
        height=picture.developed.height,
        stored_bytes=picture.developed.stored_bytes,
        sha256=picture.sha256,
        created_at=at,
    )


async def _write_comments(ground: Ground, heard: list[Heard]) -> Mapping[str, int]:
    """One by one, so that ids follow the time and an answer knows the comment above it; returns ids by key."""
    rows = sorted((row for each in heard for row in _comments(ground, each)), key=lambda entry: entry[0].created_at)
    ids: dict[str, int] = {}
    for row, above in rows:
        row.parent_id = ids[above] if above else None
        await row.save()
        ids[row.key] = row.id
    return ids


def _comments(ground: Ground, each: Heard) -> list[tuple[Comment, str]]:
    """The comments of one post, each with the key of the one above it."""
    found: list[tuple[Comment, str]] = []
    above = ""
    for remark, key, at in _remarks(each):
        row = Comment(
            key=key,
            post_id=each.id,
            reply_to_id=ground.people[remark.to].id if remark.reply else None,
            author_id=ground.people[remark.by].id,
            body=ground.times.fill(remark.text),
            created_at=at,
        )
        found.append((row, above if remark.reply else ""))
        above = above if remark.reply else key
    return found


def _remarks(each: Heard) -> list[tuple[Remark, str, datetime]]:
    return list(zip(each.said.words.remarks, each.said.remark_keys, each.said.remarks_at, strict=True))


def _reactions(each: Heard) -> list[Reaction]:
    given = [("like", *gift) for gift in each.likes] + [("thanks", *gift) for gift in each.thanks]
    return [Reaction(post_id=each.id, person_id=who.id, kind=kind, created_at=at) for kind, who, at in given]


def _tell(ground: Ground, each: Heard, comments: Mapping[str, int], record: Record) -> None:
    """What comes into inboxes from this post, as `feed` would have told it."""
    words, village = each.said.words, each.place.id
    for remark, key, at in _remarks(each):
        by, answered = ground.people[remark.by], ground.people[remark.to] if remark.reply else None
        kinds = {each.author.id: "post.commented"} if by is not each.author else {}
        if answered is not None and answered is not by:
            kinds[answered.id] = "comment.replied"
        for receiver, kind in kinds.items():
            record.tell(
                receiver,
                kind,
                at=at,
                village_id=village,
                url=f"{each.url}?c={key}",
                once=f"comment:{comments[key]}",
                by=by.id,
                excerpt=one_line(ground.times.fill(remark.text), EXCERPT),
            )
    for who, at in each.thanks:
        excerpt = one_line(ground.times.fill(words.title or words.text), EXCERPT)
        once = f"thanks:{each.id}:{who.id}"
        record.tell(
            each.author.id,
            "post.thanked",
            at=at,
            village_id=village,
            url=each.url,
            once=once,
            by=who.id,
            excerpt=excerpt,
        )
    if words.kind == "notice":
        _announce(ground, each, record)


def _announce(ground: Ground, each: Heard, record: Record) -> None:
    words, at, place = each.said.words, each.said.at, each.place
    record.act(
        "notice.publish",
        at=at,
        actor=each.author.id,
        village=place.id,
        about=("post", each.id),
        pinned=words.pinned,
    )
    for member in ground.members(place.slug):
        if member is not each.author and member.verified_at and member.verified_at < at:
            record.tell(
                member.id,
                "notice.published",
                at=at,
                village_id=place.id,
                url=each.url,
                once=f"notice:{each.id}",
                village=place.name,
                title=ground.times.fill(words.title),
            )
