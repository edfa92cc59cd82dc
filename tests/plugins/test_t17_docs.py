"""T17: the reference says of every hook what it is handed, and that is what it is handed: a spy looks at every call.

The commands of the guide for authors are run by tests/kit/test_t15_t16_new_plugin.py.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from cunli import DataContext, hooks, inspection, lifecycle
from cunli.dispatch import Dispatch
from cunli.findings import own_findings
from cunli.own_data import asking
from cunli.places import queries as places
from cunli.registry import Registry
from cunli.testing.live import LiveSite

PAGE = (Path(__file__).resolve().parents[2] / "docs/reference/plugins.md").read_text("utf-8")


def listed(context: str) -> list[str]:
    """The fields that the reference lists for a context."""
    section = re.search(rf"^### {context}$(.*?)^##", PAGE, flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"^\| `(\w+)` \|", section[1], flags=re.MULTILINE) if section else []


def promised(hook: str) -> str:
    """The context that the reference says a hook is handed; empty for those that are asked while loading."""
    signature = re.search(
        rf"^### (?:async )?def {hook}\(self(?:, ctx: (\w+)(?:, items: .*)?)?\)", PAGE, flags=re.MULTILINE
    )
    assert signature is not None, f"{hook} is not in the reference"
    return signature[1] or ""


async def calls(county: LiveSite, monkeypatch: pytest.MonkeyPatch) -> dict[str, set[type]]:
    """What every hook was handed while plugins are loaded, a page is shown, a village switches one off and on, somebody
    searches, takes their data along and goes, and an operator asks what is wrong.
    """
    seen: dict[str, set[type]] = {}
    collect, each = Dispatch.collect, Dispatch.collect_each
    chain, gather, given = Dispatch.chain, Dispatch.gather, inspection._given

    async def spied(self: Dispatch, hook: str, ctx: object, *rest: Any, **named: Any) -> Any:
        seen.setdefault(hook, set()).add(type(ctx))
        return await collect(self, hook, ctx, *rest, **named)

    async def spied_each(self: Dispatch, hook: str, questions: Sequence[Any], *rest: Any, **named: Any) -> Any:
        seen.setdefault(hook, set()).update(type(ctx) for ctx, _check in questions)
        return await each(self, hook, questions, *rest, **named)

    async def chained(self: Dispatch, hook: str, ctx: object, *rest: Any, **named: Any) -> Any:
        seen.setdefault(hook, set()).add(type(ctx))
        return await chain(self, hook, ctx, *rest, **named)

    async def spied_at_once(self: Dispatch, hook: str, ctx: object, *rest: Any, **named: Any) -> Any:
        seen.setdefault(hook, set()).add(type(ctx))
        return await gather(self, hook, ctx, *rest, **named)

    def loading(name: str, provide: Any, *rest: Any) -> Any:
        seen.setdefault(provide.__name__, set())
        return given(name, provide, *rest)

    monkeypatch.setattr(Dispatch, "collect", spied)
    monkeypatch.setattr(Dispatch, "collect_each", spied_each)
    monkeypatch.setattr(Dispatch, "chain", chained)
    monkeypatch.setattr(Dispatch, "gather", spied_at_once)
    monkeypatch.setattr(inspection, "_given", loading)
    Registry.load(["sample"])
    villager = await county.sign_in(await county.villager("张桂秀"))
    page = await villager.open("/v/heping/sample/notes")
    assert (await page.form().fill(words="一句话").send()).status == 200
    assert (await villager.open("/v/heping/")).status == 200
    heping = await places.village_by_id(county["heping"].id)
    assert heping is not None
    registry = county.app.site.registry
    await lifecycle.switch_off("sample", heping)
    await lifecycle._tell(registry, "sample", heping.id)
    await lifecycle.switch_on(registry, "sample", heping)
    assert (await villager.open("/v/heping/search?q=梯子")).status == 200
    nobody = DataContext(person_id=0)
    await asking.export_of(registry, "sample", nobody)
    await asking.erasure_by(registry, "sample", nobody)
    assert await own_findings(registry, registry.running) == []
    return seen


async def test_t17_every_hook_is_called_and_handed_what_the_reference_says(
    county: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = await calls(county, monkeypatch)
    assert set(seen) == set(hooks.ALL), "a hook that nobody calls does not exist"
    for hook, kinds in seen.items():
        assert [kind.__name__ for kind in kinds] == ([promised(hook)] if promised(hook) else []), hook
        for kind in kinds:
            assert listed(kind.__name__) == [one.name for one in fields(kind)], kind


def test_t17_every_context_of_a_hook_is_in_the_reference() -> None:
    wanted = {inspect.signature(getattr(hooks.HookSpecs, hook)).parameters["ctx"].annotation for hook in hooks.RULES}
    assert wanted == {kind.__name__ for kind in hooks.CONTEXTS}
    assert listed("PageContext"), "the control: something was read"
    assert listed("NoContext") == []
