"""The hooks: everything a plugin may implement, one context object each. A hook without a user in the tree does not exist."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pluggy

from cunli.compliance.kinds import AskAllowed, Sensitive, nothing_sensitive
from cunli.plugin_answers import CheckContext, Finding, SearchContext, SearchHit
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.plugin_setting import ReadSetting, Setting, only_defaults

if TYPE_CHECKING:
    from datetime import datetime

    import click

    from cunli.plugin import FeedKind, Fragment, MenuItem, Page, Refusal, Subscription, Task, Verdict

T = TypeVar("T")
PROJECT: Final = "cunli"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageContext:
    """The page being made: which village, for whom. `may` answers for this person in this village.

    `setting` gives the value of a setting in this village, and `allows` says whether the county's profile lets the plugin
    do a sensitive kind; both without I/O: plain hooks may ask them too.
    """

    village_id: int
    """The village; its rows are in scope."""
    village_url: str
    """Its address without a slash at the end, such as `/v/heping`."""
    person_id: int | None
    """Who reads the page; `None` for somebody who is not signed in."""
    verified: bool
    """Whether that person is a verified villager here."""
    locale: str
    """The language of the page: `zh_Hans`, `zh_Hant` or `en`."""
    may: Callable[[str], bool]
    """Whether that person may do this here: `ctx.may("demo.notice.publish")`."""
    setting: ReadSetting = field(default=only_defaults, repr=False)
    """The value of a setting in this village."""
    allows: AskAllowed = field(default=nothing_sensitive, repr=False)
    """Whether something sensitive that the manifest declares is allowed here: see compliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotContext:
    """One slot of the page being made. `subjects` are the ids of all its things (posts, say), or empty for the page's own."""

    slot: str
    """The name of the slot, such as `village.sidebar`."""
    page: PageContext
    """The page that has the slot."""
    subjects: tuple[int, ...] = ()
    """The ids of what the slot stands beside, all at once; empty where it stands on the page once."""

    def setting(self, which: Setting[T], /) -> T:
        """The value of a setting in the village of this page."""
        return self.page.setting(which)

    def allows(self, kind: Sensitive, /) -> bool:
        """Whether the county's profile lets the plugin do a sensitive kind."""
        return self.page.allows(kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantContext:
    """A person in a village whose permissions are about to be asked for."""

    person_id: int
    """Who is about to do something."""
    village_id: int
    """The village; its rows are in scope."""
    verified: bool
    """Whether that person is a verified villager here."""
    setting: ReadSetting = field(default=only_defaults, repr=False)
    """The value of a setting in this village."""
    allows: AskAllowed = field(default=nothing_sensitive, repr=False)
    """Whether something sensitive that the manifest declares is allowed here: see compliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageContext:
    """A village that switches the plugin on or off. Its rows are in scope."""

    village_id: int
    """The village; its rows are in scope."""
    village_name: str
    """What the village is called, such as 禾坪村."""
    village_url: str
    """Its address without a slash at the end, such as `/v/heping`."""
    allows: AskAllowed = field(default=nothing_sensitive, repr=False)
    """Whether something sensitive that the manifest declares is allowed here: see compliance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedContext:
    """A stretch of a village's feed that is about to be shown."""

    page: PageContext
    """The page that shows it."""
    tab: str
    """Which tab of the feed."""
    older: bool
    """Whether something newer stands before it."""

    def setting(self, which: Setting[T], /) -> T:
        """The value of a setting in the village of this page."""
        return self.page.setting(which)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedEntry:
    """One entry of that stretch."""

    id: int
    """The id of the post, as in the subjects of `post.card`."""
    key: str
    """What stands in its address."""
    kind: str
    """`post`, `notice` or `<plugin>.<kind>`."""
    author_id: int
    """Who wrote it."""
    village_id: int
    """Where it was written; a township's or county's entry may come from another village."""
    created_at: datetime
    """When, in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostContext:
    """Something that somebody wants to publish in a village, or to change."""

    village_id: int
    """The village; its rows are in scope."""
    author_id: int
    """Who wants to publish it."""
    kind: str
    """`post`, `notice`, `comment` or `<plugin>.<kind>`."""
    title: str
    """The title; empty where the kind has none."""
    body: str
    """The words."""
    place: str = ""
    """The place that was typed, if any."""
    audience: str = "village"
    """`village`, `township`, `county` or `public`."""
    photos: int = 0
    """How many photos there are."""
    post_id: int = 0
    """The post that is changed or commented on, else 0."""
    data: Mapping[str, Any] = field(default_factory=dict)
    """What the plugin of the kind gave with an entry."""
    setting: ReadSetting = field(default=only_defaults, repr=False)
    """The value of a setting in this village."""
    allows: AskAllowed = field(default=nothing_sensitive, repr=False)
    """Whether something sensitive that the manifest declares is allowed here: see compliance."""


class HookSpecs:
    """Subclassed by `Plugin`, so that a type checker compares every override with its definition.

    `def` hooks may do no I/O; `async def` hooks may use the database, never the network. All are called in plugin
    order, each plugin on its own: one that raises, hangs or gives back rubbish is left out and counted.
    """

    # -- once, when the plugin is loaded; a failure makes this plugin invalid and no other ---------------------------

    @hookspec
    def pages(self) -> Iterable[Page]:
        """The plugin's pages. Village pages live under `/v/<village>/<id>/…`, county pages under `/<id>/…`."""
        return ()

    @hookspec
    def feed_kinds(self) -> Iterable[FeedKind]:
        """The plugin's own kinds of entry in the feed; see `publish_entry`. Shown only where the plugin is on."""
        return ()

    @hookspec
    def tasks(self) -> Iterable[Task]:
        """Work outside requests, with or without a schedule. Runs for a village only where the plugin is on."""
        return ()

    @hookspec
    def subscriptions(self) -> Iterable[Subscription[Any]]:
        """Events the plugin wants to hear of, after the commit and at least once."""
        return ()

    # -- when a village switches the plugin on or off ----------------------------------------------------------------

    @hookspec
    async def village_enabling(self, ctx: VillageContext) -> Refusal | None:
        """Whether the plugin may be switched on in this village; a `Refusal` says why not, to the official who tries.

        A question, asked before anything is switched: write nothing here, for the switch may still not come about.
        Not asked where a region above requires the plugin.
        """
        return None

    @hookspec
    async def village_disabled(self, ctx: VillageContext) -> None:
        """The village has switched the plugin off. Its rows stay: enabling it again must show the same.

        Called by a job, at least once and tried again when it fails; not where the plugin is on again by then, nor
        where it no longer runs at all.
        """

    # -- for every page ----------------------------------------------------------------------------------------------

    @hookspec
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        """Links for the village's menu. Omitted when it fails."""
        return ()

    @hookspec
    async def slot_fragments(self, ctx: SlotContext) -> Mapping[int | None, Sequence[Fragment]]:
        """Pieces for one slot, by subject id; `None` is the page itself. Called once for each slot the page has.

        Asked for all subjects at once, so that the number of queries does not depend on how many there are.
        """
        return {}

    @hookspec
    async def grants(self, ctx: GrantContext) -> frozenset[str]:
        """The plugin's own capabilities that this person has here beyond the roles' defaults. Nothing when it fails."""
        return frozenset()

    # -- for every feed, one plugin after the other ------------------------------------------------------------------

    @hookspec
    async def filter_feed(self, ctx: FeedContext, items: tuple[FeedEntry, ...]) -> tuple[FeedEntry, ...]:
        """The entries of a stretch as they are to be shown: some first, some left out, none invented.

        Called once for each page, with what the plugins before made of it. A notice that the village has put on top
        stays there and is not among them.
        """
        return items

    # -- before something is published -------------------------------------------------------------------------------

    @hookspec
    async def review_post(self, ctx: PostContext) -> Verdict | None:
        """Whether this may be published: `Verdict.allow()` or `None`, `Verdict.hold(reason)`, `Verdict.refuse(reason)`.

        Asked of every plugin that is on in the village, before anything is written; the strictest verdict counts. A
        question: write nothing here.
        """
        return None

    # -- duties: required of a plugin that keeps anything about people -----------------------------------------------

    @hookspec
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        """Everything the plugin holds about a person, of all villages; nothing about anybody else.

        Asked by a job when the person wants their data, wherever the plugin is on or off.
        """
        return ()

    @hookspec
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        """Erase what the plugin holds about a person, or take the person out of it, and say what is kept and why.

        Asked by a job when an account is closed, and again until it answers: the second time must do no harm.
        """
        return ErasureReport()

    # -- answers to people and operators -----------------------------------------------------------------------------

    @hookspec
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        """What the plugin has in this village that fits the words and that this person may see, the best first.

        All plugins are asked at once. A hit leads to a page of the plugin in the same village, or it is no hit.
        """
        return ()

    @hookspec
    def commands(self) -> Iterable[click.Command]:
        """Commands for the server, run as `cunli plugin run <id> <name>`.

        Asked once, when the plugin is loaded. A callback written with `async def` runs with the database open. One that is called
        `demo` and takes nothing shows the plugin in the demo county: `cunli demo` switches the plugin on in its villages and runs
        it once in each.
        """
        return ()

    @hookspec
    async def checks(self, ctx: CheckContext) -> Iterable[Finding]:
        """What the plugin finds wrong with itself here: for `cunli plugin doctor` and its page of the console."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRule:
    """How long a hook may take, in seconds, and what happens when it fails or takes longer."""

    deadline: float
    otherwise: str = "The page goes on without it"


LOADING: Final = 60.0  # a machine that is slow at the start is no reason to leave a plugin out
RULES: Final[Mapping[str, HookRule]] = {
    "village_enabling": HookRule(deadline=10.0, otherwise="It counts as a refusal and nothing is switched"),
    "village_disabled": HookRule(deadline=60.0, otherwise="It is tried again, and after five times it is plugins.W108"),
    "menu_items": HookRule(deadline=0.1),
    "slot_fragments": HookRule(deadline=0.25),
    "grants": HookRule(deadline=0.25),
    "filter_feed": HookRule(deadline=0.25, otherwise="The entries stay as they were"),
    "review_post": HookRule(deadline=2.0, otherwise="What was written is held until an official has looked at it"),
    "export_data": HookRule(
        deadline=120.0, otherwise="The archive says that this part is missing, and it is tried again"
    ),
    "erase_data": HookRule(
        deadline=120.0, otherwise="The erasure is not complete, it is tried again, and until then it is plugins.W130"
    ),
    "search": HookRule(deadline=0.8, otherwise="A note says whose hits are missing"),
    "checks": HookRule(deadline=10.0, otherwise="That is said instead"),
}
ALL: Final = tuple(name for name in vars(HookSpecs) if not name.startswith("_"))
CONTEXTS: Final = (
    PageContext,
    SlotContext,
    GrantContext,
    VillageContext,
    FeedContext,
    PostContext,
    DataContext,
    SearchContext,
    CheckContext,
)
