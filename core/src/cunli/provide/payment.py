"""Payment: the interface of providers, and what a plugin that takes money calls. Money is whole fen, never a float."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, Protocol

PaymentState = Literal["waiting", "paid", "closed"]
KEY: Final = re.compile(r"[A-Za-z0-9_-]{6,32}")
MOST_FEN: Final = 10_000_000_00  # ten million yuan


class PaymentError(Exception):
    """The provider would not, or could not. Nothing about people is said in the message."""


class UnknownPayment(PaymentError):
    """No payment, or no refund, has this key."""


class KeyTaken(PaymentError):
    """The key was used before, for another amount."""


class NotPossible(PaymentError):
    """The payment is not in a state for that: closing one that is paid, refunding one that is not."""


class TooMuch(PaymentError):
    """The refunds of a payment would be more than was paid."""


class BadNotice(PaymentError):
    """What came in is not a notice of this provider: its signature or its form is wrong. Nothing may follow from it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentOrder:
    """What is to be paid. `key` is the caller's, 6 to 32 letters, digits, `_` and `-`, and never used for anything else.

    `title` is shown to whoever pays, up to 40 characters without names. `back_url` is a page of this site, `notice_url` the
    address to which the provider may post its notices; both absolute.
    """

    key: str
    fen: int
    title: str
    back_url: str
    notice_url: str
    expires_at: datetime

    def __post_init__(self) -> None:
        if not KEY.fullmatch(self.key):
            raise ValueError(f"the key of a payment is 6 to 32 letters, digits, “_” and “-”, not {self.key!r}")
        if type(self.fen) is not int or not 0 < self.fen <= MOST_FEN:
            raise ValueError(f"an amount is a whole number of fen from 1 to {MOST_FEN}, not {self.fen!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """How a payment stands. `pay_url` is where to send whoever pays; empty where a person is paid. `reference` is the provider's
    own number for it. `refunded_fen` of `fen` went back; 0 where a service does not say.
    """

    key: str
    fen: int
    state: PaymentState
    paid_at: datetime | None = None
    refunded_fen: int = 0
    pay_url: str = ""
    reference: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that went back, or is on its way (`done` is False)."""

    key: str
    payment_key: str
    fen: int
    done: bool


class PaymentProvider(Protocol):
    """Takes money. Packages offer one as a factory under the entry point group `cunli.payments`.

        def wechat(settings: Settings) -> PaymentProvider: ...

    Every call may come twice, because whoever called may have been cut off: the same key asks for the same thing and is
    answered alike. Calls end by themselves within ten seconds, are never cancelled, and raise only `PaymentError`.
    Amounts are whole fen, times are aware and UTC.
    """

    async def create(self, order: PaymentOrder) -> Payment:
        """Begin a payment, or give back the one with this key. Raises `KeyTaken` if that was for another amount."""
        ...

    async def query(self, key: str) -> Payment:
        """How a payment stands, from the provider's own books. Raises `UnknownPayment`."""
        ...

    async def close(self, key: str) -> Payment:
        """Make a waiting payment unpayable; closing it again does nothing. Raises `UnknownPayment`, and `NotPossible` once paid."""
        ...

    async def refund(self, key: str, refund_key: str, fen: int) -> Refund:
        """Give part or all back; the same `refund_key` gives back once. Raises `UnknownPayment`, `NotPossible` where nothing
        was paid, `TooMuch` where all refunds together would be more than that, and `KeyTaken` for another amount."""
        ...

    def notice(self, headers: Mapping[str, str], body: bytes) -> Payment:
        """Read what the provider posted to `notice_url`. Header names are lower case. Raises `BadNotice` unless the signature
        is right. A notice is a hint: ask `query` before anything is given away."""
        ...
