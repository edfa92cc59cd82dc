"""What pages read about posts. Every function that returns a post has asked whether this reader may see it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal

from cunli import db
from cunli.feed import rules
from cunli.feed.kinds import plugin_of
from cunli.feed.rules import ANYBODY, Reader, Sight
from cunli.places import queries as places

if TYPE_CHECKING:
    from cunli.people.queries import PersonNow, Standing
    from cunli.places.queries import VillageNow

PhotoSight = Literal["public", "private", "hidden"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PostNow:
    """One post as it stands, for its own page and for acts on it."""

    id: int
    key: str
    village_id: int
    region_id: int
    chain: tuple[int, ...]
    village_name: str
    url: str
    author_id: int
    kind: str
    title: str
    body: str
    place: str
    audience: str
    state: str
    hidden_reason: str
    version: int
    pinned: bool
    pinned_until: date | None
    created_at: datetime
    edited_at: datetime | None
    deleted_at: datetime | None
    like_count: int
    thanks_count: int
    comment_count: int
    read_count: int
    reached_count: int
    path: str = ""  # of an entry: the plugin's own page about it
    data: str = ""  # of an entry: JSON
    gave: frozenset[str] = frozenset()  # `like`, `thanks`: what the reader gave; asked for by `find_post`
    has_photos: bool = True

    @property
    def plugin(self) -> str:
        """The plugin whose entry this is; empty for posts and notices."""
        return plugin_of(self.kind)

    @property
    def more_url(self) -> str:
        """The plugin's own page about an entry."""
        return f"{self.url.rpartition('/p/')[0]}/{self.plugin}{self.path}" if self.path else ""

    @property
    def sight(self) -> Sight:
        return Sight(
            author_id=self.author_id,
            state=self.state,
            audience=self.audience,
            region_id=self.region_id,
            chain=frozenset(self.chain),
        )


async def reader(person: PersonNow | None) -> Reader:
    """What this person's sight depends on, everywhere."""
    if person is None or person.state != "active":
        return ANYBODY
    offices = frozenset(role.region_id for role in person.roles)
    return Reader(person_id=person.id, belongs=await _verified_in(person.id) | await _above(offices), over=offices)


async def reader_by_id(person_id: int) -> Reader:
    """The same for somebody who is not visiting."""
    rows = await db.read("SELECT region_id FROM core_role WHERE person_id = ? AND revoked_at IS NULL", person_id)
    offices = frozenset(row["region_id"] for row in rows)
    return Reader(person_id=person_id, belongs=await _verified_in(person_id) | await _above(offices), over=offices)


async def _verified_in(person_id: int) -> frozenset[int]:
    rows = await db.read(
        "SELECT v.region_id, v.township_id, v.county_id FROM core_membership m JOIN core_village v ON v.id = m.village_id"
        " WHERE m.person_id = ? AND m.state = 'verified'",
        person_id,
    )
    return frozenset(region for row in rows for region in (row["region_id"], row["township_id"], row["county_id"]))


async def _above(offices: frozenset[int]) -> frozenset[int]:
    """The regions of these offices and those above: an official of a township is one of the county's people."""
    return frozenset([region for office in offices for region in await places.region_chain(office)])


async def reader_here(person: PersonNow | None, village: VillageNow, standing: Standing | None) -> Reader:
    """The same, for what is shown in this village: no query for its own verified people."""
    if person is not None and person.state == "active" and standing is not None and standing.verified:
        offices = frozenset(role.region_id for role in person.roles)
        return Reader(person_id=person.id, belongs=frozenset(chain_of(village)) | await _above(offices), over=offices)
    return await reader(person)


def chain_of(village: VillageNow) -> tuple[int, int, int]:
    """The regions a village's posts may be shown in: village, township, county."""
    return village.region_id, village.township_id, village.county_id


_POST = """
SELECT p.*, v.slug AS village_slug, v.name AS village_name, v.region_id AS village_region, v.township_id, v.county_id
FROM core_post p JOIN core_village v ON v.id = p.village_id
"""


_POST_FOR = _POST.replace(
    "SELECT p.*,",
    "SELECT p.*, (SELECT COALESCE(SUM(CASE WHEN r.kind = 'like' THEN 1 ELSE 2 END), 0) FROM core_reaction r"
    " WHERE r.post_id = p.id AND r.person_id = ?) AS gave,"
    " EXISTS (SELECT 1 FROM core_post_photo pp WHERE pp.post_id = p.id) AS has_photos,",
)


async def find_post(key: str, village_id: int, who: Reader, *, as_of: str = "") -> PostNow | None:
    """A post of this village, if this reader may see it, with what the reader gave it."""
    where, args = rules.sight_sql(who)
    sql = f"{_POST_FOR} WHERE p.key = ? AND p.village_id = ? AND {where}"
    rows = await db.read(sql, who.person_id, key, village_id, *args, as_of=as_of)
    if not rows:
        return None
    row = rows[0]
    return replace(post_from(row), gave=rules.gave(row["gave"]), has_photos=bool(row["has_photos"]))


async def find_own_post(key: str, village_id: int, author_id: int) -> PostNow | None:
    """One's own post whatever its state, in one look: for deleting it and taking that back, however often one presses."""
    rows = await db.read(
        f"{_POST} WHERE p.key = ? AND p.village_id = ? AND p.author_id = ?",
        key,
        village_id,
        author_id,
    )
    return post_from(rows[0]) if rows else None


async def post_by_id(post_id: int) -> PostNow | None:
    """A post whatever its state, for the house itself: never for a page without asking `rules.may_see`."""
    rows = await db.read(f"{_POST} WHERE p.id = ?", post_id)
    return post_from(rows[0]) if rows else None


async def post_by_key(key: str) -> PostNow | None:
    """The same by its key."""
    rows = await db.read(f"{_POST} WHERE p.key = ?", key)
    return post_from(rows[0]) if rows else None


def post_from(row: Any) -> PostNow:
    """A `PostNow` from a row of `_POST`."""
    until = row["pinned_until"]
    return PostNow(
        id=row["id"],
        key=row["key"],
        village_id=row["village_id"],
        region_id=row["region_id"],
        chain=(row["village_region"], row["township_id"], row["county_id"]),
        village_name=row["village_name"],
        url=f"/v/{row['village_slug']}/p/{row['key']}",
        author_id=row["author_id"],
        kind=row["kind"],
        title=row["title"],
        body=row["body"],
        place=row["place"],
        audience=row["audience"],
        state=row["state"],
        hidden_reason=row["hidden_reason"],
        version=row["version"],
        pinned=bool(row["pinned"]),
        pinned_until=date.fromisoformat(until) if isinstance(until, str) else until,
        created_at=db.when(row["created_at"]),
        edited_at=db.when(row["edited_at"]),
        deleted_at=db.when(row["deleted_at"]),
        like_count=row["like_count"],
        thanks_count=row["thanks_count"],
        comment_count=row["comment_count"],
        read_count=row["read_count"],
        reached_count=row["reached_count"],
        path=row["path"] or "",
        data=row["data"] or "",
    )


async def posts_by_id(post_ids: list[int]) -> list[PostNow]:
    """These posts, newest first. The ids come from a list that has asked the rule of sight."""
    rows = await db.read(f"{_POST} WHERE p.id IN ({db.marks(post_ids)}) ORDER BY p.id DESC", *post_ids)
    return [post_from(row) for row in rows]


_PHOTO = """
SELECT u.owner_id, u.unused_until, u.plugin, v.cover = u.key AS is_cover,
  p.author_id, p.state, p.audience, p.region_id, v.region_id AS village_region, v.township_id, v.county_id
FROM core_upload u JOIN core_village v ON v.id = u.village_id
LEFT JOIN core_post_photo pp ON pp.upload_id = u.id LEFT JOIN core_post p ON p.id = pp.post_id
WHERE u.key = ? AND u.kind = ''
"""


async def photo_sight(key: str, person: PersonNow | None) -> PhotoSight:
    """Who may see a photo: exactly those who may see the post it is on; only its owner while nothing uses it."""
    rows = await db.read(_PHOTO, key)
    row = rows[0] if rows else None
    if row is not None and _is_for_everybody(row):
        return "public"
    who = await reader(person)  # asked where nothing is, too: the time an answer takes must not tell
    if row is None or row["plugin"]:  # a plugin shows its photos by itself
        return "hidden"
    if row["state"] is None:
        return "private" if person is not None and row["owner_id"] == person.id else "hidden"
    sight = Sight(
        author_id=row["author_id"],
        state=row["state"],
        audience=row["audience"],
        region_id=row["region_id"],
        chain=frozenset((row["village_region"], row["township_id"], row["county_id"])),
    )
    return "private" if rules.may_see(sight, who) else "hidden"


def _is_for_everybody(row: db.Row) -> bool:
    if row["is_cover"] and row["unused_until"] is None:
        return True
    return bool(row["state"] == rules.VISIBLE and row["audience"] == rules.PUBLIC)


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftNow:
    """What somebody began to write here."""

    body: str = ""
    place: str = ""
    audience: str = rules.VILLAGE
    uploads: tuple[str, ...] = ()


async def draft_of(person_id: int, village_id: int) -> DraftNow:
    """The draft of a person in a village; an empty one when there is none."""
    rows = await db.read(
        "SELECT body, place, audience, uploads FROM core_draft WHERE village_id = ? AND person_id = ?",
        village_id,
        person_id,
    )
    if not rows:
        return DraftNow()
    row = rows[0]
    keys = tuple(key for key in row["uploads"].split(",") if key)
    return DraftNow(body=row["body"], place=row["place"], audience=row["audience"], uploads=keys)
