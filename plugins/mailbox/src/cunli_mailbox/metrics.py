"""The three rates as figures of ratings. A county chooses them with `metrics = "core,mailbox"`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Final

from tortoise.expressions import Q
from tortoise.functions import Count

from cunli import Metric, Period, Reading
from cunli import gettext as _

from . import moments
from .figures import UNANSWERED, Rates
from .models import Letter
from .terms import ZONE

METRICS: Final = (
    Metric(
        id="mailbox.response",
        label=_("信箱响应率"),
        unit="percent",
        source=_("这段时间寄出的信里，已经答复的和超期的，有多少按时答复，按查的时候算"),
    ),
    Metric(
        id="mailbox.resolution",
        label=_("信箱解决率"),
        unit="percent",
        source=_("这段时间寄出、已经答复的信里，写信人或者回访确认办好的占多少，没有回话的不算"),
    ),
    Metric(
        id="mailbox.satisfaction",
        label=_("信箱满意率"),
        unit="percent",
        source=_("这段时间寄出的信里，评价了的有多少说满意，没有评价的不算"),
    ),
)


class MailboxMetrics:
    """Reads the letters of the village in scope."""

    def metrics(self) -> Sequence[Metric]:
        return METRICS

    async def measure(self, name: str, village_id: int, period: Period) -> Reading:
        """One rate. None where there is nothing to divide by."""
        if name not in [one.id for one in METRICS]:
            raise LookupError(name)
        one = await rates_in(village_id, period)
        shares = {
            "mailbox.response": (one.response, one.due),
            "mailbox.resolution": (one.resolution, one.answered),
            "mailbox.satisfaction": (one.satisfaction, one.said),
        }
        share, of = shares[name]
        return Reading(value=None if share is None else round(100 * share, 1), of=of)


async def rates_in(village_id: int, period: Period) -> Rates:
    """The rates over the letters that were sent in these days, in one question. Those about cadres are left out: ratings are public."""
    first = datetime.combine(period.first, time(), tzinfo=ZONE)
    after = datetime.combine(period.last + timedelta(days=1), time(), tzinfo=ZONE)
    sent = Letter.filter(village_id=village_id, submitted_at__gte=first, submitted_at__lt=after, about_rank=0)
    late = Q(state__in=UNANSWERED, answered_at__isnull=True, due_at__lte=moments.now())
    rows = await (
        sent.annotate(
            received=Count("id"),
            answered=Count("id", _filter=Q(answered_at__isnull=False)),
            in_time=Count("id", _filter=Q(answered_at__isnull=False, answered_late=False)),
            late=Count("id", _filter=late),
            resolved=Count("id", _filter=Q(closed_how__in=("confirmed", "called_back"))),
            satisfied=Count("id", _filter=Q(satisfaction=3)),
            said=Count("id", _filter=Q(satisfaction__gt=0)),
        )
        .group_by("village_id")
        .values("village_id", "received", "answered", "in_time", "late", "resolved", "satisfied", "said")
    )
    if not rows:
        return Rates()
    row = rows[0]
    due = row["answered"] + row["late"]
    return Rates(
        due=due, **{name: row[name] for name in ("received", "answered", "in_time", "resolved", "satisfied", "said")}
    )


def offered(_settings: object) -> MailboxMetrics:
    """The entry point."""
    return MailboxMetrics()
