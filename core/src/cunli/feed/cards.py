"""Posts as templates show them, and the rendered cards of the feed, kept for a minute in this process.

A card is keyed by everything it shows that can change: version, counters, what the reader gave, language, day and the
village it is shown in. Names and seals may change under it; that is what the minute is for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from markupsafe import Markup

from cunli import db
from cunli.clock import today
from cunli.feed import kinds, queries, rules, words
from cunli.feed.blocks import forget_blocks
from cunli.feed.queries import PostNow
from cunli.feed.stream import Slim
from cunli.media.queries import Photo
from cunli.people.queries import Face, faces
from cunli.web.i18n import LazyText, _, nlazy
from cunli.web.times import when

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.web.visit import Visit

GAP: Final = Markup("<!--gap-->")  # nobody can write this: what people write is escaped
SECONDS: Final = 60.0
MOST: Final = 4000
ECHO_COMMENTS: Final = 2
ECHO_LIKES: Final = 3
ECHO_CHARS: Final = 60
KIND_LABELS: Final[Mapping[str, tuple[LazyText, str]]] = {rules.NOTICE: (_("通知"), "seal")}


@dataclass(frozen=True, slots=True, kw_only=True)
class EchoComment:
    """One of the last comments, under a card."""

    author: Face
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Echo:
    """What a card shows of its answers: the last likes by name and the last comments."""

    likers: tuple[Face, ...] = ()
    comments: tuple[EchoComment, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A post as `feed/card.html`, `feed/post.html` and `feed/acts.html` show it."""

    id: int
    key: str
    url: str
    author: Face
    kind: str
    kind_label: LazyText | str
    kind_hue: str
    title: str
    body: Markup
    shortened: bool
    place: str
    audience: str
    audience_label: LazyText
    village_name: str  # empty where it goes without saying
    created_at: datetime
    edited: bool
    kind_icon: str = ""
    more_url: str = ""  # of an entry: the plugin's own page about it
    extra: Markup = field(default_factory=Markup)  # of an entry: what the plugin's template gives
    photos: Sequence[Photo] = ()
    like_count: int = 0
    thanks_count: int = 0
    comment_count: int = 0
    liked: bool = False
    thanked: bool = False
    guest: bool = False
    echo: Echo = field(default_factory=Echo)


class Rendered(NamedTuple):
    """A rendered card, in two halves: what plugins add to the post stands between them and is never kept.

    `whole` is both halves as they are sent where no plugin adds anything. What follows are facts of the post; `created` is in
    seconds since 1970.
    """

    id: int
    before: Markup
    after: Markup
    whole: bytes
    key: str = ""
    created: float = 0.0
    kind: str = ""
    author_id: int = 0
    village_id: int = 0

    @classmethod
    def of(cls, post_id: int, before: Markup, after: Markup, *facts: Any) -> Rendered:
        """`facts` in the order of the fields after `whole`."""
        return cls(post_id, before, after, (before + after).encode(), *facts)


@dataclass(frozen=True, slots=True, kw_only=True)
class TopNotice:
    """The pinned notice above the feed."""

    url: str
    title: str
    created_at: datetime
    reached_count: int
    read_count: int

    @property
    def created(self) -> float:
        return self.created_at.timestamp()

    @property
    def about(self) -> str:
        """When, and how many know already: households where the village keeps a register, else people."""
        if self.reached_count:
            return f"{when(self.created_at)} · {nlazy('%(n)s 户已看', '%(n)s 户已看', self.reached_count)}"
        if self.read_count:
            return f"{when(self.created_at)} · {nlazy('%(n)s 人已看', '%(n)s 人已看', self.read_count)}"
        return when(self.created_at)


Shown = tuple[object, ...]  # where and to whom cards are shown: theme, village, language, day, guest or not


class _Kept:
    """Rendered cards of the last minute."""

    def __init__(self) -> None:
        self._kept: dict[Shown, dict[Slim, tuple[float, Any]]] = {}
        self._number = 0

    def get(self, shown: Shown, entries: Sequence[Slim]) -> list[Any]:
        """The card of each entry, None where there is none."""
        now, kept = time.monotonic(), self._kept.get(shown, {})
        found = [kept.get(entry) for entry in entries]
        return [one[1] if one is not None and one[0] > now else None for one in found]

    def put(self, shown: Shown, entry: Slim, value: Any) -> None:
        if self._number >= MOST:
            self._drop_old()
        self._kept.setdefault(shown, {})[entry] = (time.monotonic() + SECONDS, value)
        self._number += 1

    def _drop_old(self) -> None:
        now = time.monotonic()
        fresh = {shown: {e: one for e, one in kept.items() if one[0] > now} for shown, kept in self._kept.items()}
        number = sum(len(kept) for kept in fresh.values())
        self._kept, self._number = (fresh, number) if number < MOST // 2 else ({}, 0)

    def clear(self) -> None:
        self._kept.clear()
        self._number = 0


_kept: Final = _Kept()


def forget_cards() -> None:
    """Render afresh from now on; for tests that change names under a card."""
    _kept.clear()
    forget_blocks()


async def cards(visit: Visit, entries: Sequence[Slim]) -> list[Any]:
    """The rendered card of each entry, and a `TopNotice` for the one that stands on top. Few queries, none when kept."""
    guest = visit.person is None
    shown = (visit.themed.serial, visit.here.id, visit.locale, today(), guest)
    found = _kept.get(shown, entries)
    missing = [entry for entry, card in zip(entries, found, strict=True) if card is None]
    if missing:
        fresh = await _fresh(visit, missing, guest=guest)
        found = [fresh[entry] if card is None else card for entry, card in zip(entries, found, strict=True)]
        for entry, card in fresh.items():
            _kept.put(shown, entry, card)
    return found


async def _fresh(visit: Visit, entries: Sequence[Slim], *, guest: bool) -> dict[Slim, Any]:
    posts = {post.id: post for post in await queries.posts_by_id(sorted({entry.id for entry in entries}))}
    below = [entry for entry in entries if not entry.on_top and entry.id in posts]
    answers = await _around([posts[entry.id] for entry in below])
    people = {posts[entry.id].author_id for entry in below} | {row.person_id for row in answers if row.person_id}
    known = await faces(people, visit.here)
    by_post: dict[int, list[_Around]] = {}
    for row in answers:
        by_post.setdefault(row.post_id, []).append(row)
    drawn: dict[Slim, Any] = {entry: _top(posts[entry.id]) for entry in entries if entry.on_top and entry.id in posts}
    for entry in below:
        post, rows = posts[entry.id], by_post.get(entry.id, [])
        card = card_of(
            post,
            known[post.author_id],
            visit.here,
            gave=rules.gave(entry.gave),
            photos=_photos(rows),
            guest=guest,
            echo=_echo(rows, known),
        )
        drawn[entry] = _rendered(visit, of_kind(visit, card, post), post.village_id)
    return {entry: drawn.get(entry) or Rendered.of(entry.id, Markup(""), Markup("")) for entry in entries}


def of_kind(visit: Visit, card: Card, post: PostNow, *, whole: bool = False) -> Card:
    """The card of an entry with what its kind adds: label, hue, the plugin's page and template. Others stay as they are."""
    kind = visit.site.registry.kinds.get(post.kind)
    if kind is None:
        return card
    card = replace(card, kind_label=kind.label, kind_hue=kind.hue, kind_icon=kind.icon, more_url=post.more_url)
    extra = kinds.drawn(visit, kind, entry=card, data=kinds.data_of(post.data), whole=whole)
    return replace(card, extra=extra)


def _rendered(visit: Visit, card: Card, village_id: int) -> Rendered:
    html = visit.themed.templates.render("feed/card.html", {"post": card, "gap": GAP})
    before, _gap, after = html.partition(GAP)
    halves = Markup(before), Markup(after)  # noqa: S704 halves of an autoescaped template
    facts = card.key, card.created_at.timestamp(), card.kind, card.author.id, village_id
    return Rendered.of(card.id, *halves, *facts)


def card_of(
    post: PostNow,
    author: Face,
    here: VillageNow,
    *,
    gave: frozenset[str] = frozenset(),
    photos: Sequence[Photo] = (),
    guest: bool = False,
    whole: bool = False,
    echo: Echo | None = None,
) -> Card:
    """The view of one post; `whole` for its own page, otherwise long words are cut."""
    body, shortened = (post.body, False) if whole else words.shorten(post.body)
    return Card(
        id=post.id,
        key=post.key,
        url=post.url,
        author=author,
        kind=post.kind,
        kind_label=KIND_LABELS.get(post.kind, ("", ""))[0],
        kind_hue=KIND_LABELS.get(post.kind, ("", ""))[1],
        title=post.title,
        body=words.html(body),
        shortened=shortened,
        place=post.place,
        audience=post.audience,
        audience_label=rules.AUDIENCES[post.audience],
        village_name=post.village_name if post.village_id != here.id else "",
        created_at=post.created_at,
        edited=post.edited_at is not None,
        photos=photos,
        like_count=post.like_count,
        thanks_count=post.thanks_count,
        comment_count=post.comment_count,
        liked="like" in gave,
        thanked="thanks" in gave,
        guest=guest,
        echo=echo or Echo(),
    )


def _top(post: PostNow) -> TopNotice:
    return TopNotice(
        url=post.url,
        title=post.title,
        created_at=post.created_at,
        reached_count=post.reached_count,
        read_count=post.read_count,
    )


# -- what stands on a card besides its words: one query for photos, last likes and last comments of all of them -------


@dataclass(frozen=True, slots=True)
class _Around:
    post_id: int
    what: str
    person_id: int
    text: str
    width: int
    height: int


_PHOTOS: Final = (
    "SELECT pp.post_id, 'photo' AS what, pp.position AS n, 0 AS person_id, u.key AS text, u.width, u.height"
    " FROM core_post_photo pp JOIN core_upload u ON u.id = pp.upload_id WHERE pp.post_id IN (:ids)"
)
_COMMENTS: Final = (
    "SELECT * FROM (SELECT c.post_id, 'comment' AS what, c.id AS n, c.author_id AS person_id, c.body AS text, 0 AS width,"
    " 0 AS height FROM core_comment c WHERE c.post_id = ? AND c.state = 'visible' ORDER BY c.id DESC LIMIT :most) :name"
)
_LIKES: Final = (
    "SELECT * FROM (SELECT r.post_id, 'like' AS what, r.id AS n, r.person_id, '' AS text, 0 AS width, 0 AS height"
    " FROM core_reaction r WHERE r.post_id = ? AND r.kind = 'like' ORDER BY r.id DESC LIMIT :most) :name"
)


async def _around(posts: Sequence[PostNow]) -> list[_Around]:
    if not posts:
        return []
    ids = [post.id for post in posts]
    arms, args = [_PHOTOS.replace(":ids", db.marks(ids))], list[Any](ids)
    for sql, most, wanted in (
        (_COMMENTS, ECHO_COMMENTS, [post.id for post in posts if post.comment_count]),
        (_LIKES, ECHO_LIKES, [post.id for post in posts if post.like_count]),
    ):
        arms += [sql.replace(":most", str(most)).replace(":name", f"x{len(arms) + n}") for n in range(len(wanted))]
        args += wanted
    rows = await db.read(" UNION ALL ".join(arms) + " ORDER BY 1, 2, 3", *args)
    return [
        _Around(row["post_id"], row["what"], row["person_id"], row["text"], row["width"], row["height"]) for row in rows
    ]


def _photos(rows: Iterable[_Around]) -> list[Photo]:
    return [Photo(key=row.text, width=row.width, height=row.height) for row in rows if row.what == "photo"]


def _echo(rows: Iterable[_Around], known: Mapping[int, Face]) -> Echo:
    likers = [known[row.person_id] for row in rows if row.what == "like" and row.person_id in known]
    comments = [
        EchoComment(author=known[row.person_id], body=words.one_line(row.text, ECHO_CHARS))
        for row in rows
        if row.what == "comment" and row.person_id in known
    ]
    return Echo(likers=tuple(reversed(likers)), comments=tuple(comments))
