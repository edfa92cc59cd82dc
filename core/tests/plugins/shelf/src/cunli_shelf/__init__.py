"""A plugin of the tests: papers that villagers put on a shelf."""

from .plugin import plugin

__all__ = ["plugin"]
