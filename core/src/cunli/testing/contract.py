"""The contract suite. One line in a plugin's tests runs all of it, on each database:

from cunli.testing.contract import *
"""

from __future__ import annotations

import pytest

from cunli.kit.rules import RULES, Rule
from cunli.kit.subject import Subject
from cunli.testing.evidence import Evidence
from cunli.testing.living import LIVING_RULES, LivingRule

__all__ = ["test_the_running_plugin", "test_the_wheel"]


@pytest.mark.parametrize("rule", [r for r in RULES if r.must], ids=lambda rule: f"{rule.id} {rule.title}")
def test_the_wheel(rule: Rule, plugin_subject: Subject) -> None:
    """What holds for the wheel as it would be handed over."""
    _settle(rule.id, rule.title, rule.advice, list(rule.look(plugin_subject)))


@pytest.mark.parametrize("rule", [r for r in LIVING_RULES if r.must], ids=lambda rule: f"{rule.id} {rule.title}")
def test_the_running_plugin(rule: LivingRule, plugin_evidence: Evidence) -> None:
    """What holds while it runs, on in one village and off in another, for people of every role."""
    _settle(rule.id, rule.title, rule.advice, list(rule.judge(plugin_evidence)))


def _settle(number: str, title: str, advice: str, found: list[str]) -> None:
    if found:
        pytest.fail("\n".join([f"{number}: {title}, but", *found[:20], f"→ {advice}"]), pytrace=False)
