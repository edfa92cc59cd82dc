"""Notes that villagers pin to the board of their village."""

from .plugin import plugin

__all__ = ["plugin"]
