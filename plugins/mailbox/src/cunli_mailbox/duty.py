"""Hours of duty, who has it, and the automatic answer out of hours: so that urgent letters ring and the secretary sleeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from tortoise.expressions import F
from tortoise.functions import Sum

from cunli import gettext as _
from cunli import unit

from .models import Duty
from .terms import ZONE, Calendar


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """From when to when somebody reads letters, on every day that is worked."""

    start: time
    end: time

    @classmethod
    def read(cls, start: str, end: str) -> Hours:
        """From two settings; 8:30 to 17:30 where they make no sense."""
        try:
            found = cls(start=time.fromisoformat(start.zfill(5)), end=time.fromisoformat(end.zfill(5)))
        except ValueError:
            found = DEFAULT
        return found if found.start < found.end else DEFAULT


DEFAULT = Hours(start=time(8, 30), end=time(17, 30))


def next_duty(now: datetime, hours: Hours, calendar: Calendar) -> datetime:
    """When somebody reads letters next; now, if it is within the hours of a day that is worked."""
    here = now.astimezone(ZONE)
    day = here.date()
    for _day in range(30):  # no holidays are longer
        if calendar.day(day).kind == "workday":
            begins = datetime.combine(day, hours.start, tzinfo=ZONE)
            if here < begins:
                return begins
            if here < datetime.combine(day, hours.end, tzinfo=ZONE):
                return now
        day, here = day + timedelta(days=1), datetime.combine(day + timedelta(days=1), time.min, tzinfo=ZONE)
    return here


def on_duty_day(now: datetime, hours: Hours) -> date:
    """The day whose duty it is: the night belongs to the day before."""
    here = now.astimezone(ZONE)
    return here.date() if here.time() >= hours.start else here.date() - timedelta(days=1)


async def whose(now: datetime, hours: Hours) -> int | None:
    """Who is on duty, if somebody was written down."""
    row = await Duty.filter(day=on_duty_day(now, hours)).first()
    return row.person_id if row else None


@unit
async def note_ring(now: datetime, hours: Hours) -> None:
    """Somebody was rung out of hours: counted, so that it is seen who bears the nights."""
    await Duty.filter(day=on_duty_day(now, hours)).update(rung=F("rung") + 1)


async def roster(since: date, until: date) -> dict[date, int]:
    """Who is on duty on which day."""
    return {row.day: row.person_id for row in await Duty.filter(day__gte=since, day__lte=until).order_by("day")}


async def load(since: date) -> dict[int, int]:
    """How often everybody was rung out of hours since a day."""
    rows = await Duty.filter(day__gte=since).annotate(n=Sum("rung")).group_by("person_id").values("person_id", "n")
    return {row["person_id"]: int(row["n"] or 0) for row in rows}


@unit
async def write_roster(chosen: Mapping[date, int | None]) -> None:
    """Write down who has duty on these days; `None`: nobody."""
    for day, person in chosen.items():
        if person is None:
            await Duty.filter(day=day).delete()
        elif not await Duty.filter(day=day).update(person_id=person):
            await Duty.get_or_create(day=day, defaults={"person_id": person})


def greeting(due: datetime, *, urgent: bool) -> str:
    """What a letter out of hours is answered at once."""
    here = due.astimezone(ZONE)
    moment = f"{here.month}月{here.day}日 {here.hour}:{here.minute:02d}"
    if urgent:
        return str(_("收到了。这是急事，已经叫了值班的人。人命关天的，请同时打 110、119、120。"))
    return str(
        _(
            "收到了。现在不是值班时间，%(moment)s 有人看信，期限照样从现在算。有危险的请打 110、119、120。",
            moment=moment,
        )
    )
