"""The day as a village tells it: lunar date, festival or solar term, next market day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

from lunar_python import Solar

from cunli.places.rules import market_digits
from cunli.web.i18n import LazyText, _

_WEEKDAYS: Final = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Almanac:
    """What stands on top of the village page. Empty texts are left out."""

    lunar: str
    festival: str
    term: str
    market: LazyText | str

    @property
    def sentence(self) -> LazyText:
        """The same for 大字版: one sentence instead of signs."""
        day = " ".join(part for part in (self.lunar, self.festival, self.term) if part)
        return _("今天%(day)s，%(market)s", day=day, market=self.market) if self.market else _("今天%(day)s", day=day)


@lru_cache(maxsize=256)
def almanac(day: date, market_days: str) -> Almanac:
    """The almanac of a day in a village with these market days (as written in its settings)."""
    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    festivals = lunar.getFestivals()
    return Almanac(
        lunar=f"{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}",
        festival=str(festivals[0]) if festivals else "",
        term=str(lunar.getJieQi()),
        market=_market(day, market_days),
    )


def _market(day: date, market_days: str) -> LazyText | str:
    try:
        digits = market_digits(market_days) if market_days else ()
    except ValueError:  # an old setting that nobody can read is no reason for a broken page
        return ""
    for ahead in range(11) if digits else ():
        then = day + timedelta(days=ahead)
        if Solar.fromYmd(then.year, then.month, then.day).getLunar().getDay() % 10 in digits:
            return _when(ahead, then)
    return ""


def _when(ahead: int, then: date) -> LazyText:
    if ahead == 0:
        return _("今天逢场")
    if ahead == 1:
        return _("明天逢场")
    if ahead < 7:
        return _("%(weekday)s逢场", weekday=_WEEKDAYS[then.weekday()])
    return _("%(month)s月%(day)s日逢场", month=then.month, day=then.day)
