"""Entries: what plugins put into a village's feed under kinds of their own. The same rules as for posts."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from cunli import db, enabling
from cunli.deid.gate import Cleared, left_in
from cunli.feed import actions, found, past, queries, review, rules
from cunli.feed.actions import Gone, TooFast, Written
from cunli.feed.queries import PostNow
from cunli.hooks import PostContext
from cunli.moderation import Verdict
from cunli.people.queries import offices_within
from cunli.places import queries as places
from cunli.trust.policy import MEMBER
from cunli.web.errors import Forbidden
from cunli.web.i18n import LazyText, _
from cunli.web.slots import granted_to
from cunli.web.text import clean

if TYPE_CHECKING:
    from cunli.places.queries import VillageNow
    from cunli.plugin import FeedKind

DATA_MOST: Final = 4096  # bytes of JSON
PATH_MOST: Final = 160
_PATH: Final = re.compile(r"(/[A-Za-z0-9_.~-]+)+|/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something for the feed of a village. `kind` is one of the plugin's `feed_kinds`.

    `title` has up to 60 characters, `body` up to 5000; links in it become links, everything else is literal. `path` is the
    plugin's own page about it, as in `Page`: "/listings/abc" is `/v/<village>/<plugin>/listings/abc`. `data` is for the
    template of the kind: up to 4 KB as JSON, and nothing that only some readers may see. `audience` is "village",
    "township", "county" or "public".
    """

    kind: str
    village_id: int
    author_id: int
    title: str = ""
    body: str = ""
    path: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)
    audience: str = rules.VILLAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """An entry and what was said about it. `review_entry` gives it; `publish_entry` and `change_entry` take it."""

    entry: Entry
    verdict: Verdict
    village: VillageNow = field(repr=False)

    @property
    def refused(self) -> str | LazyText:
        """Why it may not be published, for the form; empty when it may."""
        return self.verdict.reason if self.verdict.says == "refuse" else ""

    @property
    def held(self) -> bool:
        """Whether it waits for an official once it is published."""
        return self.verdict.says == "hold"


class WrongEntry(ValueError):
    """An entry that no village can take: a mistake of the plugin, said in a sentence."""


async def review_entry(entry: Entry, *, cleared: Cleared | None = None) -> Reviewed:
    """Ask whether an entry may be published or changed. Outside units: whoever is asked may take two seconds.

    One with personal data in its title, body or data is refused. To offer its author what posts offer (mask it, or let
    the own number stand), ask first with `ask_about_personal_data`, and hand on what it gave as `cleared`.

    Raises `Forbidden` when its author may not publish this kind, and `ValueError` for what cannot be an entry, or for a
    kind that is not the plugin's or whose plugin is off in the village.
    """
    village = await places.village_by_id(entry.village_id)
    kind = review.registry().kinds.get(entry.kind)
    if village is None or kind is None or kind.plugin not in await enabling.enabled_for(review.registry(), village):
        raise WrongEntry(
            f"“{entry.kind}” is not shown in village {entry.village_id}: the kind or its plugin is not there"
        )
    entry = _fitting(entry, kind)
    if kind.publish:
        await _refuse_others(kind, village, entry.author_id)
    if left := left_in(_texts(entry), cleared.agreed if cleared else frozenset()):
        said = _("里面有%(kind)s：%(masked)s。遮住或者去掉再发", kind=left[0].label, masked=left[0].masked)
        return Reviewed(entry=entry, verdict=Verdict.refuse(said), village=village)
    asked = PostContext(
        village_id=village.id,
        author_id=entry.author_id,
        kind=entry.kind,
        title=entry.title,
        body=entry.body,
        audience=entry.audience,
        data=entry.data,
    )
    return Reviewed(entry=entry, verdict=await review.review(village, asked), village=village)


def _fitting(entry: Entry, kind: FeedKind) -> Entry:
    title, body = clean(entry.title), clean(entry.body, multiline=True)
    if len(title) > rules.TITLE_MAX or len(body) > rules.BODY_MAX:
        raise WrongEntry(
            f"an entry has a title of at most {rules.TITLE_MAX} and a body of at most {rules.BODY_MAX} characters"
        )
    if not (title or body or kind.template):
        raise WrongEntry("an entry has a title, a body, or a kind with a template")
    if entry.audience not in rules.AUDIENCES:
        raise WrongEntry(f"the audience of an entry is one of {', '.join(rules.AUDIENCES)}, not {entry.audience!r}")
    if entry.path and (not _PATH.fullmatch(entry.path) or ".." in entry.path or len(entry.path) > PATH_MOST):
        raise WrongEntry(
            f"the path of an entry is one of the plugin's pages, such as /listings/abc, not {entry.path!r}"
        )
    if len(_json(entry.data).encode()) > DATA_MOST:
        raise WrongEntry(f"the data of an entry is at most {DATA_MOST} bytes of JSON")
    return Entry(**{**{name: getattr(entry, name) for name in Entry.__slots__}, "title": title, "body": body})


def _texts(entry: Entry) -> dict[str, str]:
    return {"title": entry.title, "body": entry.body, "data": "\n".join(_strings(entry.data))}


def _strings(value: object) -> Iterator[str]:
    """Every text in the data of an entry, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _strings(one)
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from _strings(one)


def _json(data: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(data), ensure_ascii=False, separators=(",", ":"), allow_nan=False) if data else ""
    except (TypeError, ValueError) as exc:
        raise WrongEntry(f"the data of an entry is what JSON can say: {exc}") from None


async def _refuse_others(kind: FeedKind, village: VillageNow, person_id: int) -> None:
    """Raise `Forbidden` unless this person holds the capability of the kind, by a role or because a plugin grants it."""
    known = review.registry()
    rows = await db.read(
        "SELECT 1 FROM core_membership WHERE person_id = ? AND village_id = ? AND state = 'verified'",
        person_id,
        village.id,
    )
    roles = {office.kind for office in await offices_within(person_id, village.chain)} | ({MEMBER} if rows else set())
    if roles & known.capabilities()[kind.publish].roles:
        return
    if kind.publish not in await granted_to(known, village, person_id, verified=bool(rows)):
        raise Forbidden(_("你不能在这里发“%(kind)s”。", kind=kind.label))


@db.unit
async def publish_entry(reviewed: Reviewed, *, at: datetime | None = None) -> str:
    """Publish an entry; returns its key. Part of the plugin's own unit. One that is held is not shown to others yet.

    `at` is for the plugin's `demo` command, which tells of days gone by: then it stands in the feed where it would stand if it
    had been published at that moment. Anywhere else a date is a mistake.

    Raises `ValueError` for one that was refused; the page for somebody who publishes too much is raised as well.
    """
    village, entry = reviewed.village, _allowed(reviewed)
    if at is not None and not past.may_be(at):
        raise WrongEntry("only what `cunli demo` shows of a plugin is dated, and never in the future")
    try:
        with db.scope(village.id):
            return await actions.publish(village, entry.author_id, _written(entry), held=_held(reviewed), at=at)
    except TooFast as exc:
        raise found.too_fast(exc) from exc


@db.unit
async def change_entry(key: str, reviewed: Reviewed) -> bool:
    """Change what an entry says; False when it is not shown any more (deleted, hidden, held). A change that is held takes it
    out of sight until an official has looked at it.
    """
    entry = _allowed(reviewed)
    post = await _post(key, entry.kind, reviewed.village.id)
    if post is None or post.state != rules.VISIBLE:
        return False
    try:
        with db.scope(post.village_id):
            await actions.edit(post, reviewed.village, _written(entry), held=_held(reviewed))
    except Gone:
        return False
    return True


@db.unit
async def withdraw_entry(key: str, *, kind: str, village_id: int) -> bool:
    """Delete an entry: gone at once for everybody, its words for good after a day. False when there was none (any more)."""
    post = await _post(key, kind, village_id)
    if post is None or post.state == rules.DELETED:
        return False
    with db.scope(village_id):
        await actions.delete(post)
    return True


def _allowed(reviewed: Reviewed) -> Entry:
    if reviewed.verdict.says == "refuse":
        raise WrongEntry(f"this entry was refused: {reviewed.verdict.reason}")
    return reviewed.entry


def _held(reviewed: Reviewed) -> str:
    return str(reviewed.verdict.reason) if reviewed.held else ""


def _written(entry: Entry) -> Written:
    return Written(
        kind=entry.kind,
        title=entry.title,
        body=entry.body,
        audience=entry.audience,
        path=entry.path,
        data=_json(entry.data),
    )


async def _post(key: str, kind: str, village_id: int) -> PostNow | None:
    post = await queries.post_by_key(key)
    return post if post is not None and post.kind == kind and post.village_id == village_id else None
