"""A party branch in a village: who belongs to it, what they learn, when they meet, and those who work far away."""

from .plugin import plugin

__all__ = ["plugin"]
