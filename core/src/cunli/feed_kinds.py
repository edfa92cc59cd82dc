"""Looking at a plugin's kinds of entry in the feed before it is let in."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final, get_args

from cunli.plugin import FeedKind, Hue, Manifest
from cunli.problems import Problem, problem

LONGEST: Final = 32
_ID: Final = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")


def wrong_kinds(plugin: str, package: str, manifest: Manifest, kinds: Iterable[FeedKind]) -> Iterator[Problem]:
    """What is wrong with these kinds: their names, what they say of themselves, their templates."""
    own = {capability.id for capability in manifest.capabilities}
    for kind in kinds:
        if not _ID.fullmatch(str(kind.id)) or kind.plugin != plugin or len(kind.id) > LONGEST:
            yield problem("plugins.E031", plugin, name=kind.id, most=LONGEST)
            continue
        if not str(kind.label).strip():
            yield problem("plugins.E032", plugin, name=kind.id, why="it has no label")
        if kind.hue not in get_args(Hue):
            yield problem("plugins.E032", plugin, name=kind.id, why=f"its hue is one of {', '.join(get_args(Hue))}")
        if kind.publish and kind.publish not in own:
            why = f"“{kind.publish}” is not a capability in its manifest"
            yield problem("plugins.E032", plugin, name=kind.id, why=why)
        if kind.template and not _is_own(plugin, package, str(kind.template)):
            yield problem("plugins.E033", plugin, name=kind.id, template=kind.template)


def _is_own(plugin: str, package: str, template: str) -> bool:
    """Whether the plugin brings this template; `..` leads nowhere."""
    parts = template.split("/")
    return parts[0] == plugin and ".." not in parts and (Path(str(files(package))) / "templates" / template).is_file()
