"""Which pages show which stored words, and to whom: found by asking every page as every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from cunli import db, rooms
from cunli.feed.cards import forget_cards
from cunli.notify.actions import tell
from cunli.notify.words import KINDS
from cunli.places import queries as places
from cunli.testing import stored_texts
from cunli.testing.stored_texts import TextColumn, Words

from .asks import ASKS, Ask
from .matrix import rows_of
from .roles import ROLES, Role
from .world import Answer, World

# Stored, and shown by no page so far. When one shows them, the test that reads this says so.
UNSEEN = {
    "core_person.id_number",
    "core_post.data",  # by templates of plugins: see tests/plugins/test_feed_kinds
    "core_plugin_setting.value",  # by pages of plugins that run: see T11
    "core_region_change.after",
    "core_region_change.before",
    "core_region_change.note",
    "core_report.answer",
    "core_role.reason",
    "core_upload.name",  # by pages of plugins that take files in: see core/tests/plugins/test_files
}
# Addresses beside those of `ASKS`, because what they show depends on a query.
MORE: dict[str, Callable[[World], str]] = {
    "GET /find [letters]": lambda world: "/find?q=heping",
    "GET /find [region]": lambda world: f"/find?region={world.here.village.township_id}",
    "GET /find [county]": lambda world: f"/find?region={world.here.village.county_id}",
    "GET /v/{village}/p/{key} [reply]": lambda world: (
        f"{world.here.village.url}/p/{world.here.posts['public']}?reply={world.here.comments['public']}#say"
    ),
}
PARAMS = {"excerpt": "x", "reason": "x", "answer": "x", "title": "x", "place": "x"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """One page as one role, and the columns whose words stand on it."""

    row: str
    role: Role
    ask: Ask
    answer: Answer
    columns: frozenset[TextColumn]


def targets() -> list[TextColumn]:
    """Every column of the core that people choose the words of."""
    return stored_texts.columns(rooms.APP.models)


async def say_everything(world: World, words: Words) -> None:
    """Write these words into every column of every row; somebody has a message of every kind."""
    author = world.here.people["author"].id
    for kind in KINDS:
        await db.run_unit(_tell, author, kind, world)
    await stored_texts.write_everywhere(targets(), words)
    places.forget_all()
    forget_cards()


async def _tell(author: int, kind: str, world: World) -> None:
    by = world.here.people["neighbour"].id
    url = f"{world.here.village.url}/"
    await tell(author, kind, village_id=world.here.village.id, url=url, once=f"every {kind}", by=by, **PARAMS)


async def pages(world: World) -> list[Shown]:
    """Every page that shows something stored, as every role that may open it. Fails for a page that falls over."""
    found, every = [], targets()
    for row, ask, role in _asked(world):
        answer = await world.send(role, "GET", ask)
        assert answer.status < 500, f"{row} as {role.id}: {answer.status}"
        columns = frozenset(stored_texts.marks_in(answer.body, every))
        if columns and answer.headers.get("content-type", "").startswith("text/html"):
            found.append(Shown(row=row, role=role, ask=ask, answer=answer, columns=columns))
    return found


def _asked(world: World) -> Iterator[tuple[str, Ask, Role]]:
    for row, route, variant in rows_of():
        if route.startswith("GET "):
            yield from ((row, ASKS[route][variant](world, role), role) for role in ROLES)
    for row, path in MORE.items():
        yield from ((row, Ask(path=path(world)), role) for role in ROLES)


def fewest(shown: Sequence[Shown]) -> list[Shown]:
    """Of each page as few roles as show all that any role is shown there; of the pages that refuse, one for each status."""
    chosen: list[Shown] = []
    for page in dict.fromkeys(map(_page, shown)):
        left = [each for each in shown if _page(each) == page]
        missing = frozenset(at for each in left for at in each.columns)
        while missing:
            best = max(left, key=lambda each: len(each.columns & missing))
            chosen.append(best)
            missing -= best.columns
    return chosen


def _page(shown: Shown) -> str:
    return shown.row if shown.answer.status < 400 else f"refused: {shown.answer.status}"
