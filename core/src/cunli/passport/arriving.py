"""Taking in the archive of a village: all of it in one unit, into a village in which nobody has written yet."""

from __future__ import annotations

import asyncio
import contextlib
import io
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cunli import db, enabling
from cunli.clock import now
from cunli.media.storage import PICTURES, Storage
from cunli.passport import archive
from cunli.passport.archive import CannotMove, Passport, Reading, Row
from cunli.places.opening import open_villages
from cunli.places.regions import find_region
from cunli.trust.audit import audit
from cunli.web.tokens import new_key

if TYPE_CHECKING:
    from cunli.web.site import Site

_SEAT: Final = "SELECT id, region_id, township_id, county_id FROM core_village WHERE region_id = ?"


async def bring(site: Site, file: Path, code: str) -> Passport:
    """Make the village of an archive on the region `code`, opening it if need be. Raises `CannotMove`; then nothing is changed."""
    with archive.reading(file) as reading:
        passport = reading.passport()
        storage = Storage.open(site.settings.storage_url, patient=True)
        await _refuse_known(passport)
        put: list[str] = []
        async with contextlib.AsyncExitStack() as undo:
            undo.push_async_callback(asyncio.to_thread, _take_back, storage, put)
            await asyncio.to_thread(_put, storage, reading, passport, put)
            await db.run_unit(_write, passport, code)
            undo.pop_all()
    return passport


async def _refuse_known(passport: Passport) -> None:
    """A village that is here already does not come a second time."""
    for table, name in (("core_post", "posts"), ("core_upload", "photos"), ("core_comment", "comments")):
        keys = [row["key"] for row in passport.tables[name]]
        for start in range(0, len(keys), 500):
            part = keys[start : start + 500]
            if await db.read(f"SELECT 1 FROM {table} WHERE key IN ({db.marks(part)}) LIMIT 1", *part):  # noqa: S608 constants and marks
                raise CannotMove(
                    "what the archive holds is in this database already: the village is here, or was brought here before"
                )


def _put(storage: Storage, reading: Reading, passport: Passport, put: list[str]) -> None:
    for photo in passport.tables["photos"]:
        for name in PICTURES:
            path = f"{photo['key'][:2]}/{photo['key']}/{name}"
            put.append(path)
            storage.write(path, io.BytesIO(reading.bytes(f"media/{photo['key']}/{name}")))


def _take_back(storage: Storage, put: Sequence[str]) -> None:
    for path in put:
        storage.remove(path)


async def _write(passport: Passport, code: str) -> None:
    region = await find_region(code, "village")
    await open_villages([region])
    (village,) = await db.read(_SEAT, region.id)
    if await db.read("SELECT 1 FROM core_post WHERE village_id = ? LIMIT 1", village["id"]):
        raise CannotMove(
            f"people have written in the village on {code} already: an archive goes into an empty village only"
        )
    people = await _people(passport.tables["people"])
    await _place(passport.village, village)
    photos = await _photos(passport.tables["photos"], village, people)
    posts = await _posts(passport, village, people, photos)
    await _comments(passport.tables["comments"], village, people, posts)
    await _reactions(passport.tables["reactions"], village, people, posts)
    await audit("core.village.arrive", village=village["id"], by="command", posts=len(posts), people=len(people))


async def _people(rows: Sequence[Row]) -> dict[str, int]:
    """An account without phone and password for everybody who is spoken of and not here: it speaks, and nobody signs in to it."""
    for row in rows:
        await db.write(
            "INSERT INTO core_person (key, display_name, name, phone, id_number, password_hash, state, unread_count, locale, look,"
            " created_at) VALUES (?, ?, '', '', '', '', 'active', 0, '', '', ?) ON CONFLICT (key) DO NOTHING",
            row["key"],
            row["name"],
            now(),
        )
    return await _ids("core_person", [row["key"] for row in rows])


async def _ids(table: str, keys: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        rows = await db.read(f"SELECT key, id FROM {table} WHERE key IN ({db.marks(part)})", *part)  # noqa: S608 constants and marks
        found |= {row["key"]: row["id"] for row in rows}
    return found


async def _place(told: Row, village: Any) -> None:
    """What the village is called and looks like, its groups and figures, the addresses it had, and what it has switched on."""
    id, region = village["id"], village["region_id"]
    words = ("name", "motto", "introduction", "cover", "phone", "address", "market_days", "cloth", "dye")
    sets = ", ".join(f"{name} = ?" for name in words)
    given = [told[name] for name in words]
    await db.write(f"UPDATE core_village SET {sets}, opened_at = ? WHERE id = ?", *given, _when(told["opened_at"]), id)  # noqa: S608 constants
    await _addresses(told, id)
    for group in told["groups"]:
        await db.write(
            "INSERT INTO core_village_group (village_id, name, position) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            id,
            group["name"],
            group["position"],
        )
    for figure in told["figures"]:
        await db.write(
            "INSERT INTO core_village_figure (village_id, kind, value, as_of) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            id,
            figure["kind"],
            figure["value"],
            date.fromisoformat(figure["as_of"]),
        )
    for plugin, mode in told["plugins"].items():
        await db.write(
            "INSERT INTO core_plugin_switch (region_id, plugin, mode) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            region,
            plugin,
            mode,
        )
    for one in told["settings"]:
        await db.write(
            "INSERT INTO core_plugin_setting (region_id, plugin, key, value, row_key) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            region,
            one["plugin"],
            one["key"],
            one["value"],
            new_key(),
        )
    await enabling.changed()


async def _addresses(told: Row, village_id: int) -> None:
    """Its own address when nobody has it here, and every earlier one that is free: old links go on working."""
    taken = {
        row["slug"]: row["village_id"] for row in await db.read("SELECT slug, village_id FROM core_village_address")
    }
    (own,) = await db.read(
        "SELECT v.slug, r.code FROM core_village v JOIN core_region r ON r.id = v.region_id WHERE v.id = ?", village_id
    )
    if taken.get(told["slug"], village_id) == village_id:
        # the one that opening made up a moment ago was never told to anybody
        await db.write("DELETE FROM core_village_address WHERE village_id = ? AND slug <> ?", village_id, own["code"])
        await db.write("UPDATE core_village SET slug = ? WHERE id = ?", told["slug"], village_id)
        taken = {slug: owner for slug, owner in taken.items() if owner != village_id}
    for slug in {*told["addresses"], told["slug"]}:
        if slug not in taken and slug != own["code"]:
            await db.write("INSERT INTO core_village_address (slug, village_id) VALUES (?, ?)", slug, village_id)


async def _photos(rows: Sequence[Row], village: Any, people: dict[str, int]) -> dict[str, list[tuple[int, int]]]:
    """The photos of each post, as (position, id)."""
    columns = [
        "key",
        "village_id",
        "owner_id",
        "plugin",
        "unused_until",
        "width",
        "height",
        "stored_bytes",
        "sha256",
        "created_at",
    ]
    given = [
        [
            row["key"],
            village["id"],
            people.get(row["owner"]),
            "",
            None,
            row["width"],
            row["height"],
            row["stored_bytes"],
            row["sha256"],
            _when(row["created_at"]),
        ]
        for row in rows
    ]
    if given:
        await db.insert_many("core_upload", columns, given)
    ids = await _ids("core_upload", [row["key"] for row in rows])
    found: dict[str, list[tuple[int, int]]] = {}
    for row in rows:
        if row["post"] is not None:
            found.setdefault(row["post"], []).append((row["position"], ids[row["key"]]))
    return found


async def _posts(
    passport: Passport, village: Any, people: dict[str, int], photos: dict[str, list[tuple[int, int]]]
) -> dict[str, int]:
    regions = {"village": village["region_id"], "township": village["township_id"], "county": village["county_id"]}
    comments = Counter(row["post"] for row in passport.tables["comments"])
    reactions = Counter((row["post"], row["kind"]) for row in passport.tables["reactions"])
    columns = ["key", "village_id", "region_id", "author_id", "state", "version", "answers_version", "like_count", "thanks_count", "comment_count", "read_count", "reached_count", "kind", "audience", "pinned", "pinned_until", "created_at", "edited_at", "title", "place", "hidden_reason", "body"]  # fmt: skip
    given = [
        [row["key"], village["id"], regions.get(row["audience"], village["region_id"]), people[row["author"]], "visible", 1, 0,
         reactions[row["key"], "like"], reactions[row["key"], "thanks"], comments[row["key"]], 0, 0, row["kind"], row["audience"],
         row["pinned"], date.fromisoformat(row["pinned_until"]) if row["pinned_until"] else None, _when(row["created_at"]),
         _when(row["edited_at"]), row["title"], row["place"], "", row["body"]]
        for row in passport.tables["posts"]
    ]  # fmt: skip
    if given:
        await db.insert_many("core_post", columns, given)
    ids = await _ids("core_post", [row["key"] for row in passport.tables["posts"]])
    shown = [
        [village["id"], ids[post], upload, position] for post, pairs in photos.items() for position, upload in pairs
    ]
    if shown:
        await db.insert_many("core_post_photo", ["village_id", "post_id", "upload_id", "position"], shown)
    await db.write("UPDATE core_village SET post_count = ? WHERE id = ?", len(given), village["id"])
    return ids


async def _comments(rows: Sequence[Row], village: Any, people: dict[str, int], posts: dict[str, int]) -> None:
    """First those that answer a post, then those that answer one of them."""
    columns = [
        "key",
        "village_id",
        "post_id",
        "parent_id",
        "reply_to_id",
        "author_id",
        "body",
        "state",
        "hidden_reason",
        "created_at",
    ]
    parents: dict[str, int] = {}
    for level in ([row for row in rows if row["parent"] is None], [row for row in rows if row["parent"] is not None]):
        given = [
            [
                row["key"],
                village["id"],
                posts[row["post"]],
                parents.get(row["parent"]),
                people.get(row["reply_to"]),
                people[row["author"]],
                row["body"],
                "visible",
                "",
                _when(row["created_at"]),
            ]
            for row in level
        ]
        if given:
            await db.insert_many("core_comment", columns, given)
        parents |= await _ids("core_comment", [row["key"] for row in level])


async def _reactions(rows: Sequence[Row], village: Any, people: dict[str, int], posts: dict[str, int]) -> None:
    given = [
        [village["id"], posts[row["post"]], people[row["person"]], row["kind"], _when(row["created_at"])]
        for row in rows
    ]
    if given:
        await db.insert_many("core_reaction", ["village_id", "post_id", "person_id", "kind", "created_at"], given)


def _when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text is not None else None
