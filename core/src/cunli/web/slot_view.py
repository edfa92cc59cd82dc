"""In development, `?slots=1` shows on any village page which slots it has, who was asked, and what came of it.

Exists only with `dev = true`: elsewhere nothing is watched, and the address parameter means nothing.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Final, Literal

from jinja2 import nodes
from markupsafe import Markup
from starlette.responses import Response

from cunli.dispatch import timings
from cunli.hooks import SlotContext
from cunli.web.slot_names import SLOTS
from cunli.web.wanted import templates_of

if TYPE_CHECKING:
    from cunli.registry import Registry
    from cunli.trips import Call
    from cunli.web.render import LocaleEnvironment
    from cunli.web.visit import Visit

Filled = dict[tuple[str, int | None], Markup]
Outcome = Literal["filled", "nothing", "failed", "resting"]
STYLES: Final = "dev/slots.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One plugin asked about one slot. `pieces`: for how many subjects it gave something; `ms` as of this page."""

    plugin: str
    outcome: Outcome
    pieces: int
    ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSeen:
    """One slot of the page. `late`: nobody was asked, because other slots had used up the page's time."""

    name: str
    about: str
    subjects: int
    asked: tuple[Asked, ...] = ()
    late: bool = False


@dataclass(slots=True)
class SlotView:
    """What was watched while one page was made."""

    registry: Registry
    slots: list[SlotSeen] = field(default_factory=list)
    template: str = ""

    async def watch(self, ctx: SlotContext, asked: Sequence[Call], fill: Callable[[], Awaitable[Filled]]) -> Filled:
        """Fill one slot, note what came of it, and draw a line around it."""
        health, outer = self.registry.dispatch.health, timings.get()
        resting = {call.plugin for call in asked if not health.awake(call.plugin, "slot_fragments")}
        taken: list[tuple[str, str, float]] = []
        token = timings.set(taken)
        try:
            filled = await fill()
        finally:
            timings.reset(token)
            if outer is not None:
                outer += taken
        seen = tuple(_asked(call.plugin, ctx.slot, filled, taken, resting) for call in asked)
        self._note(ctx, seen)
        return _outlined(ctx, filled)

    def skipped(self, ctx: SlotContext) -> Filled:
        """The page's time was over before this slot."""
        self._note(ctx, (), late=True)
        return _outlined(ctx, {})

    def _note(self, ctx: SlotContext, asked: tuple[Asked, ...], *, late: bool = False) -> None:
        about = str(SLOTS.get(ctx.slot, ""))
        self.slots.append(SlotSeen(name=ctx.slot, about=about, subjects=len(ctx.subjects), asked=asked, late=late))


def _asked(plugin: str, slot: str, filled: Filled, taken: Sequence[tuple[str, str, float]], resting: set[str]) -> Asked:
    mark = f'data-plugin="{plugin}"'
    own = [text for key, text in filled.items() if key[0] == slot]
    pieces = sum(mark in text for text in own)
    gap = f"<!-- {slot}: {plugin} -->"
    failed = any(gap in text for text in own)
    outcome: Outcome = "resting" if plugin in resting else "failed" if failed else "filled" if pieces else "nothing"
    ms = sum(seconds for name, _, seconds in taken if name == plugin) * 1000
    return Asked(plugin=plugin, outcome=outcome, pieces=pieces, ms=ms)


def _outlined(ctx: SlotContext, filled: Filled) -> Filled:
    subjects: tuple[int | None, ...] = ctx.subjects or (None,)
    found = dict(filled)
    for subject in subjects:
        name = ctx.slot if subject is None else f"{ctx.slot} #{subject}"
        inside = filled.get((ctx.slot, subject), Markup(""))
        found[ctx.slot, subject] = Markup('<div class="dev-slot" data-slot="{}"><code>{}</code>{}</div>').format(
            ctx.slot, name, inside
        )
    return found


current: ContextVar[SlotView | None] = ContextVar("cunli_slot_view", default=None)


def is_asked(visit: Visit) -> bool:
    """Whether this is development and the address asks to see the slots."""
    return visit.settings.dev and visit.village is not None and visit.query.get("slots") == "1"


@contextmanager
def watching(visit: Visit) -> Iterator[SlotView]:
    """Watch what fills the slots of this page."""
    view = SlotView(visit.site.registry)
    token = current.set(view)
    try:
        yield view
    finally:
        current.reset(token)


def show(visit: Visit, view: SlotView, response: Response) -> None:
    """Put what was watched below the page, and its style into the head."""
    if response.status_code != 200 or not response.headers.get("content-type", "").startswith("text/html"):
        return
    env = visit.themed.templates.environment(visit.locale)
    labels = {name: str(plugin.manifest.label) for name, plugin in view.registry.plugins.items()}
    context = {"slots": view.slots, "labels": labels, "files": files_of(env, view.template)}
    panel = visit.themed.templates.render("dev/slots.html", {"visit": visit, **context})
    style = f'<link rel="stylesheet" href="{visit.themed.static.url(STYLES)}">'
    put_into(response, head=style, body=panel)


def put_into(response: Response, *, head: str = "", body: str = "") -> None:
    """Add to a finished page, which is then nobody's to keep."""
    text = bytes(response.body).decode()
    text = text.replace("</head>", f"{head}</head>", 1)
    before, end, after = text.rpartition("</body>")
    response.body = f"{before}{body}{end}{after}".encode()
    response.headers["content-length"] = str(len(response.body))
    response.headers["cache-control"] = "no-store"
    if "etag" in response.headers:
        del response.headers["etag"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFile:
    """A template of the page: where it comes from, and the blocks that a theme may override."""

    name: str
    package: str
    blocks: tuple[str, ...]


def files_of(env: LocaleEnvironment, template: str) -> list[TemplateFile]:
    """The template of a page with its parents and includes."""
    return [_file(env, name) for name in templates_of(env, template)] if template else []


def _file(env: LocaleEnvironment, name: str) -> TemplateFile:
    assert env.loader is not None, "environments of the site have one"
    source, path, _ = env.loader.get_source(env, name)
    blocks = tuple(block.name for block in env.parse(source, name).find_all(nodes.Block))
    package = next((part for part in PurePath(path or "").parts[::-1] if part.startswith("cunli")), "")
    return TemplateFile(name=name, package=package, blocks=blocks)
