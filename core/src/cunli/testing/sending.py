"""Fills in the forms of a plugin as people would, and as they would not, and sends them: with rubbish, and twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

from cunli.clock import today
from cunli.testing.cast import VILLAGER
from cunli.testing.evidence import PLANTED
from cunli.testing.noting import Notes
from cunli.testing.photos import photo_file
from cunli.testing.visitor import Filling, Opened
from cunli.web.pages import Page

WORDS: Final = f'<b class="{PLANTED}">栽</b>'
RUBBISH: Final = "字\x00\u202e" * 3000
DAY: Final = "2024-05-01"
TYPED: Final = {
    "number": "1",
    "tel": "13800138000",
    "email": "a@example.org",
    "url": "https://example.org/",
    "time": "10:00",
    "month": "2024-05",
    "week": "2024-W18",
    "color": "#aa3300",
    "range": "1",
}
SPOKEN: Final = {
    "numeric": "number",
    "decimal": "number",
    "tel": "tel",
    "email": "email",
    "url": "url",
}  # of `inputmode`
OTHERS: Final = ("", "", "1", "13800138000", VILLAGER)  # what a field that takes no such words may take, one by one
DATES: Final = "[type=date], [type=datetime-local]"
ODD_DAYS: Final = ("0001-01-01", "9999-12-31")  # days cannot be added on either side
NEVER: Final = ("submit", "button", "hidden", "checkbox", "radio", "file", "image")
MOST_BUTTONS: Final = 4  # with a name, of one form
Key = tuple[str, ...]  # a person, a page that takes a form, a button
TAKEN: Final = -1
MOST_TRIES: Final = 3  # of one role with one button of one form that takes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    """A button of a form; without a name it says nothing, and `to` is its own address."""

    name: str = ""
    value: str = ""
    to: str = ""


class Forms:
    """The forms of a plugin. `posts` are its pages that take one, by the pattern of their whole address."""

    def __init__(self, notes: Notes, posts: Mapping[re.Pattern[str], Page]) -> None:
        self.notes, self._posts = notes, posts
        self._tries: dict[Key, int] = {}  # or TAKEN
        self._answered: dict[tuple[str, str], int] = {}  # the best answer of each page

    async def all_on(self, role: str, opened: Opened) -> bool:
        """Send every form of a page that this person has not got through yet. Whether one was taken."""
        taken = False
        for form in self._of(role, opened):
            if 0 <= self._tries.get(form.key, 0) < MOST_TRIES:
                if "_form" not in Filling(opened, form.element).fields:
                    self.notes.note("no token", role, "POST", opened)
                taken |= self._settled(form, await form.all())
        return taken

    async def anew(self, role: str, opened: Opened) -> None:
        """Send those that were taken once more: what somebody has taken away since is there again for others."""
        for form in self._of(role, opened):
            if self._tries.get(form.key) == TAKEN:
                await form.properly()

    def unreached(self) -> Iterator[str]:
        """Pages that take a form, and took none on this walk."""
        for page in self._posts.values():
            best = self._answered.get((page.scope, page.path))
            if not page.outside and (best is None or 400 <= best < 500):
                why = f": what the walk filled in was answered with {best}" if best else ""
                yield f"POST {page.path}{' of the county' if page.scope == 'county' else ''}{why}"

    def _of(self, role: str, opened: Opened) -> Iterator[_Sending]:
        for element in opened.all("form") if opened.status == 200 else ():
            if element.get("method", "").lower() == "post":
                for press in _presses(element):
                    target = urlsplit(urljoin(opened.url, press.to or element.get("action") or opened.url)).path
                    page = next((page for pattern, page in self._posts.items() if pattern.fullmatch(target)), None)
                    if page is not None:
                        yield _Sending(self.notes, role, opened, element, press, page, target)

    def _settled(self, form: _Sending, status: int) -> bool:
        tries = self._tries.get(form.key, 0) + 1
        self._tries[form.key] = TAKEN if status < 400 else MOST_TRIES if status >= 500 else tries
        where = (form.page.scope, form.page.path)
        self._answered[where] = min(status, self._answered.get(where, status))
        return status < 400


@dataclass(frozen=True, slots=True)
class _Sending:
    """One person, one form, one button."""

    notes: Notes
    role: str
    opened: Opened
    element: HtmlElement
    press: _Press
    page: Page
    target: str

    @property
    def key(self) -> Key:
        return (self.role, self.page.scope, self.page.path, self.press.name, self.press.value)

    async def all(self) -> int:
        """With rubbish, with odd days, as it should be, and that once more. What it should be was answered with."""
        if _type(Filling(self.opened, self.element), self.element, RUBBISH, {}):  # otherwise there is nothing to be odd
            await self._odd(RUBBISH, {})
        for day in ODD_DAYS if self.element.cssselect(DATES) else ():
            await self._odd(WORDS, _days(day))
        sent, filling = await self.properly()
        if sent.status >= 500:
            return sent.status
        await self.notes.changed()
        await self._post(filling, "sent")
        if again := await self.notes.changed():
            self.notes.evidence.doubled += [f"{self.target} as {self.role} changed {what} again" for what in again]
        return sent.status

    async def _odd(self, words: str, typed: Mapping[str, str]) -> None:
        filling = Filling(self.opened, self.element)
        _type(filling, self.element, words, typed)
        await self._post(filling, "form")

    async def properly(self) -> tuple[Opened, Filling]:
        """A form says what it does not take: then all is ticked, other days are tried, and other words in the fields it names."""
        soon, before = _days(str(today() + timedelta(days=2))), _days(DAY)
        refused: set[str] = set()
        for number, other in enumerate(OTHERS):
            filling = Filling(self.opened, self.element)
            typed = before if number and number % 2 == 0 else soon
            _type(filling, self.element, WORDS, typed)
            _choose(filling, self.element, every=number > 0)
            if other:
                filling.fill(**dict.fromkeys(refused & {*filling.fields}, other))
            sent = await self._post(filling, "sent")
            if sent.status != 422:
                break
            refused = {control.get("name") for control in sent.all(":not([type=date])[aria-invalid=true]")}
        return sent, filling

    async def _post(self, filling: Filling, kind: str) -> Opened:
        button = (self.press.name, self.press.value) if self.press.name else None
        sent = await filling.send(button=button, to=self.press.to or None, follow=False)
        self.notes.note(kind, self.role, "POST", sent, self.page)
        return sent


def _presses(element: HtmlElement) -> Sequence[_Press]:
    """The buttons that say something of their own, a few of them; or the one that says nothing."""
    found = [
        _Press(name=button.get("name") or "", value=button.get("value") or "", to=button.get("formaction") or "")
        for button in element.iter("button", "input")
        if (button.get("type") or ("submit" if button.tag == "button" else "text")).lower() == "submit"
    ]
    return list(dict.fromkeys(found))[:MOST_BUTTONS] or [_Press()]


def _days(day: str) -> Mapping[str, str]:
    return {**TYPED, "date": day, "datetime-local": f"{day}T23:59"}


def _type(filling: Filling, element: HtmlElement, words: str, typed: Mapping[str, str]) -> bool:
    """Type into every field that takes words; whether there was one."""
    found = False
    for control in element.iter("input", "textarea"):
        kind = (control.get("type") or "text").lower()
        name = control.get("name")
        if not name or kind in NEVER:
            continue
        found = True
        if words is RUBBISH:
            filling.fill(**{name: words})
            continue
        kind = SPOKEN.get(control.get("inputmode") or "", kind)
        most = int(control.get("maxlength") or 0)
        usual = typed.get(kind, words[:most] if most else words)
        filling.fill(**{name: (control.get("min") or usual) if kind in ("number", "range") else usual})
    return found


def _choose(filling: Filling, element: HtmlElement, *, every: bool) -> None:
    """Choose one where nothing is chosen yet. With `every`, tick what can be ticked and bring a photo, too."""
    for control in element.iter("input", "select"):
        name, kind = control.get("name"), (control.get("type") or "").lower()
        if not name:
            continue
        if control.tag == "select":
            values = [option.get("value", option.text or "") for option in control.iter("option")]
            if not any(filling.fields.get(name, ())):
                filling.fill(**{name: next(filter(None, values), "")})
        elif kind in ("radio", "checkbox") and name not in filling.fields and (kind == "radio" or every):
            filling.fill(**{name: control.get("value", "on")})
        elif kind == "file" and every:
            filling.attach(name, photo_file())
