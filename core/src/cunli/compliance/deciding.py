"""The rule itself: which plugins a profile lets run, and what one of them may do. Pure but for blaming who asks undeclared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from cunli.compliance.kinds import Sensitive, SensitiveUse
from cunli.compliance.profiles import Profile, Rule
from cunli.problems import problem
from cunli.trips import current_plugin

if TYPE_CHECKING:
    from cunli.plugin import Plugin
    from cunli.registry import Registry


def refusals(plugin: Plugin, profile: Profile) -> list[tuple[SensitiveUse, Rule]]:
    """What the plugin needs and the profile refuses; where there is any, it may be on nowhere."""
    needed = (use for use in plugin.manifest.sensitive if use.needed)
    return [(use, profile.rules[use.kind]) for use in needed if profile.refuses(use.kind)]


def left_out(plugin: Plugin, profile: Profile) -> list[tuple[SensitiveUse, Rule]]:
    """What the plugin would do and the profile does not let it, whether it is off for that or runs without."""
    return [(u, profile.rules[u.kind]) for u in plugin.manifest.sensitive if not profile.allows(u.kind)]


def permitted(registry: Registry, profile: Profile) -> frozenset[str]:
    """The plugins that may be on at all: nothing they need is refused, nor anything needed by what they require."""
    found: set[str] = set()
    for name, plugin in registry.plugins.items():  # in plugin order, so what one requires was decided before it
        if not refusals(plugin, profile) and found.issuperset(plugin.manifest.requires):
            found.add(name)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Allowed:
    """Answers whether a sensitive kind is allowed to the plugin that runs at the moment; the core is asked for itself.

    Who asks for a kind that its manifest does not declare is told no, and it is counted against it.
    """

    registry: Registry = field(repr=False)
    profile: Profile

    def __call__(self, kind: Sensitive, /) -> bool:
        return self.to(current_plugin.get(), kind)

    def to(self, name: str, kind: Sensitive) -> bool:
        """The same for the plugin of this name."""
        plugin = self.registry.plugins.get(name)
        if plugin is not None and kind not in {use.kind for use in plugin.manifest.sensitive}:
            self.registry.dispatch.health.blame("sensitive", name, problem("plugins.W140", name, sensitive=kind))
            return False
        return self.profile.allows(kind)

    def marked(self, name: str, mark: Sensitive | None) -> bool:
        """Whether something that a plugin brings may be there with this mark; what has none always may."""
        return mark is None or self.to(name, mark)
