"""The meetings of a branch as a calendar file, for the phone's own calendar."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from icalendar import Calendar, Event

from cunli_party.models import Branch, Meeting
from cunli_party.words import MEETINGS


def calendar_file(branch: Branch, meetings: Sequence[Meeting], *, base: str, made: datetime) -> bytes:
    """What is planned and what was held. What was called off says so, so that it goes from the phone as well."""
    calendar = Calendar()
    calendar.add("prodid", "-//Cunli//party//ZH")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", branch.name)
    for one in meetings:
        event = Event()
        event.add("uid", f"{one.key}@party.cunli")
        event.add("dtstamp", made)
        event.add("dtstart", one.starts_at)
        event.add("dtend", one.starts_at + timedelta(hours=max(1, one.hours)))
        event.add("summary", f"{MEETINGS[one.kind]}：{one.title}")
        if one.place:
            event.add("location", one.place)
        event.add("url", f"{base}/{one.key}")
        event.add("status", "CANCELLED" if one.state == "off" else "CONFIRMED")
        calendar.add_component(event)
    return bytes(calendar.to_ical())
