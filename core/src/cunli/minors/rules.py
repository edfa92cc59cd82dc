"""Ages and what follows from them. Pure. Where the day is not known, the careful side counts: a month ends before one is older."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

ADULT: Final = 18
OF_AGE_TO_AGREE: Final = 14  # 个人信息保护法 31
CHILD_NAME: Final = "小乡亲"  # what others see of a child for whom nobody answers


class Age(StrEnum):
    """What the law distinguishes."""

    CHILD = "child"  # under fourteen: a guardian agrees (个人信息保护法 31)
    TEEN = "teen"  # fourteen to seventeen: agrees alone, and is protected (未成年人网络保护条例)
    ADULT = "adult"


def adult_on(year: int, month: int) -> date:
    """The first day of the month after the eighteenth birthday."""
    return date(year + ADULT + month // 12, month % 12 + 1, 1)


def agrees_from(grown_up: date) -> date:
    """From which day somebody agrees alone."""
    return grown_up.replace(year=grown_up.year - (ADULT - OF_AGE_TO_AGREE))


def age_on(day: date, grown_up: date | None) -> Age:
    """The age of somebody who is grown up from a day on; None for those who always were."""
    if grown_up is None or day >= grown_up:
        return Age.ADULT
    return Age.TEEN if day >= agrees_from(grown_up) else Age.CHILD


def waits(day: date, grown_up: date | None, *, consented: bool) -> bool:
    """Whether an account does nothing but read, because no guardian has agreed."""
    return age_on(day, grown_up) is Age.CHILD and not consented


# What somebody who waits for a guardian may still send: leaving, one's own data, and what it takes to find a guardian.
MAY_SEND: Final = frozenset(
    {
        "/sign-out",
        "/inbox/seen",
        "/inbox/{id}/go",
        "/me/look",
        "/me/consent",
        "/me/guardian/code",
        "/me/data/export",
        "/me/data/download",
        "/me/data/close",
        "/me/security/sessions",
    }
)
