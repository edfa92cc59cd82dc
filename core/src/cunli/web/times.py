"""Times as a villager says them: 今天 8:30, 昨天晚上, 10月18日."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cunli import clock
from cunli.clock import local
from cunli.web.i18n import _, current_locale


def when(moment: datetime) -> str:
    """A moment near now in words: 刚刚, 5 分钟前, 今天 8:30, 昨天 20:15, 10月18日, 2025年10月18日."""
    here = local(moment)
    now = local(clock.now())
    seconds = (now - here).total_seconds()
    clock_time = f"{here.hour}:{here.minute:02d}"
    if 0 <= seconds < 60:
        return str(_("刚刚"))
    if 0 <= seconds < 3600:
        return str(_("%(n)s 分钟前", n=int(seconds // 60)))
    if here.date() == now.date():
        return str(_("今天 %(time)s", time=clock_time))
    if here.date() == now.date() - timedelta(days=1):
        return str(_("昨天 %(time)s", time=clock_time))
    if here.year == now.year:
        return day(here.date())
    return full_day(here.date())


def day(value: date) -> str:
    """10月18日 / 18 Oct."""
    if current_locale() == "en":
        return f"{value.day} {value:%b}"
    return f"{value.month}月{value.day}日"


def full_day(value: date) -> str:
    """2025年10月18日 / 18 Oct 2025."""
    if current_locale() == "en":
        return f"{value.day} {value:%b %Y}"
    return f"{value.year}年{value.month}月{value.day}日"


def exact(moment: datetime) -> str:
    """For records: 2025年10月18日 9:26."""
    here = local(moment)
    return f"{full_day(here.date())} {here.hour}:{here.minute:02d}"


def iso(moment: datetime) -> str:
    """For the `datetime` attribute of `<time>`."""
    return local(moment).isoformat(timespec="minutes")
