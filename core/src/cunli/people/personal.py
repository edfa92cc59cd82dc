"""The personal data this room keeps: which columns, of which kind."""

from __future__ import annotations

from typing import Final

from cunli.trust.limits import Limit
from cunli.trust.personal import EncryptedText
from cunli.trust.secrets import SealedSecret

NAME: Final = EncryptedText("core_person", "name", "name")
PHONE: Final = EncryptedText("core_person", "phone", "phone")
ID_NUMBER: Final = EncryptedText("core_person", "id_number", "id_number")
SUBJECT: Final = EncryptedText("core_identity", "subject", "text")  # only its index is stored
ADDRESS: Final = SealedSecret("core_identity", "address")
SECOND: Final = SealedSecret("core_second_factor", "secret")
HEAD_NAME: Final = EncryptedText("core_membership", "head_name", "name")
OFFICE_IMPORT: Final = EncryptedText("core_office_import", "content", "text")
REVEALS: Final = Limit(name="reveals per official", most=120, seconds=3600)  # on whatever page
