"""Whatever an official does leaves one entry in the trail, which says who and where, and nothing personal in clear (AU-1)."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from cunli.cli.routes import route_lines
from cunli.feed import moderation
from cunli.testing.canaries import found_in
from cunli.trust.acts import ACTS

from ..permissions.asks import ASKS
from ..permissions.matrix import rows_of
from ..permissions.roles import BY_ID
from ..permissions.table import expected
from ..permissions.world import World

MEMBERS_MAY = {"core.post.publish", "core.comment.publish", "core.post.react", "core.post.report"}
OFFICIALS = ("admin", "county_admin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that an official did, and the entries that it left."""

    row: str
    role: str
    actor: int
    entries: tuple[dict[str, object], ...]


def acts_of_officials(world: World) -> list[tuple[str, str, str, str]]:
    """Row, route, variant and role of every request by which an official changes something that is not their own."""
    table = expected()
    audience = {
        f"{m} {line['path']}": line["audience"] for line in route_lines(world.site.app.site) for m in line["methods"]
    }
    found = []
    for row, route, variant in rows_of():
        official = audience[route].startswith("core.") and audience[route] not in MEMBERS_MAY
        role = next((r for r in OFFICIALS if table.get((row, r), "").endswith("+")), "")
        if route.startswith("POST ") and official and role:
            found.append((row, route, variant, role))
    return found


async def done(world: World) -> list[Act]:
    acts = []
    for row, route, variant, name in acts_of_officials(world):
        role = BY_ID[name]
        await world.send(role, "POST", ASKS[route][variant](world, role))
        change = (await world.rows.changes()).get("core_audit_entry")
        entries = tuple(dict(entry) for entry in change.new) if change else ()
        acts.append(Act(row=row, role=name, actor=world.owner(role), entries=entries))
        await world.put_back()
    return acts


SEVERAL = {  # what leaves more than one entry, and why
    "core.person.reveal": "opening names is an entry of its own beside that of the act that opens them",
    "core.person.added": "an office for somebody without an account makes one",
    "content.show": "an appeal that is granted shows what was hidden",
}


LATER = {  # what leaves no entry at once, and why
    "POST /admin/villages/{region}/open-all": "a job opens the villages, and each opening is an entry",
    "POST /admin/roles/import": "a look at a table; each office that is given from it is an entry",
}


def doubled(acts: list[Act]) -> list[str]:
    """Acts that left more than one entry, but for those that are listed."""
    return [
        f"{act.row} as {act.role}: {[entry['action'] for entry in act.entries]}"
        for act in acts
        if len([entry for entry in act.entries if entry["action"] not in SEVERAL]) > 1
    ]


def nameless(acts: list[Act]) -> list[str]:
    """Acts that have no words for those who read the trail."""
    return sorted({str(e["action"]) for act in acts for e in act.entries if str(e["action"]) not in ACTS})


def missing(acts: list[Act], here: int) -> list[str]:
    """Acts without an entry of the right person at the right place."""
    return [
        f"{act.row} as {act.role}: {[entry['action'] for entry in act.entries]}"
        for act in acts
        if act.row.split(" [")[0] not in LATER
        and not any(e["actor_id"] == act.actor and (e["village_id"] == here or e["region_id"]) for e in act.entries)
    ]


async def test_every_act_of_an_official_is_written_down(lived_in: World) -> None:
    acts = await done(lived_in)
    assert len(acts) > 25
    assert missing(acts, lived_in.here.village.id) == []
    assert doubled(acts) == []
    assert nameless(acts) == []
    texts = json.dumps([act.entries for act in acts], default=str, ensure_ascii=False)
    personal = {
        word: c
        for word, c in lived_in.canaries.items()
        if c.kind.startswith(("person.", "membership.head", "household."))
    }
    assert list(found_in(texts, personal)) == []


async def test_an_act_that_is_not_written_down_is_found(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgets(*_: object, **__: object) -> None:
        return None

    monkeypatch.setattr(moderation, "audit", forgets)
    found = missing(await done(lived_in_sqlite), lived_in_sqlite.here.village.id)
    assert any(line.startswith("POST /v/{village}/p/{key}/hide [village]") for line in found)
