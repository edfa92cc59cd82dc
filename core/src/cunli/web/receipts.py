"""Form receipts: the same form sent again is answered with the first answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from cunli import db
from cunli.clock import now
from cunli.trust.models import FormReceipt


async def carry_out_once(key: str | None, act: Callable[[], Awaitable[str]]) -> str:
    """Run `act` in one unit together with the receipt for `key`; without a key it simply runs."""
    return await db.run_unit(_carry_out, key, act)


async def _carry_out(key: str | None, act: Callable[[], Awaitable[str]]) -> str:
    if key is None:
        return await act()
    fresh = await db.write(
        "INSERT INTO core_form_receipt (key, location, at) VALUES (?, '', ?) ON CONFLICT (key) DO NOTHING", key, now()
    )
    if not fresh:
        earlier = await FormReceipt.get(key=key)
        return earlier.location
    location = await act()
    await FormReceipt.filter(key=key).update(location=location[:200])
    return location
