"""Letters to the village committee: a plugin that goes through every front door of the core."""

from .plugin import plugin

__all__ = ["plugin"]
