"""The personal data this room keeps."""

from __future__ import annotations

from typing import Final

from cunli.trust.personal import EncryptedText

NAME: Final = EncryptedText("core_guardian", "name", "name")
