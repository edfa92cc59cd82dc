"""What a manifest declares for the doors: the messages that a plugin sends, and the acts that it writes down. Checked when it is loaded."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cunli.problems import Problem, problem
from cunli.web.i18n import LazyText

LONGEST: Final = 40  # characters of an id, as stored
_NAME: Final = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKind:
    """A kind of message that the plugin puts into people's inboxes: see `tell`."""

    id: str
    """`<plugin>.<kind>`, at most 40 characters."""
    says: str | LazyText
    """The sentence. It may use `%(village)s`, `%(name)s` (of the person given as `by`), and every other param of `tell`."""
    icon: str = "bell"
    """A name of the icon set."""
    quotes: str = ""
    """The param that is shown below as a quotation: words of people or officials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Something that officials do in the plugin and that is written down: see `audit`."""

    id: str
    """`<plugin>.<thing>.<act>`, such as `mailbox.letter.close`; at most 40 characters."""
    label: str | LazyText
    """What it is called in the records."""


def wrong_names(plugin: str, messages: Iterable[MessageKind], acts: Iterable[Act]) -> Iterator[Problem]:
    """Those that are not the plugin's to name, and those that are there twice."""
    for what, kind, given in (("message", MessageKind, messages), ("act", Act, acts)):
        ids = []
        for one in given:
            if not isinstance(one, kind) or not isinstance(one.id, str):
                yield problem("plugins.E016", plugin, what=what, name=repr(one)[:60])
                continue
            if not one.id.startswith(f"{plugin}.") or not _NAME.fullmatch(one.id) or len(one.id) > LONGEST:
                yield problem("plugins.E016", plugin, what=what, name=one.id)
            ids.append(one.id)
        for name, count in Counter(ids).items():
            if count > 1:
                yield problem("plugins.E019", plugin, what=f"{what}s", name=name)
