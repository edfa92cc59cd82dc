"""The addresses of the streams: one for the pages of a village, one for all others. They carry ids and numbers, never words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from starlette.responses import Response

from cunli import enabling
from cunli.feed import queries as feed
from cunli.feed import rules
from cunli.feed.events import PostPublished
from cunli.feed.kinds import kinds_in
from cunli.feed.queries import PostNow
from cunli.feed.rules import Reader, Source
from cunli.feed.stream import stream
from cunli.live.facts import Fact, unread
from cunli.live.guard import stamps
from cunli.live.hub import Listener, Message, Told
from cunli.live.stream import EventStream
from cunli.notify.events import PersonTold, VillageTold
from cunli.web import SIGNED_IN, Page, Visit

if TYPE_CHECKING:
    from cunli.registry import Registry

LARGEST: Final = 10**15


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ear:
    """What one person may be told on one page. Sight is asked at the moment of telling, with the post as it stands then."""

    registry: Registry
    person_id: int
    reader: Reader
    sources: tuple[Source, ...] = ()
    post_id: int = 0

    async def tell(self, told: Told, fact: Fact) -> Message | None:
        if told.kind in (PersonTold.kind, VillageTold.kind):
            return Message("unread", str(await unread(self.person_id)), told.id)
        post = fact.post
        if post is None or not rules.may_see(post.sight, self.reader) or not await self._is_on(post):
            return None
        if post.id == self.post_id:
            return Message("counts", _counts(post), told.id)
        if told.kind == PostPublished.kind and self._listens_to(post):
            return Message("post", post.key, told.id)
        return None

    def _listens_to(self, post: PostNow) -> bool:
        if post.author_id == self.person_id or post.state != rules.VISIBLE:
            return False
        return any(
            post.region_id == source.region_id and (not source.public_only or post.audience == rules.PUBLIC)
            for source in self.sources
        )

    async def _is_on(self, post: PostNow) -> bool:
        return not post.plugin or post.plugin in await enabling.enabled_in(self.registry, post.village_id)


def _counts(post: PostNow) -> str:
    return json.dumps({"comments": post.comment_count, "likes": post.like_count, "thanks": post.thanks_count})


async def village_live(visit: Visit) -> Response:
    """What is new in a village and, with `post`, under that post. `after` is the key of the newest post on the page."""
    return await _opened(visit, village=True)


async def live(visit: Visit) -> Response:
    """Messages that were not read yet, on pages outside of villages."""
    return await _opened(visit, village=False)


async def _opened(visit: Visit, *, village: bool) -> Response:
    session, updates = visit.session, visit.site.live
    if session is None or not visit.settings.live or not updates.has_room(session.person.id):
        return Response(status_code=204)  # the browser does not ask again by itself
    # first what the guard will compare with, then what sight hangs on: a change between the two ends the stream
    stamp = (await stamps([session.id])).get(session.id)
    if stamp is None:
        return Response(status_code=204)
    reader = await feed.reader_by_id(session.person.id)
    ear = _Ear(registry=visit.site.registry, person_id=session.person.id, reader=reader)
    topics = {f"n{session.person.id}", *[f"v{row[0]}" for row in stamp[1:] if row[1] == "verified"]}
    first: list[Message] = []
    if village:
        ear, more, first = await _in_village(visit, ear)
        topics |= more
    listener = Listener(
        session_id=session.id, person_id=session.person.id, topics=frozenset(topics), tell=ear.tell, stamp=stamp
    )
    for message in [Message("unread", str(await unread(session.person.id))), *first]:
        listener.put(message)
    return EventStream(updates, listener, _last(visit), once="once" in visit.query)


async def _in_village(visit: Visit, ear: _Ear) -> tuple[_Ear, set[str], list[Message]]:
    sources = tuple(rules.sources(ear.reader, feed.chain_of(visit.here)))
    if key := visit.query.get("post", "")[:22]:
        post = await feed.find_post(key, visit.here.id, ear.reader) if key.isascii() and key.isprintable() else None
        if post is None:
            return ear, set(), []
        one = _Ear(registry=ear.registry, person_id=ear.person_id, reader=ear.reader, post_id=post.id)
        return one, {f"p{post.id}"}, [Message("counts", _counts(post))]
    ear = _Ear(registry=ear.registry, person_id=ear.person_id, reader=ear.reader, sources=sources)
    missed = await _newer(visit, ear, visit.query.get("after", "")[:22])
    return ear, {f"r{source.region_id}" for source in sources}, missed


async def _newer(visit: Visit, ear: _Ear, after: str) -> list[Message]:
    """Posts that came between the making of the page and this moment."""
    known = await feed.post_by_key(after) if after and after.isascii() and after.isprintable() else None
    if known is None:
        return []
    kinds = await kinds_in(visit.site.registry, visit.here)
    found, _more = await stream(ear.sources, kinds=kinds)
    posts = (
        await feed.posts_by_id([slim.id for slim in found if slim.id > known.id])
        if found and found[0].id > known.id
        else []
    )
    return [Message("post", post.key) for post in reversed(posts) if post.author_id != ear.person_id]


def _last(visit: Visit) -> int:
    """The last event the browser knows: it says so itself when it comes again, or our script does after a pause."""
    text: Any = visit.request.headers.get("last-event-id") or visit.query.get("last", "")
    return min(int(text), LARGEST) if text.isascii() and text.isdigit() and len(text) < 16 else 0


PAGES: Final = (
    Page(path="/live", view=village_live, to=SIGNED_IN, name="live-village"),
    Page(path="/live", view=live, to=SIGNED_IN, scope="county", name="live"),
)
