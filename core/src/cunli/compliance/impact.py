"""The assessment of what processing means for people (个人信息保护法 55, 56), made from what the site really does, with blanks for the county.

The facts come from the data map, the settings and the plugins that run, so that they cannot be said wrongly; the judgement is the
county's, on paper, signed and kept for three years.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from cunli.care import data_words
from cunli.care.data_map import Column, Table, data_map
from cunli.provide import chosen
from cunli.provide.kinds import PROVIDER_KINDS
from cunli.registry import Registry
from cunli.settings import Settings

KEPT_YEARS: Final = 3
HANDED_OUT: Final = {
    "codes": "发登录短信",
    "channels": "送消息",
    "sign_in": "第三方登录",
    "storage": "存照片和文件",
    "map_tiles": "地图图片",
    "payment": "收款",
}
NEAR: Final = frozenset({"console", "file", "none", "offline"})  # of this machine, or nobody
QUESTIONS: Final = (
    "目的、方式是不是合法、正当、必要；能不能少收一样",
    "对乡亲有什么影响，会有什么风险（泄露、冒用、议论、歧视）",
    "现有的保护够不够，和风险配不配；还要补什么、谁补、哪天补好",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A table that holds something about people for one purpose."""

    label: str
    what: tuple[str, ...]
    seen: tuple[str, ...]
    kept: tuple[str, ...]
    sealed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One purpose with all that is held for it. `sensitive`, `published`: what makes an assessment a duty (55)."""

    purpose: str
    held: tuple[Held, ...]
    sensitive: tuple[str, ...]
    published: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PluginUse:
    """A plugin that keeps something about people, or does something sensitive."""

    name: str
    label: str
    summary: str
    keeps: bool
    sensitive: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact:
    """The facts of the assessment."""

    activities: tuple[Activity, ...]
    handed_out: tuple[tuple[str, str], ...]
    plugins: tuple[PluginUse, ...]
    questions: tuple[str, ...] = field(default=QUESTIONS)


def impact(settings: Settings, registry: Registry) -> Impact:
    """What this site does with data about people, as of now."""
    tables = data_map()
    purposes = data_words.purposes()
    used = {column.purpose for table in tables for column in table.columns if column.personal}
    return Impact(
        activities=tuple(_activity(id_, words, tables) for id_, words in purposes.items() if id_ in used),
        handed_out=_handed_out(settings),
        plugins=_plugins(registry),
    )


def _activity(purpose: str, words: str, tables: tuple[Table, ...]) -> Activity:
    held, sensitive, published = [], [], []
    for table in tables:
        columns = [one for one in table.columns if says_something(one) and one.purpose == purpose]
        if not columns:
            continue
        held.append(_held(table, columns))
        sensitive += [f"{table.label}：{one.what}" for one in columns if one.about == "sensitive"]
        published += [f"{table.label}：{one.what}" for one in columns if one.seen == "everybody"]
    return Activity(purpose=words, held=tuple(held), sensitive=tuple(sensitive), published=tuple(published))


def says_something(column: Column) -> bool:
    """Whether a column tells something about people; row numbers and keys only hold rows together."""
    return column.personal and not column.to and column.name not in ("id", "key")


def _held(table: Table, columns: list[Column]) -> Held:
    kept = data_words.kept()
    return Held(
        label=table.label,
        what=tuple(one.what for one in columns),
        seen=tuple(dict.fromkeys(data_words.SEEN[one.seen] for one in columns)),
        kept=tuple(dict.fromkeys(kept[one.kept] for one in columns)),
        sealed=tuple(one.what for one in columns if one.sealed),
    )


def _handed_out(settings: Settings) -> tuple[tuple[str, str], ...]:
    """Who gets data to do something for the county: by the settings, those on this machine left out."""
    found = []
    for kind in PROVIDER_KINDS:
        names = [name for name in chosen.names_in(kind, settings) if name not in NEAR]
        if kind.id in HANDED_OUT and names:
            found.append((HANDED_OUT[kind.id], "、".join(names)))
    return tuple(found)


def _plugins(registry: Registry) -> tuple[PluginUse, ...]:
    found = []
    for name, plugin in sorted(registry.plugins.items()):
        about = plugin.manifest
        keeps, sensitive = about.personal_data != "none", tuple(str(one.kind) for one in about.sensitive)
        if keeps or sensitive:
            use = PluginUse(
                name=name, label=str(about.label), summary=str(about.summary), keeps=keeps, sensitive=sensitive
            )
            found.append(use)
    return tuple(found)
