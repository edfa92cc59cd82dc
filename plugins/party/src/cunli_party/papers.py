"""Forms of the plugin: which fields one has, how it is read, sent once, and shown again with what is wrong. Drawn by one template."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal

from starlette.exceptions import HTTPException
from starlette.responses import Response

from cunli import Form, Visit
from cunli import gettext as _

Given = Mapping[str, Any]
STAMP = "was"
LAST_YEAR = 2100
ZONE = dt.timezone(dt.timedelta(hours=8))


class Wrong(Exception):
    """Something given cannot be: `args` are the field and what is wrong, with the way out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form."""

    name: str
    label: Any
    kind: Literal["line", "words", "choice", "pick", "number", "date", "moment", "flag", "file"] = "line"
    choices: Sequence[tuple[Any, ...]] = ()
    hint: Any = ""
    required: bool = True
    most: int = 200
    least: int = 0
    value: Any = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """A form as a page."""

    title: Any
    fields: Sequence[Field]
    go: Any
    back: str
    about: Any = ""
    note: Any = ""
    tab: str = "services"
    changes: bool = False
    """Whether it changes something that is there: then two who open it at once do not overwrite each other unseen."""

    @property
    def files(self) -> bool:
        """Whether files can be sent with it. Its page takes them before `answer`, which only draws the field."""
        return any(one.kind == "file" for one in self.fields)

    @property
    def stamp(self) -> str:
        """What the fields were filled with, as a number: another one once somebody has changed them."""
        said = "\x1f".join(f"{one.name}={one.value}" for one in self.fields)
        return hashlib.sha256(said.encode()).hexdigest()[:16]


def missing() -> HTTPException:
    """What is not there and what may not be seen answer alike."""
    return HTTPException(404)


def read(form: Form, fields: Sequence[Field]) -> dict[str, Any]:
    """What was given. What is wrong stands in the form."""
    return {one.name: _read(form, one) for one in fields if one.kind != "file"}


def _read(form: Form, one: Field) -> Any:
    if one.kind in ("choice", "pick"):
        keys = [str(choice[0]) for choice in one.choices]
        return form.choice(one.name, one.label, keys, required=one.required and "" not in keys)
    if one.kind == "number":
        return form.integer(one.name, one.label, minimum=one.least, maximum=one.most, required=one.required)
    if one.kind == "date":
        return _day(form, one)
    if one.kind == "moment":
        return _moment(form, one)
    if one.kind == "flag":
        return form.flag(one.name)
    return form.text(
        one.name,
        one.label,
        required=one.required,
        max_length=one.most,
        min_length=one.least,
        multiline=one.kind == "words",
    )


def _day(form: Form, one: Field) -> dt.date | None:
    """A day that months can be added to."""
    day = form.date(one.name, one.label, required=one.required)
    if day is not None and day.year > LAST_YEAR:
        form.error(one.name, _("“%(label)s”的日子不对，请再看看", label=one.label))
        return None
    return day


def _moment(form: Form, one: Field) -> dt.datetime | None:
    """A day and a time of day, as a browser sends them or as people type them."""
    typed = form.text(one.name, one.label, required=one.required, max_length=25)
    if not typed:
        return None
    try:
        moment = dt.datetime.fromisoformat(typed.replace(" ", "T"))
    except ValueError:
        form.error(one.name, _("“%(label)s”写成 2026-10-18 09:30 这样", label=one.label))
        return None
    if not 1990 <= moment.year <= LAST_YEAR:
        form.error(one.name, _("“%(label)s”的日子不对，请再看看", label=one.label))
        return None
    return moment.replace(tzinfo=ZONE) if moment.tzinfo is None else moment


def typed(moment: dt.datetime | None) -> str:
    """A moment as its field wants it."""
    return moment.astimezone(ZONE).strftime("%Y-%m-%dT%H:%M") if moment else ""


async def answer(
    visit: Visit, paper: Paper, act: Callable[[Given], Awaitable[str]], *, toast: Any = "", form: Form | None = None
) -> Response:
    """The page of a form: shows it, or reads what was sent and carries it out once. `act` gives the address to go to."""
    if visit.request.method in ("GET", "HEAD"):
        return await show(visit, paper, Form.blank(**{one.name: one.value for one in paper.fields}))
    sent = form if form is not None else await visit.form()
    given = read(sent, paper.fields)
    if not sent:
        return await show(visit, paper, sent, status=422)

    async def once() -> str:
        if paper.changes and sent.raw(STAMP) != paper.stamp:
            raise Wrong("", _("你打开这一页以后有人改过。下面是你写的；再存一次，就照你写的存。"))
        return await act(given)

    try:
        return visit.redirect(await sent.once(once), toast=toast)
    except Wrong as wrong:
        sent.error(str(wrong.args[0]), wrong.args[1])
        return await show(visit, paper, sent, status=422)


async def carry_out(
    visit: Visit, form: Form, act: Callable[[], Awaitable[str]], back: str, *, toast: Any = ""
) -> Response:
    """Do once what a button asks for, and go to where `act` says; where it cannot be done, `back`, with the reason."""
    try:
        return visit.redirect(await form.once(act), toast=toast)
    except Wrong as wrong:
        return visit.redirect(back, toast=wrong.args[1])


async def show(visit: Visit, paper: Paper, form: Form, *, status: int = 200) -> Response:
    return await visit.render("party/form.html", {"paper": paper, "form": form}, status=status)


def asked(visit: Visit, most: int = 40) -> str:
    """The words that a list is searched for, not too long."""
    return visit.query.get("q", "").strip()[:most]


def start_of(visit: Visit, name: str = "after") -> int:
    """Where a list goes on: the number in the address, 0 for anything else."""
    asked = visit.query.get(name, "")
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0


_told: ContextVar[dt.datetime | None] = ContextVar("cunli_party_moment", default=None)


def number_of(visit: Visit, name: str) -> int:
    """A number in the path, 0 for anything else."""
    asked = visit.path_params[name]
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 10 else 0


def now() -> dt.datetime:
    return _told.get() or dt.datetime.now(dt.UTC)


@contextmanager
def as_of(moment: dt.datetime) -> Iterator[None]:
    """Everything inside happens at this moment: the demo tells of months that went by."""
    token = _told.set(moment)
    try:
        yield
    finally:
        _told.reset(token)


def today() -> dt.date:
    """The day in the village, not in UTC."""
    return now().astimezone(ZONE).date()
