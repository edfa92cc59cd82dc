"""A provider's own section of the settings, `[plugin.<name>]`: typed, and with secrets that may stand in files of their own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError

from cunli.settings import Settings, SettingsError

S = TypeVar("S", bound="Section")
LONGEST_SECRET: Final = 4096


class Section(BaseModel):
    """What stands in `[plugin.<name>]`. Each `SecretStr` field x may be given as `x_file`, the path of a file that holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


def section(settings: Settings, name: str, kind: type[S]) -> S:
    """The section of this name. Raises `SettingsError` with one sentence for each field that is missing or wrong."""
    given = dict(settings.plugin.get(name, {}))
    problems: list[str] = []
    _from_files(name, given, kind, problems)
    try:
        found = kind.model_validate(given)
    except ValidationError as exc:
        problems += [_sentence(name, kind, dict(error)) for error in exc.errors()]
    if problems:
        raise SettingsError(problems)
    return found


def web_address(settings: Settings, name: str, key: str, address: str) -> str:
    """The address of a service without a slash at its end. Raises `SettingsError`: in production only https will do."""
    parts = urlsplit(address)
    schemes = ("https", "http") if settings.dev else ("https",)
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.query or parts.fragment:
        raise SettingsError([f"[plugin.{name}] {key} is an https address without a password, such as https://host"])
    return address.rstrip("/")


def _from_files(name: str, given: dict[str, Any], kind: type[Section], problems: list[str]) -> None:
    for key, field in kind.model_fields.items():
        if field.annotation is not SecretStr or (path := given.pop(f"{key}_file", None)) is None:
            continue
        try:
            given[key] = Path(str(path)).read_text("utf-8")[:LONGEST_SECRET].strip()
        except (OSError, UnicodeDecodeError) as exc:
            problems.append(f"[plugin.{name}] {key}_file cannot be read: {type(exc).__name__}")


def _sentence(name: str, kind: type[Section], error: Mapping[str, Any]) -> str:
    """Says what is wrong and never what was given: it may be a secret."""
    key = ".".join(str(part) for part in error["loc"])
    field = kind.model_fields.get(key)
    if error["type"] == "extra_forbidden":
        return f"[plugin.{name}] {key} is unknown; known are: {', '.join(kind.model_fields)}"
    about = f" ({field.description})" if field is not None and field.description else ""
    what = "is missing" if error["type"] == "missing" else error["msg"].lower()
    return f"[plugin.{name}] {key}: {what}{about}"
