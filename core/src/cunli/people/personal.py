"""The personal data this room keeps: which columns, of which kind."""

from __future__ import annotations

from typing import Final

from cunli.trust.personal import EncryptedText

NAME: Final = EncryptedText("core_person", "name", "name")
PHONE: Final = EncryptedText("core_person", "phone", "phone")
ID_NUMBER: Final = EncryptedText("core_person", "id_number", "id_number")
HEAD_NAME: Final = EncryptedText("core_membership", "head_name", "name")
