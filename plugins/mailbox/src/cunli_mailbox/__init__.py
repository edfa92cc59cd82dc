"""Wishes that villagers write on the wall of their village."""

from .plugin import plugin

__all__ = ["plugin"]
