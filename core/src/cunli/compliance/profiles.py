"""Profiles: for each sensitive kind whether it is allowed, left out or refused, and on what ground. Read from data once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from cunli.compliance.kinds import Sensitive

Verdict = Literal["allow", "neuter", "refuse"]
VERDICTS: Final = ("allow", "neuter", "refuse")
DEFAULT: Final = "cn2026"
KNOWN: Final = ("cn2026", "wecun2019")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """The same in Chinese and in English."""

    chinese: str = ""
    english: str = ""

    def told(self, locale: str) -> str:
        """For a reader of this locale."""
        return self.chinese if locale.startswith("zh") else self.english


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a profile says of one kind. `allow`: as declared. `neuter`: nobody does it, and who needs it may still be on.
    `refuse`: nobody does it, and who needs it is off.

    `source` is the title of the law or document with its number, `article` the place in it, `text` its sentence, and
    `heed` what follows from it here. All are empty where nothing needs to be said.
    """

    kind: Sensitive
    verdict: Verdict
    source: Wording
    article: Wording
    text: Wording
    heed: Wording

    def quoted(self, locale: str) -> str:
        """Source, article and sentence in one line."""
        if not self.source.chinese:
            return ""
        source, article, text = (one.told(locale) for one in (self.source, self.article, self.text))
        return f"{source}{article}：“{text}”" if locale.startswith("zh") else f"{source}, {article}: “{text}”"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A profile. `caveat` says what is not certain about it."""

    id: str
    name: Wording
    about: Wording
    caveat: Wording
    rules: Mapping[Sensitive, Rule]

    def allows(self, kind: Sensitive) -> bool:
        return self.rules[kind].verdict == "allow"

    def refuses(self, kind: Sensitive) -> bool:
        return self.rules[kind].verdict == "refuse"


class BrokenProfile(ValueError):
    """The data of a profile is not complete: a mistake of ours, found by the tests."""


def profile(name: str) -> Profile:
    """The profile of this name. One that is unknown (any more) is read as the strict default: nothing opens by a mistake."""
    return _read(name if name in KNOWN else DEFAULT)


def profiles() -> tuple[Profile, ...]:
    """All of them, the default first."""
    return tuple(_read(name) for name in KNOWN)


@cache
def _read(name: str) -> Profile:
    return parsed(name, (files("cunli.compliance") / f"{name}.toml").read_text("utf-8"))


def parsed(name: str, toml: str) -> Profile:
    """A profile from its text. Raises `BrokenProfile`."""
    data = tomllib.loads(toml)
    sources = data.pop("sources", {})
    heads = {key: _wording(data, key) for key in ("name", "about", "caveat")}
    for key in heads:
        data.pop(key), data.pop(f"{key}_en")
    if unsaid := {kind.value for kind in Sensitive} ^ set(data):
        raise BrokenProfile(f"{name}: says nothing of, or does not know, {', '.join(sorted(unsaid))}")
    rules = {Sensitive(key): _rule(name, Sensitive(key), said, sources) for key, said in data.items()}
    return Profile(id=name, name=heads["name"], about=heads["about"], caveat=heads["caveat"], rules=rules)


def _rule(name: str, kind: Sensitive, said: Mapping[str, Any], sources: Mapping[str, Any]) -> Rule:
    verdict = said.get("verdict")
    if verdict not in VERDICTS:
        raise BrokenProfile(f"{name}.{kind}: verdict is one of {', '.join(VERDICTS)}")
    source = _wording(sources[said["source"]], "title") if "source" in said else Wording()
    rule = Rule(
        kind=kind,
        verdict=verdict,
        source=source,
        article=_wording(said, "article"),
        text=_wording(said, "text"),
        heed=_wording(said, "heed"),
    )
    if verdict != "allow" and not (rule.source.chinese and rule.article.chinese and rule.text.chinese):
        raise BrokenProfile(f"{name}.{kind}: who forbids something quotes source, article and sentence")
    return rule


def _wording(said: Mapping[str, Any], key: str) -> Wording:
    chinese, english = said.get(key, ""), said.get(f"{key}_en", "")
    if bool(chinese) != bool(english):
        raise BrokenProfile(f"{key} stands in one language only")
    return Wording(chinese=chinese, english=english)
