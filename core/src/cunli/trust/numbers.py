"""Phone and ID numbers as people write them, made one: the same number typed in any way is the same account."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType
from stdnum.cn import ric

_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]")
_CN_MOBILE = re.compile(r"1[3-9]\d{9}")
_LONGEST = 40


@dataclass(frozen=True, slots=True)
class Phone:
    """A mobile number. Shows itself masked everywhere; `e164` is the number itself and is never logged."""

    e164: str

    @property
    def national(self) -> str:
        """As people say it at home: 13812345678; numbers of other countries keep their +."""
        return self.e164.removeprefix("+86")

    def __str__(self) -> str:
        return mask_phone(self.e164)

    def __repr__(self) -> str:
        return f"Phone({self})"

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


def parse_phone(text: str) -> Phone | None:
    """The mobile number in `text`, or None. Without a country code it is a Chinese one; full-width digits, spaces and dashes do not matter."""
    plain = _plain(text)
    if not plain or len(plain) > _LONGEST:
        return None
    try:
        number = phonenumbers.parse(plain, "CN")
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not _is_mobile(number):
        return None
    return Phone(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def _is_mobile(number: phonenumbers.PhoneNumber) -> bool:
    if number.country_code == 86:  # new ranges are given out faster than the library's table follows
        return bool(_CN_MOBILE.fullmatch(str(number.national_number)))
    kind = phonenumbers.number_type(number)
    return kind in {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def parse_id_number(text: str) -> str | None:
    """The 18 characters of a resident identity number whose date and check digit are right, or None."""
    plain = _plain(text).replace(" ", "").upper()
    return plain if len(plain) == 18 and plain.isascii() and ric.is_valid(plain) else None


def _plain(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).split())


def mask_name(name: str) -> str:
    """张*秀, 张*, 欧**海: the first and, from three characters on, the last one."""
    name = name.strip()
    if len(name) < 2:
        return "*" * len(name)
    return f"{name[0]}*" if len(name) == 2 else f"{name[0]}{'*' * (len(name) - 2)}{name[-1]}"


def mask_phone(number: str) -> str:
    """138****1234; shorter numbers show less."""
    digits = number.removeprefix("+86")
    if len(digits) < 7:
        return "*" * len(digits)
    shown = 3 if len(digits) >= 11 else 2
    return f"{digits[:shown]}****{digits[-4:] if shown == 3 else digits[-2:]}"


def mask_id_number(number: str) -> str:
    """5101**********1234."""
    return f"{number[:4]}{'*' * (len(number) - 8)}{number[-4:]}" if len(number) >= 12 else "*" * len(number)


def mask_text(text: str) -> str:
    """The first character and three stars, whatever the length: the length of a text can tell too much."""
    return f"{text[:1]}***" if text else ""
