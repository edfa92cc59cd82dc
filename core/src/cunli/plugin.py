"""What a plugin is made of: its manifest and the small typed things its hooks give back. No logic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from cunli.compliance.kinds import Sensitive, SensitiveUse
from cunli.doors.declared import Act, MessageKind
from cunli.hooks import HookSpecs
from cunli.jobs.events import Event, Subscription
from cunli.jobs.tasks import Task, TaskContext
from cunli.moderation import Verdict
from cunli.plugin_answers import CheckContext, Finding, SearchContext, SearchHit
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.plugin_setting import Setting
from cunli.trust.policy import Capability
from cunli.web.i18n import LazyText
from cunli.web.pages import Page

__all__ = [
    "Act",
    "Capability",
    "CheckContext",
    "DataContext",
    "ErasureReport",
    "Event",
    "ExportFile",
    "FeedKind",
    "Finding",
    "Fragment",
    "Kept",
    "Manifest",
    "MenuItem",
    "MessageKind",
    "Page",
    "Plugin",
    "Refusal",
    "SearchContext",
    "SearchHit",
    "Sensitive",
    "SensitiveUse",
    "Setting",
    "Subscription",
    "Task",
    "TaskContext",
    "Text",
    "Verdict",
]

Text = str | LazyText
Hue = Literal["seal", "field", "gold", "tea"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a plugin says about itself. Version, licence and compatibility stand in its package metadata only.

    `requires` must run and come first; `after` come first if they run. `capabilities` are named `<id>.…`, and so
    are the keys of `settings`. `models` and `migrations` name modules of the plugin, such as "cunli_sample.models".
    `messages` are what it tells people in their inbox, and `acts` what it writes down about officials, named alike.
    `sensitive` declares what laws and documents say something about; what is not declared there is not allowed.
    `personal_data` says whether it keeps anything about people, in its tables or files; if so, it exports and erases it.
    """

    label: Text
    summary: Text
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    settings: tuple[Setting[Any], ...] = ()
    sensitive: tuple[SensitiveUse, ...] = ()
    messages: tuple[MessageKind, ...] = ()
    acts: tuple[Act, ...] = ()
    models: str | None = None
    migrations: str | None = None
    personal_data: Literal["none", "own tables"] = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuItem:
    """A door of the village, shown among its services and in the desk's rail. Two to four characters fit.

    `icon` is a name of the icon set and `hue` one of seal, field, gold, tea. `column` says what it is for: the county shows
    doors in the columns of 四为 (为党建, 为服务, 为治理, 为产业) or of 五务 (党务, 政务, 村务, 商务, 服务), and "government" and "village"
    are one column, 为治理, in the first. Whoever lacks the capability `needs` does
    not see the door; plugins never check. Nor does anybody while the county's profile does not allow its `sensitive` kind.
    """

    label: Text
    url: str
    icon: str = "layout-grid"
    hue: str = ""
    needs: str = ""
    sensitive: Sensitive | None = None
    column: Literal["party", "government", "village", "commerce", "service"] = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fragment:
    """A piece of a page for a slot: `text`, or a `template` with its `context`, or a `lazy` address with its `label`.

    Text is escaped unless it is `Markup`. The template is one of the plugin's own. A lazy piece is a plain link that
    htmx replaces with what its address answers, so slow work stays out of the page. One marked `sensitive` is left out
    while the county's profile does not allow that kind.
    """

    text: Text = ""
    template: str = ""
    context: Mapping[str, object] = field(default_factory=dict)
    lazy: str = ""
    label: Text = ""
    sensitive: Sensitive | None = None

    def __post_init__(self) -> None:
        if (str(self.text) != "") + (self.template != "") + (self.lazy != "") != 1:
            raise ValueError("a fragment is either text, or a template, or lazy")
        if self.lazy and not str(self.label):
            raise ValueError("a lazy fragment needs a label: without JavaScript it is a link")


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedKind:
    """A kind of entry in the feed beside posts and notices. `id` is "<plugin>.<kind>", at most 32 characters.

    Its card carries the `label` in its `hue`, with an `icon` of the icon set. `template`, one of the plugin's own, is drawn
    below the words of the entry with the variables `entry`, `data` (what the plugin gave with it) and `whole` (on the entry's
    own page, not on a card); it is drawn once for all readers and kept, so it must not depend on who looks. `publish` names
    one of the plugin's capabilities that an author must hold; without it, the plugin's own pages decide alone.
    """

    id: str
    label: Text
    hue: Hue = "gold"
    icon: str = ""
    template: str = ""
    publish: str = ""

    @property
    def plugin(self) -> str:
        """The id of the plugin it belongs to."""
        return self.id.partition(".")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a plugin may not be switched on in a village, in a sentence for the official, with the way out."""

    reason: Text

    def __post_init__(self) -> None:
        if not str(self.reason).strip():
            raise ValueError("a refusal says why")


class Plugin(HookSpecs):
    """The base of every plugin. Override hooks and mark them with @hookimpl; the type checker compares them.

    The entry point in the group `cunli.plugins` names an instance, and its name is the plugin's id:

        [project.entry-points."cunli.plugins"]
        sample = "cunli_sample:plugin"
    """

    manifest: ClassVar[Manifest]
