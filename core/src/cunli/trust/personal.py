"""Personal data at rest and on pages: sealed in the database, masked wherever it is shown, in clear only with an audit entry.

A column of personal data is declared once as an `EncryptedText`; rows hold `v1|key id|nonce|ciphertext`, bound to
table, column and row, so that a value copied to another row cannot be opened. Which capability a reveal needs is
the business of the page that offers it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Literal, NoReturn

from cryptography.exceptions import InvalidTag

from cunli import db
from cunli.trust import keys, second_eyes
from cunli.trust.audit import audit
from cunli.trust.numbers import mask_id_number, mask_name, mask_phone, mask_text

Kind = Literal["name", "phone", "id_number", "text"]
VERSION: Final = "v1"
NONCE: Final = 12
INDEX_BYTES: Final = 24
UNREADABLE_MARK: Final = "***"

_MASKS: Final[dict[Kind, Callable[[str], str]]] = {
    "name": mask_name,
    "phone": mask_phone,
    "id_number": mask_id_number,
    "text": mask_text,
}


class Unreadable(Exception):
    """A sealed value does not open: wrong key, wrong row, or damaged. Says where, never what."""

    def __init__(self, where: str) -> None:
        super().__init__(f"sealed value in {where} cannot be opened: its key is missing, or it was moved or damaged")


@dataclass(frozen=True, slots=True)
class EncryptedText:
    """A column that holds sealed text.

    NAME = EncryptedText("core_person", "name", "name")
    person.name = NAME.seal("张桂秀", person.key)
    masked = NAME.masked(person.name, person.key)  # shows 张*秀
    """

    table: str
    column: str
    kind: Kind

    def seal(self, clear: str, row_key: str) -> str:
        """What to store. The empty text stays empty, so that "nothing given" needs no key."""
        if not clear:
            return ""
        key = keys.current().data[0]
        nonce = os.urandom(NONCE)
        sealed = key.cipher.encrypt(nonce, clear.encode(), self._bound_to(row_key, key.kid))
        return "|".join((VERSION, key.kid, _b64(nonce), _b64(sealed)))

    def masked(self, sealed: str, row_key: str) -> Masked:
        """The value as pages and logs may see it."""
        return Masked(self, sealed, row_key)

    def own(self, sealed: str, row_key: str, *, about: int, reader: int) -> str:
        """The value in clear for the person it is about, and for nobody else: no audit, because everybody may see their own."""
        if about != reader:
            raise PermissionError(f"{self} of one person was asked for by another: use reveal()")
        return self._open(sealed, row_key)

    def index(self, clear: str) -> str:
        """The blind index to store beside the value, for exact lookup. `clear` must be normalised."""
        return self.indexes(clear)[0]

    def indexes(self, clear: str) -> tuple[str, ...]:
        """Every index the value may be stored under while keys are rotated; the current one first."""
        message = f"{self}\x00{clear}".encode()
        return tuple(_b64(hmac.digest(key.index, message, "sha256")[:INDEX_BYTES]) for key in keys.current().data)

    def is_stale(self, sealed: str) -> bool:
        """Whether the value was sealed with an earlier key and should be sealed again."""
        return bool(sealed) and sealed.split("|")[1:2] != [keys.current().data[0].kid]

    def _open(self, sealed: str, row_key: str) -> str:
        if not sealed:
            return ""
        version, kid, nonce, text = (*sealed.split("|"), "", "", "", "")[:4]
        key = keys.current().generation(kid)
        if version != VERSION or key is None:
            raise Unreadable(str(self))
        try:
            return key.cipher.decrypt(_unb64(nonce), _unb64(text), self._bound_to(row_key, kid)).decode()
        except (InvalidTag, ValueError, binascii.Error):
            raise Unreadable(str(self)) from None

    def _bound_to(self, row_key: str, kid: str) -> bytes:
        return "\x00".join((VERSION, kid, self.table, self.column, row_key)).encode()

    def __str__(self) -> str:
        return f"{self.table}.{self.column}"


class Masked:
    """Personal data that shows itself masked: in templates, in logs, in error pages, in a debugger.

    The clear text is not an attribute. `reveal()` opens it and writes down who asked; `matches()` compares without
    opening.
    """

    __slots__ = ("_row_key", "_sealed", "_shown", "_where")

    def __init__(self, where: EncryptedText, sealed: str, row_key: str) -> None:
        self._where = where
        self._sealed = sealed
        self._row_key = row_key
        self._shown: str | None = None

    def likeness(self) -> str:
        """A keyed digest that is equal for equal texts, spaces aside: for finding the same name in a long list.

        Empty when there is nothing, or nothing that opens.
        """
        try:
            clear = "".join(_open(self).split())
        except Unreadable:
            return ""
        return (
            _b64(hmac.digest(keys.current().data[0].index, f"likeness\x00{clear}".encode(), "sha256")) if clear else ""
        )

    def matches(self, other: Masked) -> bool:
        """Whether both hide the same text; spaces inside do not count. False when either is empty or unreadable."""
        mine = self.likeness()
        return bool(mine) and hmac.compare_digest(mine, other.likeness())

    def __bool__(self) -> bool:
        return bool(self._sealed)

    def __str__(self) -> str:
        if self._shown is None:
            try:
                self._shown = _MASKS[self._where.kind](_open(self))
            except Unreadable:
                self._shown = UNREADABLE_MARK  # one damaged value must not take the list it stands in with it
        return self._shown

    def __repr__(self) -> str:
        return f"Masked({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __reduce__(self) -> NoReturn:
        raise TypeError("masked personal data does not travel: pass the row's key instead")


def _open(value: Masked) -> str:
    return value._where._open(value._sealed, value._row_key)


@db.unit
async def reveal(*values: Masked, actor: int, village: int | None, object: tuple[str, int | str]) -> tuple[str, ...]:
    """The clear texts, in the order asked for, together with one audit entry that says which columns were opened.

    Raises `Unreadable` when one of them does not open; then nothing is recorded, because nothing was seen. Where `object` is
    `("person", id)` or `("membership", id)` of somebody under eighteen, another official has to have agreed before: without
    that the visitor is told so, and nothing is opened.
    """
    return await _revealed(values, actor=actor, village=village, object=object)


@db.unit
async def reveal_because(
    reason: str, *values: Masked, actor: int, village: int | None, object: tuple[str, int | str]
) -> tuple[str, ...]:
    """The same for a reason that stands in the entry."""
    return await _revealed(values, actor=actor, village=village, object=object, reason=reason)


async def _revealed(
    values: tuple[Masked, ...],
    *,
    actor: int,
    village: int | None,
    object: tuple[str, int | str],
    **why: str,
) -> tuple[str, ...]:
    clear = tuple(_open(value) for value in values)
    second = await second_eyes.refuse_alone(actor, object)
    columns = sorted({str(value._where) for value in values if value})
    details: dict[str, Any] = {"columns": ", ".join(columns), **why, **({"allowed_by": second} if second else {})}
    await audit("core.person.reveal", actor=actor, village=village, object=object, **details)
    return clear


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
