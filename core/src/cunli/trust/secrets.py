"""Secrets of the deployment at rest, such as the key of a service that it calls. They are about nobody."""

from __future__ import annotations

from cunli.trust.personal import EncryptedText


class SealedSecret:
    """A column of secrets. Sealed like personal data and bound to its row, but opened without an entry in the trail:
    the program that needs it reads it, and no page shows it.
    """

    def __init__(self, table: str, column: str) -> None:
        self._at = EncryptedText(table, column, "text")

    def __str__(self) -> str:
        return str(self._at)

    def seal(self, clear: str, row_key: str) -> str:
        """What to store."""
        return self._at.seal(clear, row_key)

    def open(self, sealed: str, row_key: str) -> str:
        """The secret in clear. Raises `Unreadable` for what does not open: another key, another row, damage."""
        return self._at._open(sealed, row_key)
