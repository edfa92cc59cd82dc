"""Numbers that are drawn as a chart: what a plugin hands to the macros of `charts.html`. Where things stand is `chart_shapes`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cunli.web.i18n import LazyText, _, current_locale
from cunli.web.times import day

Name = str | LazyText | date
TEN_THOUSANDS = {
    "zh_Hans": ((12, "万亿"), (8, "亿"), (4, "万")),
    "zh_Hant": ((12, "萬億"), (8, "億"), (4, "萬")),
    "en": ((12, "T"), (9, "B"), (6, "M"), (4, "k")),
}
PLAIN = 10_000  # below, a number is written out


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """Numbers with their names, for the macros of `charts.html`: `Series(label=_("每周来信"), values=[(monday, 12), …], unit=_("封"))`.

    `values` are `(name, number)` in the order in which they are shown; a name is a text or a date. A number is whole and not
    negative, and `None` where there is none: that is a gap, and 0 is not. Money stays in fen: `per_unit=100` writes 元. `by` is the
    heading of the names in the table. Raises `ValueError` for anything else.
    """

    label: str | LazyText
    values: Sequence[tuple[Name, int | None]]
    unit: str | LazyText = ""
    by: str | LazyText = field(default_factory=lambda: _("项目"))
    per_unit: int = 1

    def __post_init__(self) -> None:
        if self.per_unit not in (1, 10, 100, 1000):
            raise ValueError(f"per_unit is 1, 10, 100 or 1000, not {self.per_unit!r}")
        for _name, number in self.values:
            if number is not None and (type(number) is not int or number < 0):
                raise ValueError(f"a chart draws whole numbers from 0, and None for a gap, not {number!r}")


def written_out(number: int | None, per_unit: int = 1) -> str:
    """For a table: `1,234`, `12.50`, or `—` where there is none."""
    if number is None:
        return "—"
    whole, part = divmod(number, per_unit)
    return f"{whole:,}" if per_unit == 1 else f"{whole:,}.{part:0{len(str(per_unit)) - 1}d}"


def in_short(number: int, per_unit: int = 1) -> str:
    """For an axis: `800`, `1.5万`, `2.5亿`; `15k`, `250M` in English. What is too large for words is a power of ten."""
    value = Decimal(number) / per_unit
    if value < PLAIN:
        return _four(value)
    zeros, word = next((z, w) for z, w in TEN_THOUSANDS[current_locale()] if value >= 10**z)
    size = 3 if zeros == 4 and word == "k" else zeros
    short = value / 10**size
    return f"{_four(short)}{word}" if short < PLAIN else f"{value:.2g}"


def _four(value: Decimal) -> str:
    """Four digits at most, without zeros at the end."""
    return f"{Decimal(f'{value:.4g}').normalize():,f}"


def share(part: int, total: int) -> str:
    """Per cent in words: never `0%` of something, and never `100%` of less than everything."""
    if 0 < part * 200 < total:
        return "<1%"
    if total - part and (total - part) * 200 < total:
        return ">99%"
    return f"{(part * 200 + total) // (2 * total)}%"


def axis_name(name: Name) -> str:
    """Under a point: 10/5 for a day, and a text as it is."""
    return f"{name.month}/{name.day}" if isinstance(name, date) else str(name)


def full_name(name: Name) -> str:
    """In the table."""
    return day(name) if isinstance(name, date) else str(name)


def in_words(series: Series) -> str:
    """What a chart shows, for somebody who hears it: how many, the highest, the lowest, the last."""
    there = [(full_name(name), number) for name, number in series.values if number is not None]
    if not there:
        return str(_("还没有数字"))
    high, low = max(there, key=lambda one: one[1]), min(there, key=lambda one: one[1])

    def said(one: tuple[str, int]) -> str:
        return f"{one[0]} {written_out(one[1], series.per_unit)}{series.unit}"

    return str(
        _(
            "%(n)s 项。最高：%(high)s；最低：%(low)s；最后：%(last)s",
            n=len(there), high=said(high), low=said(low), last=said(there[-1]),
        )
    )  # fmt: skip
