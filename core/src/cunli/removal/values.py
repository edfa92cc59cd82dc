"""How a value of each kind of column is written in an export: the same text for the same value on both databases."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import Field

from cunli import db


@dataclass(frozen=True, slots=True)
class Kind:
    """`write` makes JSON of what the driver gave; `read` makes what the database takes, or raises `ValueError`."""

    name: str
    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


_LINE_ENDS: Final = {ord(end): f"\\u{ord(end):04x}" for end in "\x7f\x85\u2028\u2029"}


def kind_of(field: Field[Any]) -> Kind | None:
    """How to write the values of a field; None for fields that not both databases can store."""
    if isinstance(field, fields.DecimalField):
        return _decimal(field.decimal_places)
    return next((kind for known, kind in _KINDS.items() if isinstance(field, known)), None)


def line(value: Mapping[str, Any]) -> bytes:
    """One row, one line, always spelled alike; also for tools that take other characters for the end of a line."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate(_LINE_ENDS).encode() + b"\n"


def _exactly(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is not {kind.__name__}")
        return value

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text")
    if "\x00" in value and db.engine() != "sqlite":
        raise ValueError("the text has a NUL character, which PostgreSQL cannot store")
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value


def _float_out(value: Any) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)


def _float_in(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def _moment_out(value: Any) -> str:
    moment: datetime = db.when(value)
    return moment.isoformat(timespec="microseconds")


def _moment_in(value: Any) -> datetime:
    found = datetime.fromisoformat(_text(value))
    if found.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    return found


def _day_out(value: Any) -> str:
    day: date = value if isinstance(value, date) else date.fromisoformat(value)
    return day.isoformat()


def _json_out(value: Any) -> Any:
    parsed = json.loads(value, parse_float=_plain_float) if isinstance(value, str) else value
    return json.loads(json.dumps(parsed, sort_keys=True))


def _plain_float(text: str) -> float | int:
    """PostgreSQL spells 1e16 out; from there on a float that is whole is written as whole."""
    number = float(text)
    return int(number) if abs(number) >= 1e16 and number.is_integer() else number


def _decimal(places: int) -> Kind:
    step = Decimal(1).scaleb(-places)

    def read(value: Any) -> Decimal:
        try:
            found = Decimal(_text(value))
        except InvalidOperation:
            raise ValueError(f"{value!r} is not a decimal number") from None
        return found

    return Kind(f"decimal.{places}", lambda value: format(Decimal(str(value)).quantize(step), "f"), read)


_KINDS: Final[Mapping[type[Any], Kind]] = {
    fields.BooleanField: Kind("boolean", bool, _exactly(bool)),
    fields.IntField: Kind("integer", int, _whole),
    fields.FloatField: Kind("float", _float_out, _float_in),
    fields.CharField: Kind("text", str, _text),
    fields.TextField: Kind("text", str, _text),
    fields.DatetimeField: Kind("moment", _moment_out, _moment_in),
    fields.DateField: Kind("day", _day_out, lambda value: date.fromisoformat(_text(value))),
    fields.TimeDeltaField: Kind("microseconds", int, _whole),
    fields.UUIDField: Kind("uuid", lambda value: str(UUID(str(value))), lambda value: UUID(_text(value))),
    fields.BinaryField: Kind(
        "bytes",
        lambda value: base64.b64encode(value).decode(),
        lambda value: base64.b64decode(_text(value), validate=True),
    ),
    fields.JSONField: Kind(
        "json", _json_out, lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    ),
}
