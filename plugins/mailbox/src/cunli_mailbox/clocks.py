"""Which terms run for a letter, by the rules in `rules.toml`. Adding a rule is a table there and no code here.

A county may make a term shorter, never longer: `Rule.shortened`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from .terms import Calendar, Deadline, Pause, Term, Unit, deadline

UNITS: Final = ("hour", "day", "workday")
EVENTS: Final = frozenset(
    [
        "submitted",
        "triaged",
        "assigned",
        "answered",
        "handed_over",
        "objected",
        "replied",
        "transferred",
        "not_accepted",
        "merged",
        "closed",
        "reopened",
        "review",
        "rereview",
        "concluded",
        "above",
    ]
)
MATTERS: Final = frozenset({"track", "urgency", "stage", "named"})


class RuleError(ValueError):
    """A rule that cannot be: names the rule, the field, and what is possible."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One deadline: where it comes from, which letters it is about, what starts and what satisfies it."""

    id: str
    name: str
    law: str
    article: str
    start: str
    until: frozenset[str]
    term: Term
    applies: Mapping[str, frozenset[Any]] = field(default_factory=dict)
    pauses: bool = False
    extend: int = 0
    binds: Literal["office", "writer"] = "office"

    def about(self, matter: Mapping[str, Any]) -> bool:
        """Whether it is about a letter like this: its `track`, `urgency`, `stage` and whether it is `named`."""
        return all(matter[key] in allowed for key, allowed in self.applies.items())

    def shortened(self, amount: int) -> Rule:
        """The same rule with a shorter term, in its own unit. Raises `RuleError` for a longer one or none at all."""
        if not 0 < amount <= self.term.amount:
            raise RuleError(f"{self.id}: 只能缩短，最多 {self.term.amount}，不能是 {amount}")
        return replace(self, term=Term(amount=amount, unit=self.term.unit))


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """Something that happened to a letter, at an aware moment. `extended` counts the units that were added to a rule."""

    what: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A term of a letter. `due` is `None` while it is paused; `met` is when it was satisfied, `None` while it is not."""

    rule: Rule
    since: datetime
    due: Deadline | None
    met: datetime | None = None

    def overdue(self, now: datetime) -> bool:
        """Whether it was missed: computed when it is read, never stored."""
        return self.due is not None and (self.met or now) >= self.due.at


def clocks(
    matter: Mapping[str, Any],
    events: Sequence[Happened],
    calendar: Calendar,
    *,
    pauses: Sequence[Pause] = (),
    extended: Mapping[str, int] | None = None,
    rules: Sequence[Rule] | None = None,
) -> list[Running]:
    """Every term of a letter, those that are over too, in the order of the rules.

    `events` are in order. A term is started by the first event that starts it and again only after it was satisfied: handing a
    letter on never gives anybody more time. `extended`: rule id → units added, each at most the rule's `extend`.
    """
    found: list[Running] = []
    for rule in default_rules() if rules is None else rules:
        if rule.about(matter):
            term = _with_extension(rule, (extended or {}).get(rule.id, 0))
            found += _running(rule, term, events, calendar, pauses if rule.pauses else ())
    return found


def _with_extension(rule: Rule, more: int) -> Term:
    if not 0 <= more <= rule.extend:
        raise RuleError(f"{rule.id}: 最多延长 {rule.extend}，不能是 {more}")
    return Term(amount=rule.term.amount + more, unit=rule.term.unit)


def _running(
    rule: Rule, term: Term, events: Sequence[Happened], calendar: Calendar, pauses: Sequence[Pause]
) -> Iterator[Running]:
    since: datetime | None = None
    for event in events:
        if since is None and event.what == rule.start:
            since = event.at
        elif since is not None and event.what in rule.until:
            yield _term(rule, term, since, calendar, pauses, event.at)
            since = None
    if since is not None:
        yield _term(rule, term, since, calendar, pauses, None)


def _term(
    rule: Rule, term: Term, since: datetime, calendar: Calendar, pauses: Sequence[Pause], met: datetime | None
) -> Running:
    within = [pause for pause in pauses if pause.start >= since and (met is None or pause.start < met)]
    return Running(rule=rule, since=since, due=deadline(term, since, calendar, within), met=met)


@cache
def default_rules() -> tuple[Rule, ...]:
    """The rules of this package."""
    return read(files("cunli_mailbox").joinpath("rules.toml").read_text("utf-8"))


def read(text: str) -> tuple[Rule, ...]:
    """Rules from TOML. Raises `RuleError`, which names the rule and the field."""
    rules = tuple(_rule(given) for given in tomllib.loads(text).get("rule", []))
    seen: set[str] = set()
    for rule in rules:
        if rule.id in seen:
            raise RuleError(f"{rule.id}: 有两条规则用了这个编号")
        seen.add(rule.id)
    return rules


def _rule(given: Mapping[str, Any]) -> Rule:
    name = str(given.get("id", "（没有编号的规则）"))
    unknown = set(given) - {
        "id",
        "name",
        "law",
        "article",
        "for",
        "from",
        "until",
        "amount",
        "unit",
        "pauses",
        "extend",
        "within",
    }
    if unknown:
        raise RuleError(f"{name}: 不认识 {'、'.join(sorted(unknown))}")
    if missing := [
        key for key in ("id", "name", "law", "article", "from", "until", "amount", "unit") if not given.get(key)
    ]:
        raise RuleError(f"{name}: 缺 {'、'.join(missing)}")
    if wrong := ({given["from"], *given["until"]} - EVENTS):
        raise RuleError(f"{name}: 没有叫 {'、'.join(sorted(wrong))} 的事件")
    if wrong := set(given.get("for", {})) - MATTERS:
        raise RuleError(f"{name}: for 里没有 {'、'.join(sorted(wrong))}")
    return Rule(
        id=name,
        name=given["name"],
        law=given["law"],
        article=given["article"],
        start=given["from"],
        until=frozenset(given["until"]),
        term=Term(amount=_amount(name, given["amount"]), unit=_unit(name, given["unit"])),
        applies={key: frozenset(values) for key, values in given.get("for", {}).items()},
        pauses=bool(given.get("pauses", False)),
        extend=int(given.get("extend", 0)),
        binds="writer" if given.get("within") == "writer" else "office",
    )


def _amount(name: str, amount: object) -> int:
    if not isinstance(amount, int) or not 0 < amount <= 10_000:
        raise RuleError(f"{name}: amount 要是 1 到 10000 的整数")
    return amount


def _unit(name: str, unit: str) -> Unit:
    for known in UNITS:
        if unit == known:
            return known
    raise RuleError(f"{name}: unit 要是 {'、'.join(UNITS)} 之一")
