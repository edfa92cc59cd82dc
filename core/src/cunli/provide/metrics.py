"""Rating metrics: named figures of a village over a period, each with its unit, its source and what it rests on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final, Literal, Protocol
from zoneinfo import ZoneInfo

from cunli import db
from cunli.compliance import profile_now
from cunli.compliance.kinds import Sensitive
from cunli.places import queries as places
from cunli.provide.chosen import patiently, providers_of
from cunli.provide.kinds import METRICS
from cunli.settings import Settings
from cunli.web.i18n import LazyText, _

Unit = Literal["count", "percent", "days"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One figure. `id` reads `<provider>.<name>`; `source` says in a sentence where it comes from, for those who are rated.

    `rests_on` is the sensitive kind without which it could not be had: where the compliance profile does not allow that,
    the figure does not exist.
    """

    id: str
    label: str | LazyText
    unit: Unit
    source: str | LazyText
    rests_on: Sensitive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A value: a count, a percentage from 0 to 100, or days. `of`: from how many cases; None as value where there were none."""

    value: float | None
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From the first day to the last, both included, by the villages' clock."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError("a period ends after it began")


class Metrics(Protocol):
    """Gives figures. Packages offer one as a factory under the entry point group `cunli.metrics`; a county may choose several.

    def hotline(settings: Settings) -> Metrics: ...

    """

    def metrics(self) -> Sequence[Metric]:
        """What there is; the same at each call, without I/O."""
        ...

    async def measure(self, name: str, village_id: int, period: Period) -> Reading:
        """One of them, with the village in scope: a plugin reads its own tables. Reads only, and the same question about a period that is over is answered alike. Given up after ten
        seconds. Raises `LookupError` for a name it does not have."""
        ...


class NotAllowed(Exception):
    """The compliance profile does not allow what the figure rests on."""

    def __init__(self, metric: Metric) -> None:
        super().__init__(f"{metric.id} rests on {metric.rests_on}, which the compliance profile does not allow")
        self.metric = metric


async def metrics_for(village_id: int) -> list[Metric]:
    """The figures there are for a village: of all chosen providers, without those that its county's profile does not allow."""
    profile = await profile_now.current(await places.village_by_id(village_id))
    return [one for _provider, one in _all() if one.rests_on is None or profile.allows(one.rests_on)]


async def measure(name: str, village_id: int, period: Period) -> Reading:
    """One figure. Raises `LookupError` for one that no provider has, `NotAllowed`, and `ProviderSlow`."""
    for provider, one in _all():
        if one.id == name:
            profile = await profile_now.current(await places.village_by_id(village_id))
            if one.rests_on is not None and not profile.allows(one.rests_on):
                raise NotAllowed(one)
            with db.scope(village_id):
                return await patiently(provider.measure(name, village_id, period))
    raise LookupError(f"no provider has the figure {name}")


def _all() -> Iterator[tuple[Metrics, Metric]]:
    for provider in providers_of(METRICS).values():
        yield from ((provider, one) for one in provider.metrics())


# -- in the box --------------------------------------------------------------------------------------------------------

_VISIBLE: Final = "village_id = ? AND state = 'visible' AND created_at >= ? AND created_at < ?"
_CORE: Final = (
    Metric(
        id="core.verified",
        label=_("认证的乡亲"),
        unit="count",
        source=_("期末在册的认证乡亲，数名单"),
    ),
    Metric(
        id="core.reports_answered",
        label=_("举报答复率"),
        unit="percent",
        source=_("这段时间收到的举报里，已经有答复的占多少"),
    ),
    Metric(
        id="core.posts",
        label=_("动态条数"),
        unit="count",
        source=_("这段时间发的、没有删掉也没有收起的动态"),
        rests_on=Sensitive.POPULARITY,
    ),
    Metric(
        id="core.likes",
        label=_("点赞数"),
        unit="count",
        source=_("这段时间点的赞，取消的不算"),
        rests_on=Sensitive.POPULARITY,
    ),
)
_COUNTS: Final[Mapping[str, str]] = {
    "core.verified": "SELECT COUNT(*) AS n FROM core_membership WHERE village_id = ? AND state = 'verified' AND decided_at < ?",
    "core.posts": f"SELECT COUNT(*) AS n FROM core_post WHERE {_VISIBLE}",  # noqa: S608 a constant
    "core.likes": "SELECT COUNT(*) AS n FROM core_reaction WHERE village_id = ? AND kind = 'like'"
    " AND created_at >= ? AND created_at < ?",
}
_REPORTS: Final = (
    "SELECT COUNT(*) AS n, SUM(CASE WHEN state <> 'open' THEN 1 ELSE 0 END) AS answered FROM core_report"
    " WHERE village_id = ? AND created_at >= ? AND created_at < ?"
)


class CoreMetrics:
    """What the core's own tables say."""

    def __init__(self, settings: Settings) -> None:
        self._zone = ZoneInfo(settings.time_zone)

    def metrics(self) -> Sequence[Metric]:
        return _CORE

    async def measure(self, name: str, village_id: int, period: Period) -> Reading:
        first = datetime.combine(period.first, time(), self._zone)
        after = datetime.combine(period.last + timedelta(days=1), time(), self._zone)
        if name == "core.reports_answered":
            rows = await db.read(_REPORTS, village_id, first, after)
            of, answered = int(rows[0]["n"]), int(rows[0]["answered"] or 0)
            return Reading(value=round(100 * answered / of, 1) if of else None, of=of)
        if name not in _COUNTS:
            raise LookupError(name)
        moments = (after,) if name == "core.verified" else (first, after)
        rows = await db.read(_COUNTS[name], village_id, *moments)
        return Reading(value=int(rows[0]["n"]), of=int(rows[0]["n"]))
