"""Trying a provider out from the command line, before people do: one real call, and how it went in words."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any, Final

from cunli.provide import record
from cunli.provide.chosen import PATIENCE, ProviderSlow, named, patiently
from cunli.provide.kinds import CHANNELS, CODES
from cunli.settings import Settings, SettingsError
from cunli.trust.numbers import parse_phone


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """How a trial went. `words` hold no secret and no whole number."""

    worked: bool
    words: str


Trial = Callable[..., Coroutine[Any, Any, Said]]


async def code(settings: Settings, to: str) -> Said:
    """Send a code that opens nothing."""
    from cunli.people.codes import SendingFailed

    phone = parse_phone(to)
    if phone is None:
        return Said(worked=False, words="--to takes a phone number, such as 13800000000")
    try:
        ((name, sender),) = named(CODES, settings).items()
        await patiently(sender.send(phone.e164, f"{secrets.randbelow(10**6):06d}", "sign_in"))
    except SettingsError as exc:
        return Said(worked=False, words="; ".join(exc.problems))
    except (SendingFailed, ProviderSlow) as exc:
        return Said(worked=False, words=str(exc) or "it could not send and does not say why")
    return Said(worked=True, words=f"{name} took the message for {phone}; see whether it arrives")


async def channel(settings: Settings, to: str, through: str = "") -> Said:
    """Send one message through a channel to an address as that channel has them."""
    try:
        found = named(CHANNELS, settings)
    except SettingsError as exc:
        return Said(worked=False, words="; ".join(exc.problems))
    names = ", ".join(found) or "none"
    if not through and len(found) != 1:
        return Said(worked=False, words=f"--through takes the channel; the settings have: {names}")
    name = through or next(iter(found))
    if name not in found:
        return Said(worked=False, words=f"the settings have no channel “{name}”, they have: {names}")
    trial = getattr(found[name], "try_out", None)
    if trial is None:
        return Said(worked=False, words=f"{name} cannot be tried out: it has no try_out(to)")
    if not to:
        return Said(worked=False, words=f"--to takes an address as {name} has them: an e-mail address, an openid")
    done, _late = await asyncio.wait({asyncio.ensure_future(trial(to))}, timeout=PATIENCE)
    if not done:
        return Said(worked=False, words=f"no answer within {PATIENCE:g} s")
    if (error := done.pop().exception()) is not None:  # a channel is foreign code and may raise anything
        return Said(worked=False, words=record.said(error))
    return Said(worked=True, words=f"{name} took the message; see whether it arrives")


TRIALS: Final[Mapping[str, Trial]] = {"codes": code, "channels": channel}
