"""Where the parts of a chart stand, for `charts.html`, which draws them as SVG. Pure.

Ours rather than a charting library: few kinds of chart, in the theme's own colours, without a style or a script inside (the
site's headers allow neither); see docs/decisions/0016-console.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from cunli.doors.charts import Series, axis_name, full_name, in_short, in_words, share, written_out

WIDTH: Final = 360
RIGHT: Final = 352
TOP: Final = 22
BOTTOM: Final = 172
Point = tuple[float, float]
STEPS: Final = (10, 20, 25, 50, 100)  # tenths
LINES: Final = 4  # grid lines at most, without the axis
LETTER: Final = 15  # the widest character in 大字版; digits take three fifths
LONGEST: Final = 8  # characters of a name under the axis; the table has it whole
WIDEST: Final = 36  # of a column
HUES: Final = 6  # parts of a bar of shares; what is beyond is added up
RANKED: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A mark on an axis: where it stands and what it says."""

    at: float
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around the numbers, in a picture 360 wide and 200 high, and what is said of it."""

    left: int
    levels: tuple[Tick, ...]
    names: tuple[Tick, ...]
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of values. `pieces` are for polylines, one for each stretch without a gap, and `areas` lie below them.

    A number between two gaps stands `alone`.
    """

    frame: Frame
    pieces: tuple[str, ...]
    areas: tuple[str, ...]
    alone: tuple[Point, ...]
    last: Point
    last_text: Tick


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Standing columns: `(x, y, width, height)` each. `numbers` stand above them: all where there is room, otherwise the last."""

    frame: Frame
    columns: tuple[tuple[float, float, float, float], ...]
    numbers: tuple[tuple[float, Tick], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a whole, or one of many side by side: its name and number, `x` and `width` in thousandths."""

    name: str
    number: str
    percent: str = ""
    x: float = 0
    width: float = 0
    hue: int = 1


def nice_step(most: int, lines: int = LINES) -> int:
    """The distance of grid lines so that at most `lines` of them reach `most`: 1, 2, 25, 500 …"""
    if most <= lines:
        return 1
    size = int(10 ** (len(str(most // lines)) - 1))
    fits = (size * step // 10 for step in STEPS if size * step % 10 == 0)
    return next(step for step in fits if step * lines >= most)


def line(series: Series) -> Line | None:
    """The line through the numbers; None where there are none."""
    frame, top, xs = _framed(series, inset=False)
    points = [
        None if number is None else (x, _height(number, top))
        for x, (_, number) in zip(xs, series.values, strict=True)
    ]  # fmt: skip
    stretches = _stretches(points)
    if not stretches:
        return None
    numbers = [number for _, number in series.values if number is not None]
    last, text = stretches[-1][-1], in_short(numbers[-1], series.per_unit)
    long = [one for one in stretches if len(one) > 1]
    return Line(
        frame=frame,
        pieces=tuple(_points(one) for one in long),
        areas=tuple(f"{one[0][0]},{BOTTOM} {_points(one)} {one[-1][0]},{BOTTOM}" for one in long),
        alone=tuple(one[0] for one in stretches if len(one) == 1),
        last=last,
        last_text=Tick(at=_inside(last[0], text), text=text),
    )


def columns(series: Series) -> Columns | None:
    """A column for each number; None where there are none."""
    frame, top, xs = _framed(series, inset=True)
    there = [(x, number) for x, (_, number) in zip(xs, series.values, strict=True) if number is not None]
    if not there:
        return None
    slot = (RIGHT - frame.left) / len(xs)
    width = round(min(WIDEST, max(1.0, slot * 0.7)), 1)
    texts = [in_short(number, series.per_unit) for _, number in there]
    room = all(wide(text) + 4 <= slot for text in texts)
    return Columns(
        frame=frame,
        columns=tuple(
            (round(x - width / 2, 1), _height(number, top), width, round(BOTTOM - _height(number, top), 1))
            for x, number in there
        ),
        numbers=tuple(
            (_height(number, top) - 5, Tick(at=_inside(x, text), text=text))
            for i, ((x, number), text) in enumerate(zip(there, texts, strict=True))
            if room or i == len(there) - 1
        ),
    )


def bars(series: Series, most: int = RANKED) -> tuple[Part, ...]:
    """Lying bars, as long as their numbers; the first `most` of them."""
    longest = max((number or 0 for _, number in series.values), default=0)
    return tuple(
        Part(
            name=full_name(name),
            number=written_out(number, series.per_unit),
            width=round((number or 0) * 1000 / longest, 1) if longest else 0,
        )
        for name, number in series.values[:most]
    )


def shares(series: Series) -> tuple[Part, ...]:
    """The parts of one whole, in one bar; none where the whole is nothing. What is beyond the sixth colour wears the last."""
    there = [(full_name(name), number) for name, number in series.values if number is not None]
    total = sum(number for _, number in there)
    parts: list[Part] = []
    before = 0
    for i, (name, number) in enumerate(there if total else ()):
        parts.append(
            Part(
                name=name,
                number=written_out(number, series.per_unit),
                percent=share(number, total),
                x=round(before * 1000 / total, 1),
                width=round(number * 1000 / total, 1),
                hue=min(i + 1, HUES),
            )
        )
        before += number
    return tuple(parts)


def wide(text: str) -> float:
    """About how wide a text is at most."""
    return sum(LETTER if ord(letter) > 0x2E7F else LETTER * 0.6 for letter in text)


def _framed(series: Series, *, inset: bool) -> tuple[Frame, int, list[float]]:
    """The frame, the number at its top, and where each number stands: in the middle of its own room, or from edge to edge."""
    step = nice_step(most := max((number or 0 for _, number in series.values), default=0))
    count = max(1, -(-most // step))
    levels = [(n, in_short(step * n, series.per_unit)) for n in range(count + 1)]
    left = round(max(wide(text) for _, text in levels)) + 8
    size, room = len(series.values), RIGHT - left
    if inset or size == 1:
        xs = [left + room * (i + 0.5) / size for i in range(size)]
    else:
        xs = [left + 4 + (room - 8) * i / max(1, size - 1) for i in range(size)]
    frame = Frame(
        left=left,
        levels=tuple(Tick(at=_height(step * n, step * count), text=text) for n, text in levels),
        names=_names([axis_name(name) for name, _ in series.values], xs, room),
        words=in_words(series),
    )
    return frame, step * count, [round(x, 1) for x in xs]


def _names(names: Sequence[str], xs: Sequence[float], room: float) -> tuple[Tick, ...]:
    """As many names as do not run into each other, counted from the last."""
    short = [name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…" for name in names]
    widest = max(map(wide, short), default=0)
    every = max(1, -(-len(short) * round(widest + 8) // max(1, round(room))))
    found: list[Tick] = []
    free = float(WIDTH)
    for x, text in list(zip(xs, short, strict=True))[::-every]:
        at = _inside(x, text)
        if at + wide(text) / 2 <= free:  # the last one was moved inwards where it is long
            found.append(Tick(at=at, text=text))
            free = at - wide(text) / 2
    return tuple(reversed(found))


def _inside(x: float, text: str) -> float:
    """The middle of a text that would stand at `x`, so that none of it is outside of the picture."""
    half = wide(text) / 2
    return round(min(max(x, half), WIDTH - half), 1)


def _height(number: int, top: int) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * (number / top), 1)


def _stretches(points: Sequence[Point | None]) -> list[list[Point]]:
    found: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [one for one in found if one]


def _points(stretch: Sequence[Point]) -> str:
    return " ".join(f"{x},{y}" for x, y in stretch)


SHAPES: Final = MappingProxyType(
    {
        "line": line,
        "columns": columns,
        "bars": bars,
        "shares": shares,
        "full_name": full_name,
        "written_out": written_out,
    }
)
