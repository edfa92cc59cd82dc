"""What the kit gives authors for tests: rows of a village, a task, an account that is closed, another compliance profile."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from cunli import db
from cunli.compliance import profile_now
from cunli.testing.live import LiveSite


def notes() -> Any:
    return sys.modules["cunli_sample.actions"]


async def pinned(county: LiveSite, count: int, author: int | None = None) -> None:
    with county.inside("heping"):
        for number in range(count):
            await notes().pin(f"第 {number} 张", author_id=author)


async def test_a_task_runs_in_the_village_and_what_it_raises_is_seen(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pinned(county, 12)
    await county.run_task("sample.tidy", "shangba")
    with county.inside("heping"):
        assert len(await notes().notes()) == 12, "it ran in another village"
    await county.run_task("sample.tidy", "heping")
    with county.inside("heping"):
        assert len(await notes().notes()) == 10
    monkeypatch.setattr(notes(), "KEPT", "x")
    with pytest.raises(Exception, match="x|int"):
        await county.run_task("sample.tidy", "heping")


@pytest.mark.parametrize(("remove", "left"), [(False, [None, None]), (True, [])])
async def test_an_account_is_closed_and_the_plugin_has_erased(county: LiveSite, remove: bool, left: list[None]) -> None:
    person = await county.villager("张桂秀")
    await pinned(county, 2, person.id)
    await county.close_account(person, remove=remove)
    with county.inside("heping"):
        assert [note.author_id for note in await notes().notes()] == left
    (row,) = await db.read("SELECT state FROM core_person WHERE id = ?", person.id)
    assert row["state"] == "closed"


async def test_an_account_that_a_plugin_does_not_let_go_fails_the_test(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(*_: object, **__: object) -> int:
        raise ZeroDivisionError

    county.app.site.registry.dispatch.health.strict = False
    monkeypatch.setattr(notes(), "forget", refuse)
    with pytest.raises(AssertionError, match="not erased: .*sample"):
        await county.close_account(await county.villager("张桂秀"))


async def test_the_profile_changes_for_the_county_of_the_village(county: LiveSite) -> None:
    await county.set_profile("wecun2019")
    assert (await profile_now.along((county["heping"].county_id,))).id == "wecun2019"
    assert (await profile_now.along((county["waixiang"].county_id,))).id == "cn2026"
