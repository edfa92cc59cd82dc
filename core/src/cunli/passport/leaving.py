"""Writing the archive of a village. People leave it under pseudonyms, unless the county may hand their names on.

What stays behind: phones, real names, households, memberships, receipts of notices, what is hidden or for nobody's eyes. Whoever
lives in the village joins it anew in the other county, and consents there (个人信息保护法 13, 23).
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cunli import db
from cunli.media.storage import PICTURES, Storage
from cunli.passport.archive import CannotMove, Passport, Row, Writing, in_order
from cunli.trust.audit import audit

if TYPE_CHECKING:
    from cunli.web.site import Site

PSEUDONYM: Final = "px"  # how keys of people begin who came under a pseudonym: they keep it when they go on
_VILLAGE: Final = (
    "SELECT v.id, v.region_id, r.code, v.slug, v.name, v.motto, v.introduction, v.cover, v.phone, v.address, v.market_days,"
    " v.cloth, v.dye, v.opened_at FROM core_village v JOIN core_region r ON r.id = v.region_id"
    " WHERE r.code = ? AND r.level = 5 AND v.state <> 'merged'"
)
_POSTS: Final = (
    "SELECT p.id, p.key, a.key AS author, p.kind, p.audience, p.pinned, p.pinned_until, p.created_at, p.edited_at, p.title,"
    " p.place, p.body FROM core_post p JOIN core_person a ON a.id = p.author_id"
    " WHERE p.village_id = ? AND p.state = 'visible' AND p.kind IN ('post', 'notice')"
)
_COMMENTS: Final = (
    "SELECT c.key, p.key AS post, o.key AS parent, w.key AS reply_to, a.key AS author, c.body, c.created_at"
    " FROM core_comment c JOIN core_post p ON p.id = c.post_id JOIN core_person a ON a.id = c.author_id"
    " LEFT JOIN core_comment o ON o.id = c.parent_id LEFT JOIN core_person w ON w.id = c.reply_to_id"
    " WHERE c.village_id = ? AND c.state = 'visible' AND p.state = 'visible' AND p.kind IN ('post', 'notice')"
    " AND (o.id IS NULL OR o.state = 'visible')"
)
_REACTIONS: Final = (
    "SELECT p.key AS post, a.key AS person, x.kind, x.created_at FROM core_reaction x JOIN core_post p ON p.id = x.post_id"
    " JOIN core_person a ON a.id = x.person_id"
    " WHERE x.village_id = ? AND p.state = 'visible' AND p.kind IN ('post', 'notice')"
)
_PHOTOS: Final = (
    "SELECT u.key, p.key AS post, f.position, u.width, u.height, u.stored_bytes, u.sha256, u.created_at, a.key AS owner"
    " FROM core_upload u LEFT JOIN core_person a ON a.id = u.owner_id LEFT JOIN core_post_photo f ON f.upload_id = u.id"
    " LEFT JOIN core_post p ON p.id = f.post_id WHERE u.village_id = ? AND u.plugin = ''"
    " AND (u.key = ? OR (p.state = 'visible' AND p.kind IN ('post', 'notice')))"
)


async def export(site: Site, code: str, target: Path, *, with_people: bool = False) -> Passport:
    """Write the archive of the village on the region `code`. Raises `CannotMove`; then there is no file."""
    rows = await db.read(_VILLAGE, code)
    if not rows:
        raise CannotMove(f"no village is open on {code}: see `cunli village list`")
    passport = await _words(site, rows[0], with_people=with_people)
    storage = Storage.open(site.settings.storage_url, patient=True)
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        await asyncio.to_thread(_write, unfinished, target, passport, storage)
    except OSError as exc:
        await asyncio.to_thread(unfinished.unlink, missing_ok=True)
        raise CannotMove(f"{target} cannot be written: {exc.strerror or exc}") from exc
    await db.run_unit(_note, rows[0]["id"], passport, with_people)
    return passport


async def _note(village_id: int, passport: Passport, with_people: bool) -> None:
    posts = len(passport.tables["posts"])
    await audit("core.village.leave", village=village_id, by="command", posts=posts, with_people=with_people)


def _write(unfinished: Path, target: Path, passport: Passport, storage: Storage) -> None:
    if target.exists():
        raise FileExistsError(17, "it is there already")
    unfinished.unlink(missing_ok=True)
    writing = Writing(unfinished)
    try:
        writing.words(passport)
        for photo in passport.tables["photos"]:
            key = photo["key"]
            for name in PICTURES:
                with storage.reading(f"{key[:2]}/{key}/{name}") as file:
                    writing.add(f"media/{key}/{name}", file.read())
        writing.end()
    finally:
        writing.close()
    unfinished.rename(target)


async def _words(site: Site, village: Any, *, with_people: bool) -> Passport:
    id = village["id"]
    posts, comments = await db.read(_POSTS, id), await db.read(_COMMENTS, id)
    reactions, photos = await db.read(_REACTIONS, id), await db.read(_PHOTOS, id, village["cover"])
    names = _Names(await _people(id), with_people=with_people)
    found = Passport(village=await _village(site, village))
    found.tables["posts"] = in_order([_post(row, names) for row in posts], "created_at", "key")
    found.tables["comments"] = in_order([_comment(row, names) for row in comments], "created_at", "key")
    found.tables["reactions"] = in_order(
        [_reaction(row, names) for row in reactions], "created_at", "post", "person", "kind"
    )
    found.tables["photos"] = in_order([_photo(row, names) for row in photos], "created_at", "key")
    found.tables["people"] = in_order(list(names.used.values()), "key")
    return found


async def _village(site: Site, row: Any) -> Row:
    id, region = row["id"], row["region_id"]
    addresses = await db.read("SELECT slug FROM core_village_address WHERE village_id = ?", id)
    groups = await db.read("SELECT name, position FROM core_village_group WHERE village_id = ?", id)
    figures = await db.read("SELECT kind, value, as_of FROM core_village_figure WHERE village_id = ?", id)
    modes = await db.read("SELECT plugin, mode FROM core_plugin_switch WHERE region_id = ?", region)
    values = await db.read("SELECT plugin, key, value FROM core_plugin_setting WHERE region_id = ?", region)
    # a secret is sealed with this county's key, and is this county's
    secret = {one.key for plugin in site.registry.plugins.values() for one in plugin.manifest.settings if one.secret}
    known = {*site.registry.plugins, "core"}
    plain = ("slug", "name", "motto", "introduction", "cover", "phone", "address", "market_days", "cloth", "dye")
    return {
        **{name: row[name] for name in plain},
        "opened_at": moment(row["opened_at"]),
        # its code is the address that the tables of regions give it; the other county has its own
        "addresses": sorted(one["slug"] for one in addresses if one["slug"] != row["code"]),
        "groups": in_order([dict(one) for one in groups], "name"),
        "figures": in_order([{**dict(one), "as_of": str(one["as_of"])} for one in figures], "kind", "as_of"),
        "plugins": {one["plugin"]: one["mode"] for one in modes},
        "settings": in_order(
            [dict(one) for one in values if one["plugin"] in known and one["key"] not in secret], "plugin", "key"
        ),
    }


async def _people(village_id: int) -> dict[str, str]:
    """Display names of everybody who may be spoken of, by key."""
    ids = (
        "SELECT author_id AS id FROM core_post WHERE village_id = ? UNION SELECT author_id FROM core_comment"
        " WHERE village_id = ? UNION SELECT reply_to_id FROM core_comment WHERE village_id = ? UNION"
        " SELECT person_id FROM core_reaction WHERE village_id = ? UNION SELECT owner_id FROM core_upload WHERE village_id = ?"
    )
    rows = await db.read(f"SELECT key, display_name FROM core_person WHERE id IN ({ids})", *[village_id] * 5)  # noqa: S608 constants only
    return {row["key"]: row["display_name"] for row in rows}


class _Names:
    """What people are called in the archive; keeps those that are spoken of."""

    def __init__(self, people: dict[str, str], *, with_people: bool) -> None:
        self._people = people
        self._with_people = with_people
        self.used: dict[str, Row] = {}

    def __call__(self, key: str | None) -> str | None:
        if key is None:
            return None
        if self._with_people or key.startswith(PSEUDONYM):
            told, name = key, self._people[key]
        else:
            told = PSEUDONYM + hashlib.sha256(f"village passport {key}".encode()).hexdigest()[:20]
            name = f"乡亲{told[2:6]}"
        self.used[told] = {"key": told, "name": name}
        return told


def _post(row: Any, names: _Names) -> Row:
    plain = ("key", "kind", "audience", "title", "place", "body")
    return {
        **{name: row[name] for name in plain},
        "author": names(row["author"]),
        "pinned": bool(row["pinned"]),
        "pinned_until": str(row["pinned_until"]) if row["pinned_until"] else None,
        "created_at": moment(row["created_at"]),
        "edited_at": moment(row["edited_at"]),
    }


def _comment(row: Any, names: _Names) -> Row:
    plain = {name: row[name] for name in ("key", "post", "parent", "body")}
    told = {"author": names(row["author"]), "reply_to": names(row["reply_to"])}
    return {**plain, **told, "created_at": moment(row["created_at"])}


def _reaction(row: Any, names: _Names) -> Row:
    told = {"post": row["post"], "kind": row["kind"], "person": names(row["person"])}
    return {**told, "created_at": moment(row["created_at"])}


def _photo(row: Any, names: _Names) -> Row:
    plain = ("key", "post", "position", "width", "height", "stored_bytes", "sha256")
    told = {name: row[name] for name in plain}
    return {**told, "owner": names(row["owner"]), "created_at": moment(row["created_at"])}


def moment(value: Any) -> str | None:
    """A moment in UTC, spelled alike whichever database it came from."""
    when = db.when(value)
    return when.isoformat(timespec="microseconds") if when is not None else None
