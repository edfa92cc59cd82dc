"""Hanging up a small ad."""

from __future__ import annotations

from datetime import timedelta

from cunli import new_key, unit

from . import moments
from .models import AD_PHONE, Ad


@unit
async def hang_up(kind: str, title: str, body: str, phone: str, *, writer_id: int, days: int) -> str:
    """Its key. It comes down by itself after so many days."""
    key, now = new_key(), moments.now()
    await Ad.create(
        key=key,
        writer_id=writer_id,
        kind=kind,
        title=title,
        body=body,
        phone=AD_PHONE.seal(phone, key),
        created_at=now,
        until=now + timedelta(days=days),
    )
    return key
