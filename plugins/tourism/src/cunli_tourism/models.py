"""The tables, gathered for the manifest."""

from __future__ import annotations

from .booking_models import (
    GUEST_NAME,
    GUEST_PHONE,
    NOBODY,
    REGISTERED_NAME,
    REGISTERED_NUMBER,
    SAYING,
    Booking,
    Guest,
    MoneyLine,
    Refund,
    Review,
    Step,
    Taken,
)
from .listing_models import CALENDAR, Listing
from .place_models import PLACE_PHONE, Licence, Offer, Place, Season
from .village_models import Complaint, Outing, Stop

__all__ = [
    "CALENDAR",
    "GUEST_NAME",
    "GUEST_PHONE",
    "NOBODY",
    "PLACE_PHONE",
    "REGISTERED_NAME",
    "REGISTERED_NUMBER",
    "SAYING",
    "Booking",
    "Complaint",
    "Guest",
    "Licence",
    "Listing",
    "MoneyLine",
    "Offer",
    "Outing",
    "Place",
    "Refund",
    "Review",
    "Season",
    "Step",
    "Stop",
    "Taken",
]
