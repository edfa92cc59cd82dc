"""From a database address to what Tortoise wants. Says which spellings exist, and refuses all others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from cunli.db.errors import BadUrl

Synchronous = Literal["FULL", "NORMAL"]
CONNECTION = "default"

_SQLITE_OPTIONS = {"readers"}
_POSTGRES_OPTIONS = {
    "host",
    "maxsize",
    "statement_cache_size",
    "ssl",
    "sslmode",
    "application_name",
    "lock_timeout",
    "statement_timeout",
}
_POSTGRES_NUMBERS = {"maxsize", "statement_cache_size", "lock_timeout", "statement_timeout"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AppConfig:
    """The tables of one app (the core or one plugin): where its models are, and its migrations, if it has any."""

    models: tuple[str, ...]
    migrations: str | None = None


Apps = Mapping[str, AppConfig]


def tortoise_config(url: str, apps: Apps, *, synchronous: Synchronous = "FULL") -> dict[str, Any]:
    """The configuration for Tortoise, with our engines. `apps` keeps its order: core first, then plugins."""
    return {
        "connections": {CONNECTION: connection_config(url, synchronous=synchronous)},
        "apps": {
            label: {"models": list(app.models), "migrations": app.migrations, "default_connection": CONNECTION}
            if app.migrations
            else {"models": list(app.models), "default_connection": CONNECTION}
            for label, app in apps.items()
        },
        "use_tz": True,
        "timezone": "UTC",
    }


def connection_config(url: str, *, synchronous: Synchronous = "FULL") -> dict[str, Any]:
    """Engine and credentials for one address. Raises `BadUrl` with the way to write it."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {"engine": "cunli.db.sqlite", "credentials": _sqlite(parts, synchronous)}
    if parts.scheme in {"postgresql", "postgres"}:
        return {"engine": "cunli.db.postgres", "credentials": _postgres(parts)}
    raise BadUrl(
        f"database address {redacted(url)!r}: write sqlite:///relative.db, sqlite:////absolute.db "
        "or postgresql://user:password@host:port/name"
    )


def redacted(url: str) -> str:
    """The address without its password, for logs and errors."""
    parts = urlsplit(url)
    return url.replace(f":{parts.password}@", ":***@") if parts.password else url


def _sqlite(parts: SplitResult, synchronous: Synchronous) -> dict[str, Any]:
    path = unquote(parts.path).removeprefix("/")
    if parts.netloc or not path or path == ":memory:":
        raise BadUrl(
            "a SQLite address names a file: sqlite:///relative.db or sqlite:////absolute.db (three or four slashes)"
        )
    options = _options(parts, _SQLITE_OPTIONS)
    return {"file_path": path, "synchronous": synchronous, **{key: int(value) for key, value in options.items()}}


def _postgres(parts: SplitResult) -> dict[str, Any]:
    options = _options(parts, _POSTGRES_OPTIONS)
    database = unquote(parts.path).removeprefix("/")
    if not database:
        raise BadUrl(
            "a PostgreSQL address ends with the name of the database: postgresql://user:password@host:port/name"
        )
    host = options.pop("host", None) or (unquote(parts.hostname) if parts.hostname else "localhost")
    if (mode := options.pop("sslmode", None)) is not None:
        options["ssl"] = mode
    return {
        "host": host,
        "port": parts.port or 5432,
        "user": unquote(parts.username) if parts.username else None,
        "password": unquote(parts.password) if parts.password else None,
        "database": database,
        **{key: int(value) if key in _POSTGRES_NUMBERS else value for key, value in options.items()},
    }


def _options(parts: SplitResult, known: set[str]) -> dict[str, str]:
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    if strange := sorted(set(options) - known):
        raise BadUrl(f"database address: unknown option {', '.join(strange)}; known are {', '.join(sorted(known))}")
    return options
