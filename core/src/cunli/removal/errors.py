"""What stops an export, a removal or an import."""

from __future__ import annotations


class CannotDo(Exception):
    """It was refused, and nothing in the database was changed. The text says why and what to do."""
