"""How often something may be tried in a plugin."""

from __future__ import annotations

from cunli.doors.owner import asking
from cunli.trust import limits, unkept
from cunli.trust.limits import Limit

__all__ = ["Limit", "count_try", "count_unkept"]


async def count_try(limit: Limit, subject: str | int) -> int:
    """Count one try of a subject (a person's id, `visit.network`, a number): the seconds to wait when the limit is used up, else 0.

    Ask before the unit of what it guards, and before anything is looked up: a try counts even when the thing itself fails,
    and what is refused says nothing about what exists. Names are the plugin's own; subjects are stored hashed.
    """
    own = Limit(name=f"{asking()}:{limit.name}", most=limit.most, seconds=limit.seconds)
    return await limits.take((own, str(subject)))


def count_unkept(limit: Limit, subject: str | int) -> int:
    """The same for pages that are `traceless`: nothing is written down, neither subject nor time.

    Counted in the memory of this process under a key that is thrown away every hour, so each process that serves has its own
    count, and `limit.seconds` is at most an hour.
    """
    own = Limit(name=f"{asking()}:{limit.name}", most=limit.most, seconds=limit.seconds)
    return unkept.take(own, str(subject))
