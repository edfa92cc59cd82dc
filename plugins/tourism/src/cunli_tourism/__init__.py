"""Farm stays, farm kitchens and walks: booked from a phone in the city, and never booked twice."""

from .plugin import plugin

__all__ = ["plugin"]
