"""Ways of signing in through somebody else (WeChat): their interface, and the state that binds one round trip to one browser.

Who comes back is a subject, never a person: whose account it is was proved once by a code on the phone.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import itsdangerous

from cunli import db
from cunli.clock import now
from cunli.provide.chosen import named
from cunli.provide.kinds import SIGN_IN
from cunli.settings import Settings
from cunli.web.i18n import LazyText

ROUND_TRIP: Final = 10 * 60  # seconds for going there and coming back
PROVING: Final = 15 * 60  # and for proving the phone afterwards
Trouble = Literal["again", "denied", "later", "often", "account"]


class WayFailed(Exception):
    """Nobody came back. `why`: `again` begin anew, `denied` the person said no, `later` no answer, `often` too many tries,
    `account` the other side refuses the county. The message names no code and no token.
    """

    def __init__(self, message: str, *, why: Trouble) -> None:
        super().__init__(message)
        self.why: Trouble = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Who came back: `id` is theirs for good, on every device; `address` reaches them with messages, where it can."""

    id: str
    address: str = ""


class SignInWay(Protocol):
    """Signs people in through a service of its own. Packages offer one as a factory under the entry point group `cunli.sign_in`.

    def alipay(settings: Settings) -> SignInWay: ...
    """

    def name(self) -> LazyText:
        """What stands on the button after 用 and before 登录, such as 微信."""
        ...

    def fits(self, user_agent: str) -> Literal["best", "works", "no"]:
        """Whether this browser can go this way; `best` puts the button first."""
        ...

    def begin(self, *, state: str, back_url: str, user_agent: str) -> str:
        """Where to send the browser; the service sends it back to `back_url` with this `state`."""
        ...

    async def finish(self, query: Mapping[str, str], *, user_agent: str) -> Subject:
        """Who came back with this query. Ends within ten seconds; raises `WayFailed`. Its `state` was checked before."""
        ...


@dataclass(slots=True)
class _Process:
    ways: Mapping[str, SignInWay] = field(default_factory=dict)


_process = _Process()


def use(settings: Settings) -> None:
    """Take the ways of the settings into use; once at start."""
    _process.ways = named(SIGN_IN, settings)


def sign_in_through(ways: Mapping[str, SignInWay]) -> None:
    """Use these from now on: for tests, and for programs that assemble the site themselves."""
    _process.ways = dict(ways)


def way(name: str) -> SignInWay | None:
    return _process.ways.get(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A button on the sign-in page."""

    id: str
    name: LazyText
    best: bool


def offers(user_agent: str) -> list[Offer]:
    """The ways that this browser can go, the best first."""
    found = [(each.fits(user_agent), id_, each) for id_, each in _process.ways.items()]
    made = [Offer(id=id_, name=each.name(), best=fit == "best") for fit, id_, each in found if fit != "no"]
    return sorted(made, key=lambda offer: not offer.best)


# ---- the round trip --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """One round trip, as the browser's cookie holds it. `subject` is there once somebody came back."""

    way: str
    state: str
    next: str
    subject: Subject | None = None


def fresh_state() -> str:
    """128 random bits in letters and digits, which is what services take."""
    return secrets.token_hex(16)


def packed(texts: itsdangerous.URLSafeTimedSerializer, trip: Trip) -> str:
    """What the cookie holds: signed, so that nobody comes back as somebody else."""
    found: dict[str, Any] = {"way": trip.way, "state": trip.state, "next": trip.next}
    if trip.subject is not None:
        found |= {"id": trip.subject.id, "to": trip.subject.address}
    return str(texts.dumps({"trip": found}))


def unpacked(texts: itsdangerous.URLSafeTimedSerializer, text: str, *, back: bool) -> Trip | None:
    """The trip of a cookie, if it is fresh: one that is under way, or (`back`) one from which somebody came back."""
    try:
        found = texts.loads(text[:4000], max_age=PROVING if back else ROUND_TRIP)["trip"]
        subject = Subject(id=found["id"], address=found["to"]) if "id" in found else None
        trip = Trip(way=found["way"], state=found["state"], next=found["next"], subject=subject)
    except (itsdangerous.BadData, KeyError, TypeError):
        return None
    return trip if (subject is not None) is back else None


def same_state(trip: Trip, state: str) -> bool:
    return hmac.compare_digest(trip.state.encode(), state.encode())


async def spend_state(state: str) -> bool:
    """Whether this state comes back for the first time."""
    return await db.run_unit(_spend, hashlib.sha256(state.encode()).hexdigest())


async def _spend(digest: str) -> bool:
    return bool(
        await db.write(
            "INSERT INTO core_spent_state (digest, at) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING", digest, now()
        )
    )
