"""The bazaar of a county's villages: shops, orders, stock and money that add up."""

from .plugin import plugin

__all__ = ["plugin"]
