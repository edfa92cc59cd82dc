"""Every problem with plugins by its id: what happened and what to do about it. The reference page is made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One thing that can be wrong. `text` and `hint` have `{placeholders}` for the facts of a case."""

    id: str
    text: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One case of a kind: which plugin, and what exactly. A problem never stops the site."""

    id: str
    plugin: str
    text: str
    hint: str

    def __str__(self) -> str:
        return f"{self.id} {self.plugin}: {self.text}"


_KINDS = (
    Kind(
        id="plugins.E001",
        text="two distributions call themselves “{plugin}”: {distributions}",
        hint="Uninstall one of them. Neither is loaded until then.",
    ),
    Kind(
        id="plugins.E002",
        text="{distribution} needs {requirement}, and this is Cunli {version}",
        hint="Install a version of {distribution} that fits, or change the version of Cunli.",
    ),
    Kind(
        id="plugins.E003",
        text="listed in the settings and not installed",
        hint="Install it, or take it out of `plugins`. Installed: {installed}.",
    ),
    Kind(id="plugins.E004", text="importing it failed: {error}", hint="Report this to the plugin's authors: {tracker}"),
    Kind(
        id="plugins.E005",
        text="its entry point is {found}, not a cunli.Plugin with a Manifest",
        hint="The entry point must name an instance of a subclass of cunli.Plugin whose `manifest` is a cunli.Manifest.",
    ),
    Kind(
        id="plugins.E006",
        text="{name}() has the name of a hook and is not marked as one",
        hint="Put @hookimpl above it, or give it another name.",
    ),
    Kind(id="plugins.E007", text="{name}() is marked as a hook, and there is no such hook", hint="Hooks are: {known}."),
    Kind(id="plugins.E008", text="{name}() must be written with `{colour}`", hint="Write `{colour} {name}(self, …)`."),
    Kind(
        id="plugins.E009",
        text="it requires “{requirement}”, which is not running",
        hint="Add “{requirement}” to `plugins` in the settings, or look at that plugin's own problem.",
    ),
    Kind(
        id="plugins.E010",
        text="it requires itself in a circle: {circle}",
        hint="One of them must do without the others.",
    ),
    Kind(
        id="plugins.E011",
        text="{name}() asks for {options}, which plugins may not",
        hint="Plugins run in the order of `requires` and `after`; use plain @hookimpl.",
    ),
    Kind(
        id="plugins.E012",
        text="its templates folder holds “{found}”; only “{plugin}/” belongs there",
        hint="Move the templates into templates/{plugin}/. Changing other templates is what themes are for.",
    ),
    Kind(
        id="plugins.E013",
        text="table “{table}” does not begin with “{plugin}_”",
        hint='Set `table = "{plugin}_…"` in the Meta of {model}.',
    ),
    Kind(
        id="plugins.E014",
        text="model {model} does not say whose rows it holds",
        hint='Derive it from cunli.VillageModel, or write `scope = "county"` in its body.',
    ),
    Kind(
        id="plugins.E015",
        text="{name}() failed while the plugin was loaded: {error}",
        hint="Report this to the plugin's authors: {tracker}",
    ),
    Kind(
        id="plugins.E016",
        text="{what} “{name}” does not begin with “{plugin}.”",
        hint="Names of tasks, subscriptions and capabilities begin with the plugin's own id.",
    ),
    Kind(
        id="plugins.E017",
        text="“{plugin}” cannot be the id of a plugin",
        hint="Ids are lower-case letters, digits and underscores, begin with a letter, and are not taken by the core.",
    ),
    Kind(
        id="plugins.E018",
        text="{name}() does not take the arguments of that hook",
        hint="Its definition is {name}{signature}.",
    ),
    Kind(
        id="plugins.E019",
        text="two {what} are called “{name}”",
        hint="Names and paths are used once within a plugin.",
    ),
    Kind(
        id="plugins.E020",
        text="page “{path}” is for holders of “{capability}”, which nobody declared",
        hint="Declare it in the manifest, or require the plugin that does.",
    ),
    Kind(
        id="plugins.E021",
        text="it granted “{capability}”, which is not its own",
        hint="A plugin grants only what its manifest declares. Nothing was granted.",
    ),
    Kind(
        id="plugins.E030",
        text="{count} of its migrations are waiting: {names}",
        hint="Run: cunli migrate",
    ),
    Kind(
        id="plugins.W101",
        text="{hook} raised {error}",
        hint="Others went on without it. Report this to the plugin's authors.",
    ),
    Kind(
        id="plugins.W102",
        text="{hook} took longer than {deadline:g} s and was left to finish by itself",
        hint="Others went on without it. Report this to the plugin's authors.",
    ),
    Kind(
        id="plugins.W103",
        text="{hook} gave back something of the wrong kind: {error}",
        hint="Others went on without it. Report this to the plugin's authors.",
    ),
    Kind(
        id="plugins.W104",
        text="{hook} failed {failures} times within a minute and is not asked for five minutes",
        hint="It is tried again by itself. Switch the plugin off if it keeps failing.",
    ),
    Kind(
        id="plugins.W105",
        text="it does not run here, though it is switched on (villages: {villages}) or required (regions: {regions})",
        hint="Install it and add it to `plugins` in the settings, or take the switches back with `cunli plugin disable`"
        " and `cunli plugin rule`. Nothing of it was deleted.",
    ),
)

KINDS: Mapping[str, Kind] = {kind.id: kind for kind in _KINDS}


def problem(kind: str, plugin: str, **facts: object) -> Problem:
    """One case. `facts` fill the placeholders; a missing one is a mistake of ours and raises `KeyError`."""
    known = KINDS[kind]
    facts["plugin"] = plugin
    return Problem(id=kind, plugin=plugin, text=known.text.format(**facts), hint=known.hint.format(**facts))
