"""Days at the ends of time, in every field of every form that takes a day: the field is named, and nothing fails or is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import pytest

from cunli.web import forms
from cunli.web.errors import Text
from cunli.web.forms import Form

from .asks import ASKS, Ask
from .matrix import BESIDES, rows_of
from .roles import Role
from .table import expected
from .test_provenance import somebody_who_may
from .world import World

Asked = tuple[str, str, str, str]  # row, route, variant and the name of a field that takes a day
TOO_FAR: Final = ("0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31")
NO_DAYS: Final = ("0000-00-00", "10000-01-01", "9999-W53-7", "9" * 400)
ENDS: Final = ("1900-01-01", "2199-12-31")
WRITES: Final = [
    (row, route, variant)
    for row, route, variant in rows_of()
    if route.startswith("POST ") and any(o.endswith("+") for (r, _), o in expected().items() if r == row)
]


async def days_in_forms(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[Asked, str]:
    """Every field that is read as a day when everything that can be sent is sent once, with its label."""
    read: dict[str, str] = {}
    honest = Form.date

    def noted(form: Form, name: str, label: Text, **more: Any) -> dt.date | None:
        read[name] = str(label)
        return honest(form, name, label, **more)

    found: dict[Asked, str] = {}
    with monkeypatch.context() as patched:
        patched.setattr(Form, "date", noted)
        for row, route, variant in WRITES:
            read.clear()
            role = somebody_who_may(row)
            await world.send(role, "POST", ASKS[route][variant](world, role))
            await world.put_back()
            found |= {(row, route, variant, name): label for name, label in read.items()}
    return found


def with_day(world: World, asked: Asked, day: str) -> tuple[Role, Ask]:
    row, route, variant, name = asked
    role = somebody_who_may(row)
    ask = ASKS[route][variant](world, role)
    ticked = {"pinned": "1"} if "pinned" in ask.fields else {}
    terms = {"term": "1"} if name == "term_until" else {}
    return role, Ask(path=ask.path, fields={**ask.fields, **ticked, **terms, name: day}, files=ask.files)


async def test_days_at_the_ends_of_time_are_refused_by_name_and_never_an_error(
    lived_in: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await days_in_forms(lived_in, monkeypatch)
    assert {name for *_, name in asked} >= {"pinned_until", "term_until", "away_since", "as_of", "day"}
    wrong = []
    for one, label in asked.items():
        for day in (*TOO_FAR, *NO_DAYS, *ENDS):
            role, ask = with_day(lived_in, one, day)
            answer = await lived_in.send(role, "POST", ask)
            changes = await lived_in.rows.changes(but=BESIDES)
            await lived_in.put_back()
            refused = answer.status == 422 and f"“{label}”" in answer.body and not changes
            if answer.status >= 500 or (day not in ENDS and not refused):
                wrong.append(f"{one[0]} {one[3]}={day[:12]}: {answer.status} {sorted(changes)}")
    assert wrong == []


async def test_without_the_bounds_a_day_at_the_end_of_time_would_be_kept(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forms, "FIRST_DAY", dt.date.min)
    monkeypatch.setattr(forms, "LAST_DAY", dt.date.max)
    role, ask = with_day(lived_in_sqlite, ("POST /tutor/tours", "POST /tutor/tours", "", "day"), "9999-12-31")
    assert (await lived_in_sqlite.send(role, "POST", ask)).status == 303
    assert "core_tour" in await lived_in_sqlite.rows.changes(but=BESIDES)
