"""What no theme may do, by the id of each rule. The site holds every theme to these when it starts; `cunli theme check` does too.

A theme is data: it draws, and that is all. Its templates run in a sandbox besides (`render.py`), and the content policy
lets no page ask another host: each of the three would be enough.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cunli.web import theme_files, theme_templates
from cunli.web.theme_case import Case
from cunli.web.themes import CORE, Theme

Look = Callable[[Case], Iterator[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class SafetyRule:
    """One thing that holds for every theme. `look` gives what is wrong; its docstring says what to do."""

    id: str
    look: Look

    @property
    def title(self) -> str:
        return self.look.__name__.replace("_", " ")

    @property
    def advice(self) -> str:
        return inspect.cleandoc(self.look.__doc__ or "")


SAFETY: Final = (
    SafetyRule(id="kit.T201", look=theme_files.says_what_it_is),
    SafetyRule(id="kit.T202", look=theme_files.stands_on_the_cores_theme),
    SafetyRule(id="kit.T203", look=theme_files.holds_no_code),
    SafetyRule(id="kit.T204", look=theme_files.holds_known_kinds_of_files),
    SafetyRule(id="kit.T301", look=theme_templates.templates_can_be_read),
    SafetyRule(id="kit.T302", look=theme_templates.overrides_what_there_is),
    SafetyRule(id="kit.T303", look=theme_templates.leaves_the_protected_alone),
    SafetyRule(id="kit.T304", look=theme_templates.templates_only_draw),
    SafetyRule(id="kit.T305", look=theme_templates.templates_hold_no_script_or_style),
    SafetyRule(id="kit.T306", look=theme_templates.templates_ask_no_other_host),
    SafetyRule(id="kit.T307", look=theme_templates.keeps_blocks_and_macros),
    SafetyRule(id="kit.T308", look=theme_templates.keeps_slots),
    SafetyRule(id="kit.T309", look=theme_templates.keeps_forms),
    SafetyRule(id="kit.T401", look=theme_files.styles_ask_no_other_host),
    SafetyRule(id="kit.T402", look=theme_files.styles_cover_nothing),
    SafetyRule(id="kit.T403", look=theme_files.pictures_hold_no_script),
)


def doubts(chain: Sequence[Theme]) -> Iterator[str]:
    """Why a theme is not used, each with the id of its rule; nothing for the core's own, which is part of the core."""
    for at, theme in enumerate(chain):
        if theme.id != CORE:
            case = Case(theme, tuple(chain[at + 1 :]))
            for rule in SAFETY:
                yield from (f"{rule.id} {theme.id}: {says}" for says in rule.look(case))
