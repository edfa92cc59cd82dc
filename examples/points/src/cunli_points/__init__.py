"""Points (积分) for good deeds in a village, kept in a ledger, and a small shop where they are spent."""

from .events import PointsGiven
from .plugin import plugin

__all__ = ["PointsGiven", "plugin"]
