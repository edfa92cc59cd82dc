"""Every column of every table, sent along with every form: nothing but the form's own fields is taken (AZ-6)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import pytest
from tortoise.models import Model

from cunli import rooms
from cunli.feed.models import Post
from cunli.testing.rows import Change
from cunli.web.visit import Visit

from .asks import ASKS, Ask
from .matrix import BESIDES, rows_of
from .roles import Role
from .table import expected
from .test_provenance import somebody_who_may
from .world import World

HOSTILE = {
    "state": "verified", "kind": "county_admin", "audience": "public", "verified": "1", "created_at": "2001-01-01T00:00:00+00:00",
    "display_name": "冒名的人", "slug": "donghu", "url": "/v/donghu/", "body": "夹带的话", "title": "夹带", "reason": "夹带",
}  # fmt: skip
AT_ONCE = 150  # fields of one form; more than 200 are refused
WRITES = [
    (row, route, variant)
    for row, route, variant in rows_of()
    if route.startswith("POST ") and any(o.endswith("+") for (r, _), o in expected().items() if r == row)
]


def columns() -> set[str]:
    """The name of every field of every model of the core, with and without `_id`."""
    found: set[str] = set()
    for module in rooms.APP.models:
        for model in vars(import_module(module)).values():
            if isinstance(model, type) and issubclass(model, Model) and model.__module__ == module:
                found |= set(model._meta.fields_map)
    return found | {"is_verified", "is_admin", "role", "owner_id", "price", "balance", "village_id", "person_id"}


def loaded(ask: Ask) -> list[Ask]:
    """The request with everything it should not know of, in as many parts as forms are taken with."""
    extra = sorted(columns() - set(ask.fields))
    parts = [extra[start : start + AT_ONCE] for start in range(0, len(extra), AT_ONCE)]
    return [
        Ask(path=ask.path, fields={**{n: HOSTILE.get(n, "1") for n in part}, **ask.fields}, files=ask.files)
        for part in parts
    ]


async def done(world: World, role: Role, ask: Ask) -> dict[str, Any]:
    """What a request changes, without what differs each time."""
    await world.send(role, "POST", ask)
    changes = await world.rows.changes(but=BESIDES)
    await world.put_back()
    return {table: _plain(change) for table, change in changes.items()}


def _plain(change: Change) -> list[list[tuple[str, Any]]]:
    rows = [[(name, _settled(name, value)) for name, value in row] for row in (*change.gone, *change.new)]
    return sorted(rows, key=repr)


_RANDOM = re.compile(
    r"v1\|[^|]*\|[^|]*\|\S*|\b[0-9a-f]{64}\b|[A-Za-z0-9_-]{43}|[A-Za-z0-9_-]{22}|\$argon2\S*|\b1\d{12}\b"
)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d\.\d+")  # to the day a form may say it, to the second none does


def _settled(name: str, value: Any) -> Any:
    if name.endswith("_at") or name in ("at", "code", "code_hash") or _MOMENT.match(str(value)):
        return "then" if value is not None else None
    return _RANDOM.sub("KEY", value) if isinstance(value, str) else value


async def test_a_form_takes_its_own_fields_and_nothing_else(lived_in: World) -> None:
    assert len(columns()) > 100
    assert len({route for _, route, _ in WRITES}) > 30
    wrong = []
    for row, route, variant in WRITES:
        role = somebody_who_may(row)
        ask = ASKS[route][variant](lived_in, role)
        asked = await done(lived_in, role, ask)
        assert asked, row
        answered = [await done(lived_in, role, part) for part in loaded(ask)]
        wrong += [f"{row}: {_difference(asked, more)}" for more in answered if asked != more]
    assert "\n".join(wrong) == ""


def _difference(asked: Mapping[str, Any], more: Mapping[str, Any]) -> str:
    for table in sorted({*asked, *more}):
        if asked.get(table) != more.get(table):
            pairs = zip(asked.get(table) or [], more.get(table) or [], strict=False)
            fields = [(a, b) for one, two in pairs for a, b in zip(one, two, strict=False) if a != b]
            counts = [len(rows or []) for rows in (asked.get(table), more.get(table))]
            return f"{table} {counts} {fields[:3]}"
    return ""


async def test_a_form_that_writes_whatever_it_is_sent_is_seen(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: dict[str, str] = {}
    honest_form, honest_create = Visit.form, Post.create

    async def remembers(visit: Visit) -> Any:
        form = await honest_form(visit)
        sent.update({name: str(form.raw(name)) for name in ("like_count", "pinned")})
        return form

    async def careless(**values: Any) -> Post:
        return await honest_create(**{**values, "like_count": int(sent["like_count"] or 0)})

    monkeypatch.setattr(Visit, "form", remembers)
    monkeypatch.setattr(Post, "create", careless)
    row, route, variant = next(each for each in WRITES if each[0] == "POST /v/{village}/new [publish]")
    role = somebody_who_may(row)
    ask = ASKS[route][variant](lived_in_sqlite, role)
    asked = await done(lived_in_sqlite, role, ask)
    assert any([asked != await done(lived_in_sqlite, role, part) for part in loaded(ask)])
