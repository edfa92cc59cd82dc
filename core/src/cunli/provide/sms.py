"""Codes by SMS: what the vendors have in common. `aliyun` and `tencent` sign and read; here is when to try again, and what to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from cunli.people.codes import Purpose, SendingFailed, Why
from cunli.provide.calling import Answer, Breaker, CallFailed, Way, persistently, surely_not_done


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A request that is ready to go."""

    address: str
    headers: dict[str, str]
    query: dict[str, str]
    content: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a vendor answered: `why` is empty when the message is on its way. `code` is the vendor's own word for it."""

    why: Why | None
    code: str = ""


class Vendor(Protocol):
    """How one vendor is asked."""

    def signed(self, phone: str, code: str, purpose: Purpose) -> Signed:
        """The request that sends a code; signed anew for each try."""
        ...

    def verdict(self, answer: Answer) -> Verdict:
        """What the answer means."""
        ...


class Busy(CallFailed):
    """The vendor said that it has not done it and may be asked again."""


SAID: Final[dict[Why, str]] = {
    "later": "the vendor cannot send just now",
    "unsure": "the vendor did not answer; the message may be on its way all the same",
    "throttled": "the vendor sends this number nothing more for a while: too many messages",
    "number": "the vendor says that this number takes no messages",
    "account": "the vendor refuses this county: key, signature text, template or money",
}


class Sms:
    """A sender of codes through one vendor. A code leaves at most once: where it is not sure whether it left, nobody tries again."""

    def __init__(self, vendor: Vendor, way: Way) -> None:
        self._vendor, self._way, self._breaker = vendor, way, Breaker()

    async def send(self, phone: str, code: str, purpose: Purpose) -> None:
        verdict = await self._asked(phone, code, purpose)
        if verdict.why is not None:
            raise SendingFailed(f"{SAID[verdict.why]} ({verdict.code})", why=verdict.why)

    async def _asked(self, phone: str, code: str, purpose: Purpose) -> Verdict:
        try:
            self._breaker.admit()
            verdict = await persistently(lambda: self._once(phone, code, purpose), again=surely_not_done)
        except CallFailed as exc:
            self._breaker.failed()
            why: Why = "unsure" if exc.unsure else "later"
            raise SendingFailed(f"{SAID[why]}: {exc}", why=why) from None
        self._breaker.worked()
        return verdict

    async def _once(self, phone: str, code: str, purpose: Purpose) -> Verdict:
        signed = self._vendor.signed(phone, code, purpose)
        answer = await self._way.ask(
            "POST", signed.address, query=signed.query, headers=signed.headers, content=signed.content
        )
        if answer.status >= 500:
            raise CallFailed(f"the vendor has trouble (HTTP {answer.status})", unsure=True)
        verdict = self._vendor.verdict(answer)
        if verdict.why == "later":
            raise Busy(f"the vendor is busy ({verdict.code})")
        return verdict
