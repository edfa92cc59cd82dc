"""What plugins find wrong with themselves when an operator or an official asks. Each on its own; one that fails is a finding too."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cunli import db, plugin_values
from cunli.health import PluginError
from cunli.hooks import RULES
from cunli.plugin_answers import CheckContext, Finding
from cunli.problems import Problem
from cunli.trips import current_plugin

if TYPE_CHECKING:
    from cunli.registry import Registry

HOOK = "checks"


async def own_findings(registry: Registry, plugins: Iterable[str]) -> list[Problem]:
    """The findings of these plugins in plugin order, and for one that gave no answer why not."""
    asked = [call.plugin for call in registry.plan(HOOK, frozenset(plugins))]
    if not asked:
        return []
    ctx = CheckContext(setting=await plugin_values.values_in(None))
    given: dict[str, tuple[Finding, ...]] = {}
    for name in asked:
        try:
            with db.unscoped("a plugin's check looks at all of its rows"):
                answers = await registry.dispatch.collect(
                    HOOK, ctx, frozenset({name}), check=_checked, deadline=RULES[HOOK].deadline
                )
        except PluginError:
            continue  # raised in development, where it is counted too
        given |= {answer.plugin: answer.value for answer in answers}
    found: list[Problem] = []
    for name in asked:
        found += [_told(name, one) for one in given[name]] if name in given else _failed(registry, name)
    return found


def _checked(value: Iterable[object]) -> tuple[Finding, ...]:
    found = []
    for one in value:
        if not isinstance(one, Finding):
            raise TypeError(f"checks() gives Findings, not a {type(one).__name__}")
        if not one.id.startswith(f"{current_plugin.get()}."):
            raise ValueError(f"{one.id} does not begin with the plugin's id")
        found.append(Finding(id=one.id, text=str(one.text), hint=str(one.hint)))
    return tuple(found)


def _told(plugin: str, one: Finding) -> Problem:
    return Problem(id=one.id, plugin=plugin, facts=(("hint", str(one.hint)), ("text", str(one.text))))


def _failed(registry: Registry, plugin: str) -> list[Problem]:
    tally = registry.dispatch.health.tallies.get((plugin, HOOK))
    return [tally.last] if tally is not None and tally.last is not None else []
