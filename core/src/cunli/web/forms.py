"""Forms as people send them: cleaned values, errors in words beside each field, and one effect however often they are sent."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from markupsafe import Markup
from starlette.datastructures import FormData, UploadFile

from cunli.doors.money import fen_of, yuan
from cunli.web.errors import Text
from cunli.web.i18n import _
from cunli.web.receipts import carry_out_once
from cunli.web.text import clean
from cunli.web.tokens import digest

if TYPE_CHECKING:
    from cunli.deid.gate import Question

TOKEN_FIELD = "_form"
FIRST_DAY, LAST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)  # of any date that is typed; licences end in 2099


_BEFORE_TOKEN = Markup('<input type="hidden" name="_form" value="')
_AFTER_TOKEN = Markup('">')


def hidden_token(token: str) -> Markup:
    """The hidden input of a form."""
    return _BEFORE_TOKEN + token + _AFTER_TOKEN


_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # no database takes them, and no letter needs them


def _storable(data: FormData) -> FormData:
    """The same fields without what cannot be stored, whatever encoding they came in: `raw` and `keys` lead to queries, too."""
    return FormData(
        [(_plain(name), _plain(value) if isinstance(value, str) else value) for name, value in data.multi_items()]
    )


def _plain(text: str) -> str:
    return _NO_TEXT.sub("", text)


NOTICE_FIELD = ""  # the key under which an error stands that belongs to no single field


class Form:
    """One submitted form, or an empty one to render (`Form.blank`).

    Every reader takes the field's name and its label, returns the cleaned value, and notes an error when the value is
    not acceptable. `values` keeps what was typed, so that a refused form loses nothing.
    """

    def __init__(self, data: FormData | None = None, key: str | None = None, *, receipts: bool = True) -> None:
        self._data = _storable(data) if data is not None else FormData()
        self.key = key
        self._receipts = receipts
        self.errors: dict[str, Text] = {}
        self.values: dict[str, str] = {}
        self.question: Question | None = None  # what was found in it that must not simply be published

    @classmethod
    def blank(cls, **values: object) -> Form:
        """A form to show for the first time, filled with `values`. True and False are a box that is ticked or not, as `flag` says."""
        form = cls()
        form.values = {k: "" if v is None or v is False else "1" if v is True else str(v) for k, v in values.items()}
        return form

    def __bool__(self) -> bool:
        """Whether everything read so far was acceptable."""
        return not self.errors

    def error(self, name: str, text: Text) -> None:
        """Note what is wrong with a field; the first error of a field stands."""
        self.errors.setdefault(name, text)

    def raw(self, name: str) -> str:
        """The field as sent, or the empty string; never a file."""
        value = self._data.get(name, "")
        return value if isinstance(value, str) else ""

    def has(self, name: str) -> bool:
        return name in self._data

    def text(
        self,
        name: str,
        label: Text,
        *,
        required: bool = False,
        max_length: int,
        min_length: int = 0,
        multiline: bool = False,
    ) -> str:
        """Cleaned text of at most `max_length` characters."""
        value = clean(self.raw(name)[: max_length * 8 + 64], multiline=multiline)
        self.values[name] = value
        if required and not value:
            self.error(name, _("“%(label)s”还没写", label=label))
        elif len(value) > max_length:
            self.error(
                name, _("“%(label)s”最多 %(n)s 个字，现在有 %(now)s 个", label=label, n=max_length, now=len(value))
            )
        elif value and len(value) < min_length:
            self.error(name, _("“%(label)s”至少 %(n)s 个字", label=label, n=min_length))
        return value

    def secret(self, name: str, label: Text, *, max_length: int = 128) -> str:
        """A password: taken as typed, never kept in `values`."""
        value = self.raw(name)
        if not value:
            self.error(name, _("“%(label)s”还没写", label=label))
        elif len(value) > max_length:
            self.error(name, _("“%(label)s”最多 %(n)s 个字", label=label, n=max_length))
        return value.replace("\x00", "")

    def choice(
        self, name: str, label: Text, choices: Iterable[str], *, required: bool = True, default: str = ""
    ) -> str:
        """One of `choices`; anything else is an error."""
        value = self.raw(name)
        self.values[name] = value[:64]
        if value in set(choices):
            return value
        if value or required:
            self.error(name, _("“%(label)s”请选一个", label=label))
        return default

    def integer(self, name: str, label: Text, *, minimum: int, maximum: int, required: bool = True) -> int | None:
        """A whole number between the two bounds; full-width digits are accepted."""
        value = clean(self.raw(name)[:40])
        self.values[name] = value
        if not value and not required:
            return None
        try:
            number = int(value)
        except ValueError:
            self.error(name, _("“%(label)s”要填数字", label=label))
            return None
        if not minimum <= number <= maximum:
            self.error(name, _("“%(label)s”要在 %(low)s 到 %(high)s 之间", label=label, low=minimum, high=maximum))
            return None
        return number

    def fen(self, name: str, label: Text, *, minimum: int, maximum: int, required: bool = True) -> int | None:
        """An amount of money typed in yuan (12, 12.5, ¥12.50), between two bounds in fen; the value is in fen."""
        value = clean(self.raw(name)[:40])
        self.values[name] = value
        if not value and not required:
            return None
        amount = fen_of(value)
        if amount is None:
            self.error(name, _("“%(label)s”写成 12.50 这样", label=label))
            return None
        if not minimum <= amount <= maximum:
            low, high = yuan(minimum), yuan(maximum)
            self.error(name, _("“%(label)s”要在 %(low)s 元到 %(high)s 元之间", label=label, low=low, high=high))
            return None
        return amount

    def date(
        self,
        name: str,
        label: Text,
        *,
        required: bool = False,
        earliest: dt.date | None = None,
        latest: dt.date | None = None,
    ) -> dt.date | None:
        """A calendar date written as 2026-10-18, from `earliest` to `latest`, and always from 1900 to 2199: days can be added
        to it on either side.
        """
        value = clean(self.raw(name)[:40])
        self.values[name] = value
        if not value and not required:
            return None
        try:
            day = dt.date.fromisoformat(value)
        except ValueError:
            self.error(name, _("“%(label)s”写成 2026-10-18 这样", label=label))
            return None
        first, last = max(earliest or FIRST_DAY, FIRST_DAY), min(latest or LAST_DAY, LAST_DAY)
        if not first <= day <= last:
            self.error(name, _("“%(label)s”要在 %(low)s 到 %(high)s 之间", label=label, low=first, high=last))
            return None
        return day

    def flag(self, name: str) -> bool:
        """Whether a checkbox was ticked."""
        ticked = bool(self.raw(name))
        self.values[name] = "1" if ticked else ""
        return ticked

    def keys(self, name: str, *, most: int) -> list[str]:
        """Public ids sent under one name, in order, without repeats; others are dropped silently."""
        found: list[str] = []
        for value in self._data.getlist(name):
            if isinstance(value, str) and 0 < len(value) <= 44 and value not in found:
                found.append(value)
        self.values[name] = ",".join(found[:most])
        return found[:most]

    def files(self, name: str) -> Sequence[UploadFile]:
        """Files that were chosen; an empty file input sends none."""
        return [f for f in self._data.getlist(name) if isinstance(f, UploadFile) and (f.filename or f.size)]

    async def once(self, act: Callable[[], Awaitable[str]]) -> str:
        """Carry out `act` in one unit and return the address it returns; a repeat of this form returns the first answer.

        What `act` raises is raised here, with nothing written and no receipt kept: raise in it where somebody was quicker, and
        catch that around this call. A form that somebody went back to, changed and sent again is another one: what was changed is not dropped.
        A traceless page keeps no receipt, because it says when: there `key`, which is of this form alone, must do.
        """
        return await carry_out_once(self._receipt(), act)

    def _receipt(self) -> str | None:
        if self.key is None or not self._receipts:
            return None
        pairs = (
            (name, value if isinstance(value, str) else _plain(f"{value.filename} {value.size}"))
            for name, value in self._data.multi_items()
            if name != TOKEN_FIELD
        )
        return digest(self.key, *(part for pair in pairs for part in pair))

    async def close(self) -> None:
        """Give back spooled files."""
        await self._data.close()
