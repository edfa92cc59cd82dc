"""The data map says of every column what it holds, and says it as the models, the declarations and the retention table have it (PIPL 51)."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tortoise import fields

import cunli
from cunli import db
from cunli.care import data_map, data_words, retention
from cunli.care.data_map import Column, Unclassified
from cunli.own_data.parts import core_parts
from cunli.places.models import Village
from cunli.testing.live import LiveSite

ROOT = Path(__file__).resolve().parents[2]
CORE = Path(cunli.__file__).parent
NO_MODEL = re.compile(r"core_(search_due|\w+_words(_\w+)?)")  # the index of words: the page names it beside the tables


def columns() -> dict[str, Column]:
    return {f"{table.name}.{one.name}": one for table in data_map.data_map() for one in table.columns}


async def test_every_column_of_the_database_is_in_the_map(site: LiveSite) -> None:
    if site.settings.sqlite:
        rows = await db.read(
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.name LIKE 'core!_%' ESCAPE '!'"
            " AND m.type = 'table'"
        )
    else:
        rows = await db.read(
            "SELECT table_name AS t, column_name AS c FROM information_schema.columns WHERE table_name LIKE 'core!_%' ESCAPE '!'"
        )
    there = {f"{row['t']}.{row['c']}" for row in rows if not NO_MODEL.fullmatch(row["t"])}
    assert there == set(columns())


def change(said: dict[str, Any], table: str, **more: object) -> None:
    said[table] = {**said[table], **more}


def _forget(said: dict[str, Any]) -> None:
    del said["core_person"]["columns"]["phone"]


def _forget_table(said: dict[str, Any]) -> None:
    del said["core_hold"]


def _stale(said: dict[str, Any]) -> None:
    said["core_person"]["columns"]["faith"] = "信什么"


def _gone(said: dict[str, Any]) -> None:
    said["core_gone"] = said["core_hold"]


def _no_word(said: dict[str, Any]) -> None:
    change(said, "core_draft", kept="for ever")


def _half(said: dict[str, Any]) -> None:
    del said["core_draft"]["seen"]


def _nobody(said: dict[str, Any]) -> None:
    said["core_post"]["columns"]["author"] = {"what": "谁", "about": "none"}


def _open(said: dict[str, Any]) -> None:
    said["core_person"]["columns"]["id_number"] = {"what": "身份证号", "about": "sensitive", "seen": "everybody"}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_forget, "core_person.phone: say in data_map.toml"),
        (_forget_table, "core_hold: say in data_map.toml"),
        (_stale, "core_person.faith: there is no such column"),
        (_gone, "core_gone: there is no such table"),
        (_no_word, "kept = 'for ever' is none of"),
        (_half, "core_draft: say its seen"),
        (_nobody, "core_post.author: it points at an account"),
        (_open, "core_person.id_number: what is sensitive is masked"),
    ],
)
def test_what_is_not_classified_is_named(spoil: Callable[[dict[str, Any]], None], words: str) -> None:
    """The planted controls: each spoils the declaration, which is fine without."""
    said = copy.deepcopy(dict(data_map.declared()))
    assert data_map.data_map(said) == data_map.data_map()
    spoil(said)
    with pytest.raises(Unclassified) as found:
        data_map.data_map(said)
    assert words in "\n".join(found.value.problems)


def test_a_table_of_a_plugin_that_points_at_the_core_adds_no_column_to_the_map(monkeypatch: pytest.MonkeyPatch) -> None:
    before = data_map.data_map()
    way_back: Any = fields.ManyToManyField("test.Route", related_name="stops")
    monkeypatch.setitem(Village._meta.fields_map, "routes", way_back)
    monkeypatch.setattr(Village._meta, "m2m_fields", {*Village._meta.m2m_fields, "routes"})
    assert data_map.data_map() == before


def test_the_check_of_the_docs_fails_on_a_column_that_nobody_classified() -> None:
    """As `make check` runs it, with one more column in a table; that it passes without is what `make check` itself shows."""
    planted = (
        "import sys\n"
        "from tortoise import fields\n"
        "from cunli.people.models import Person\n"
        "Person._meta.fields_map['blood'] = fields.CharField(max_length=3)\n"
        "from scripts.docs import main\n"
        "sys.exit(main(True))"
    )
    command = [sys.executable, "-c", planted]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        1,
        "core_person.blood: say in data_map.toml what this column holds",
    ), done.stderr


def test_what_is_sealed_in_the_map_is_what_the_source_seals() -> None:
    found = set()
    for path in CORE.rglob("*.py"):
        found |= set(re.findall(r'= (?:EncryptedText|SealedSecret)\("(core_\w+)", "(\w+)"', path.read_text("utf-8")))
    sealed = {name for name, one in columns().items() if one.sealed}
    assert sealed == {f"{table}.{column}" for table, column in found} - {
        "core_identity.subject"
    }  # of that only the index is stored
    assert {"core_person.phone", "core_person.id_number", "core_household.head_name"} <= sealed


def test_what_points_at_people_is_about_people_and_is_handed_over_or_left_out() -> None:
    pointing = {name.removesuffix("_id") for name, one in columns().items() if one.to == data_map.PERSON}
    held = {column for part in core_parts() for column in (*part.covers, *part.left_out)} - {"core_person.id"}
    assert pointing == held
    assert all(columns()[f"{name}_id"].personal for name in pointing)


def test_spans_are_those_of_the_retention_table() -> None:
    for rule in retention.rules(1830):
        if rule.id != "closing":  # the days in which one can still change one's mind are no span of a column
            assert any(one.kept == rule.id for one in columns().values()), rule.id
            assert data_words.span(rule.kept) in data_words.kept()[rule.id]
    assert data_words.kept()["sessions"].startswith("190 天")
    assert columns()["core_session.device"].kept == "sessions"


def test_a_number_that_people_are_known_by_is_masked_for_officials() -> None:
    for name in ("name", "phone", "id_number"):
        assert columns()[f"core_person.{name}"].seen == "masked"
    assert columns()["core_person.id_number"].about == "sensitive"
    assert columns()["core_membership.away_city"].purpose == "away"
