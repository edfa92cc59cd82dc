"""What a setting of a plugin is: how it is declared, which values fit it, and how they are written down. Pure; keeps nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Literal, Protocol, TypeVar

from cunli.places.rules import LEVELS

if TYPE_CHECKING:
    from cunli.web.i18n import LazyText

T = TypeVar("T")
Kind = Literal["switch", "number", "text", "choice"]
Level = Literal["county", "township", "village"]
MOST: Final = 2**31 - 1
LONGEST: Final = 4000
LONGEST_KEY: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting(Generic[T]):
    """One thing about a plugin that officials decide, for the county, a township or a village.

    `key` begins with the plugin's id: "demo.open_hours". The type of `default` is the type of every value: `bool`,
    `int` (from `minimum` to `maximum`; money in fen) or `str` (up to `max_length` characters; `multiline` gives it several
    lines). `choices` are the only values allowed, each with its words. `scope` is the lowest level that may set it: what
    is above may always. A `secret` is a text that is stored encrypted, given to the plugin and shown to nobody.

        SHOWN = Setting(key="board.shown", label=_("显示几张"), help=_("多的收起来"), default=10, minimum=1, maximum=50)

    Name it in the manifest's `settings`, and read it where you are: `ctx.setting(SHOWN)` in hooks and tasks,
    `visit.setting(SHOWN)` in views, `await setting_of(SHOWN)` elsewhere. Each gives the value of the village, or of its
    township, or of its county, whichever says something first; else the default.
    """

    key: str
    label: str | LazyText
    help: str | LazyText
    default: T
    scope: Level = "village"
    choices: tuple[tuple[T, str | LazyText], ...] = ()
    minimum: int = 0
    maximum: int = MOST
    max_length: int = 200
    multiline: bool = False
    secret: bool = False

    @property
    def name(self) -> str:
        """The key without the plugin's id."""
        return self.key.partition(".")[2]

    @property
    def plugin(self) -> str:
        """The id of the plugin it belongs to."""
        return self.key.partition(".")[0]

    @property
    def kind(self) -> Kind:
        if self.choices:
            return "choice"
        return "switch" if isinstance(self.default, bool) else "number" if isinstance(self.default, int) else "text"

    @property
    def expected(self) -> str:
        """What a value must be, in words for operators and authors."""
        if self.choices:
            return f"one of {', '.join(str(value) for value, _ in self.choices)}"
        if self.kind == "number":
            return f"a whole number from {self.minimum} to {self.maximum}"
        return "on or off" if self.kind == "switch" else f"a text of at most {self.max_length} characters"

    def fits(self, value: object) -> bool:
        """Whether this is a value that the setting can have."""
        if type(value) is not type(self.default):
            return False
        if self.choices:
            return value in [allowed for allowed, _ in self.choices]
        if isinstance(value, str):
            return len(value) <= self.max_length
        return isinstance(value, bool) or (isinstance(value, int) and self.minimum <= value <= self.maximum)

    def written(self, value: T) -> str:
        """The value as it is stored."""
        return json.dumps(value, ensure_ascii=False)

    def read(self, written: str) -> T:
        """The value that was stored. Raises `ValueError` for what does not fit (any more)."""
        try:
            value: T = json.loads(written)
        except ValueError:
            raise ValueError("it cannot be read") from None
        if not self.fits(value):
            raise ValueError(f"it is not {self.expected}")
        return value

    def allows(self, level: int) -> bool:
        """Whether a region of this level may set it."""
        return LEVELS["county"] <= level <= LEVELS[self.scope]


def contradictions(one: Setting[Any]) -> Iterator[str]:
    """What a declaration says against itself, in words for its author."""
    if not str(one.label) or not str(one.help):
        yield "label and help are what officials read: neither may be empty"
    if one.scope not in ("county", "township", "village"):
        yield f"scope is county, township or village, not {one.scope!r}"
    elif type(one.default) not in (bool, int, str):
        yield f"values are bool, int or str, and its default is {type(one.default).__name__}"
    elif one.secret and (one.default != "" or one.choices or one.multiline):
        yield 'a secret is one line of text, without choices, and its default is ""'
    elif not 0 < one.max_length <= LONGEST or not -MOST <= one.minimum <= one.maximum <= MOST:
        yield f"max_length goes up to {LONGEST}, and minimum and maximum from {-MOST} to {MOST}, the smaller one first"
    elif any(type(value) is not type(one.default) for value, _ in one.choices):
        yield "its choices are of another type than its default"
    elif not one.fits(one.default):
        yield f"its default {one.default!r} is not {one.expected}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A value as the database holds it, with the level of the region that set it."""

    level: int
    text: str = field(repr=False)
    row_key: str


class ReadSetting(Protocol):
    """Gives the value that a setting has here."""

    def __call__(self, which: Setting[T], /) -> T: ...


def only_defaults(which: Setting[T], /) -> T:
    """What settings are where nobody could have set them: in a test that makes a context by hand, say."""
    return which.default
