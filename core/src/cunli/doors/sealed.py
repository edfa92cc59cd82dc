"""Personal data in a plugin's tables: sealed at rest, masked on pages, opened with an entry in the records."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cunli.trust.personal import EncryptedText


@dataclass(frozen=True, slots=True)
class SealedText(EncryptedText):
    """A text column of the plugin that holds personal data sealed with the county's key.

    `kind` says how it is masked: `name`, `phone`, `id_number`, or `text` for all else. Rows need a key of their own that
    never changes (`new_key()`), to which the value is bound: copied to another row it does not open. Declare a `TextField`
    for the value, and a `CharField(max_length=32)` beside it for `index`, if rows are looked up by it.

    PHONE = SealedText("mailbox_letter", "phone", "phone")
    Letter(key=key, phone=PHONE.seal("13800138000", key), phone_index=PHONE.index("13800138000"))
    Letter.filter(phone_index__in=PHONE.indexes("13800138000"))
    PHONE.masked(letter.phone, letter.key)  # shows 138****8000; `reveal` opens it
    """

    def __post_init__(self) -> None:
        if self.table.startswith("core_") or "_" not in self.table:
            raise ValueError(f"{self.table} is not a table of a plugin")

    def held(self, sealed: str, row_key: str, *, secret: str, index: str, by: SealedText) -> str:
        """The value in clear for whoever holds a secret: somebody without an account who was given a code.

        `index` stands in the row and is `by.index(secret)`. Nothing is written down, because an entry would say when. Raises
        `PermissionError` for another secret.
        """
        if not any(hmac.compare_digest(index, one) for one in by.indexes(secret)):
            raise PermissionError(f"{self} was asked for with a secret that is not its own")
        return self._open(sealed, row_key)
