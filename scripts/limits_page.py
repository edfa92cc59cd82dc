"""The page of limits: how often something may be tried, and how much may be sent at once. Read from the code that holds them."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType

import cunli
from cunli.media import rules
from cunli.media.kinds import KINDS
from cunli.trust.limits import Limit
from cunli.web import door
from cunli.web.app import plugin_path
from cunli.web.pages import DEFAULT_BODY
from cunli.web.site import Site

LEFT_OUT = ("cunli.testing", "cunli.demo", "cunli.scaffold", "cunli.scaffold_theme", "cunli.__main__")
HEAD = """\
# Limits

How often something may be tried. A window begins with the first try; who has used one up reads how many minutes to wait (429) and has
[a line in the logs](../guide/operations.md). Counted in the database, so that a restart forgives nothing and all processes agree. Plugins
add their own with `count_try`.

| limit | most | within | held by |
|---|---|---|---|
"""
SPANS = ((86_400, "day"), (3600, "hour"), (60, "minute"))


def limits_page(site: Site) -> str:
    """The whole page, without its first line."""
    rows = [
        f"| {limit.name} | {limit.most:,} | {_span(limit.seconds)} | {', '.join(f'`{one}`' for one in sorted(where))} |"
        for limit, where in sorted(_found().items(), key=lambda one: one[0].name)
    ]
    return HEAD + "\n".join(rows) + "\n" + _sizes(site)


def _modules() -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(cunli.__path__, "cunli."):
        if not found.name.startswith(LEFT_OUT) and ".migrations" not in found.name:
            yield import_module(found.name)


def _found() -> dict[Limit, set[str]]:
    """Each limit with the modules that make it."""
    found: dict[Limit, set[str]] = {}
    for module in _modules():
        for value in vars(module).values():
            if isinstance(value, Limit):
                found.setdefault(value, set()).add(module.__name__.removeprefix("cunli."))
    return found


def _span(seconds: int) -> str:
    unit, word = next((unit, word) for unit, word in SPANS if seconds % unit == 0)
    count = seconds // unit
    return word if count == 1 else f"{count} {word}s"


def _sizes(site: Site) -> str:
    larger = sorted(
        {(page.body_limit, plugin_path(plugin, page)) for plugin, page in site.pages if page.body_limit != DEFAULT_BODY}
    )
    lines = [
        "",
        "## Sizes",
        "",
        f"A request may have {door.MAX_HEADERS} headers of {door.MAX_HEADER_BYTES // 1024} KiB together and an address of {door.MAX_PATH:,} "
        f"characters; a form {_size(DEFAULT_BODY)}, except:",
        "",
        "| form | most |",
        "|---|---|",
        *(f"| `{path}` | {_size(limit)} |" for limit, path in larger),
    ]
    return "\n".join(lines) + "\n" + _files()


def _files() -> str:
    """What may be uploaded beside photos, and how much of it."""
    lines = [
        "",
        "## Files",
        "",
        "What plugins take in with `take_file`. Which kind a file is, its bytes say. A person may keep "
        f"{_size(rules.PERSON_FILE_QUOTA)} of files in a village and {rules.UNUSED_FILES_MOST} that nothing uses yet, beside "
        f"{_size(rules.PERSON_QUOTA)} of photos; a village {_size(rules.VILLAGE_QUOTA)} of both.",
        "",
        "| kind | its name ends with | most | played by the browser |",
        "|---|---|---|---|",
        *(
            f"| {name} | {', '.join(f'`{one}`' for one in kind.endings)} | {kind.megabytes} MiB | {'yes' if kind.plays else 'no'} |"
            for name, kind in KINDS.items()
        ),
    ]
    return "\n".join(lines) + "\n"


def _size(count: int) -> str:
    return f"{count // (1024 * 1024)} MiB" if count >= 1024 * 1024 else f"{count // 1024} KiB"
