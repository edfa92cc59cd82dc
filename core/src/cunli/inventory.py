"""What can be said of the plugins of a deployment: for the commands and for the console, which look at it in their own ways."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cunli import deprecation, lifecycle
from cunli.compliance import deciding
from cunli.compliance.profiles import Profile
from cunli.compliance.words import ENGLISH, WORDS
from cunli.enabling import Switched
from cunli.problems import Problem, problem
from cunli.registry import Discovery, Installed, Registry
from cunli.settings import Settings

State = Literal["running", "off", "refused", "missing", "held back"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Everything that can be said of the plugins of this deployment.

    `switched` and `on_in` are missing when the database cannot be read; what else it knows then is empty. `unloaded` have
    tables in it and do not run; `untold` could not be told that a village has switched them off; `duties` are those that
    have not erased what they hold about people, and what plugins found wrong with themselves.
    """

    settings: Settings
    found: Discovery
    registry: Registry
    problems: tuple[Problem, ...]
    switched: Mapping[str, Switched] | None = None
    on_in: Mapping[str, int] | None = None
    waiting: tuple[str, ...] = ()
    unused: tuple[Problem, ...] = ()  # values that are stored for settings and count nowhere
    unloaded: tuple[str, ...] = ()
    untold: tuple[lifecycle.Untold, ...] = ()
    outdated: tuple[Problem, ...] = ()  # uses of what is deprecated, that processes have met and written down
    duties: tuple[Problem, ...] = ()
    unreadable: str = ""
    profiles: tuple[Profile, ...] = ()  # compliance profiles in force somewhere here

    def ids(self) -> list[str]:
        """Every plugin that is installed, in the settings, or in the database."""
        installed = {one.id for one in self.found.described}
        return sorted({*installed, *self.settings.plugins, *(self.switched or {}), *self.unloaded})

    def installed(self, name: str) -> Installed | None:
        """How the package of a plugin describes it; the first of several that claim the name."""
        return next((one for one in self.found.described if one.id == name), None)

    def state(self, name: str) -> State:
        if name in self.registry.running:
            return "running"
        if self.installed(name) is None:
            return "missing"
        if any(p.plugin == name for p in self.problems):
            return "refused"
        return "held back" if name in self.settings.plugins and self.settings.safe else "off"

    def findings(self) -> list[Problem]:
        """Everything that is wrong: with plugins themselves, with their tables, with what was switched on."""
        found = [*self.problems, *self._waiting(), *self.unused, *self.duties]
        for name, said in (self.switched or {}).items():
            if (said.on or said.required) and self.state(name) in ("off", "missing"):
                found.append(problem("plugins.W105", name, villages=said.on, regions=said.required))
        found += self._against_profile()
        found += [problem("plugins.W107", name) for name in self.unloaded if not self.settings.safe]
        found += [_untold(one) for one in self.untold]
        found += [one for one in dict.fromkeys((*deprecation.findings(), *self.outdated)) if self.of_now(one)]
        return sorted(found, key=lambda one: (one.plugin, one.id))

    def of_now(self, found: Problem) -> bool:
        """Whether it is about the version of the plugin that runs here: another one may have mended it."""
        installed = self.installed(found.plugin)
        running = found.plugin in self.registry.running
        return running and installed is not None and ("version", installed.version) in found.facts

    def _against_profile(self) -> Iterable[Problem]:
        for profile, (name, plugin) in itertools.product(self.profiles, self.registry.plugins.items()):
            for use, rule in deciding.refusals(plugin, profile):
                facts = {"sensitive": ENGLISH[use.kind], "sensitive_zh": WORDS[use.kind], "profile": profile.id}
                yield problem("plugins.W141", name, **facts, quoted=rule.quoted("en"), quoted_zh=rule.quoted("zh"))

    def _waiting(self) -> Iterable[Problem]:
        for name in self.registry.apps():
            own = [m for m in self.waiting if m.partition(".")[0] == name]
            if own:
                yield problem("plugins.E030", name, count=len(own), names=", ".join(own))


def _untold(one: lifecycle.Untold) -> Problem:
    way_out = f"cunli worker --retry {one.job_id}" if one.dead else "wait, it is tried again by itself"
    facts = {"village": one.village, "attempts": one.attempts, "error": one.error, "way_out": way_out}
    return problem("plugins.W108", one.plugin, **facts)
