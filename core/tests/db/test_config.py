"""Addresses of databases, as people write them."""

from __future__ import annotations

from typing import Any

import pytest

from cunli import db
from cunli.db.config import connection_config


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:///var/cunli.db", {"file_path": "var/cunli.db"}),
        ("sqlite:////srv/cunli/a%20b.db?readers=2", {"file_path": "/srv/cunli/a b.db", "readers": 2}),
        (
            "postgresql://lin:p%40ss%2F@db.example:5433/cunli?maxsize=20",
            {
                "user": "lin",
                "password": "p@ss/",
                "host": "db.example",
                "port": 5433,
                "database": "cunli",
                "maxsize": 20,
            },
        ),
        ("postgres://lin@[::1]/cunli", {"user": "lin", "password": None, "host": "::1", "port": 5432}),
        ("postgresql://lin@/cunli?host=/var/run/postgresql", {"host": "/var/run/postgresql", "database": "cunli"}),
        ("postgresql:///cunli", {"host": "localhost", "user": None, "database": "cunli"}),
        ("postgresql://h/cunli?sslmode=require&statement_cache_size=0", {"ssl": "require", "statement_cache_size": 0}),
    ],
)
def test_an_address_becomes_what_the_driver_wants(url: str, expected: dict[str, Any]) -> None:
    given = connection_config(url)["credentials"]
    assert {key: given[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        ("mysql://root@localhost/x", "sqlite:///relative.db"),
        ("cunli.db", "sqlite:///relative.db"),
        ("sqlite://cunli.db", "three or four slashes"),
        ("sqlite://", "three or four slashes"),
        ("sqlite:///:memory:", "names a file"),
        ("sqlite:///x.db?journal_mode=DELETE", "unknown option journal_mode; known are readers"),
        ("postgresql://lin@localhost", "name of the database"),
        ("postgresql://lin@localhost/x?maxsice=3", "unknown option maxsice"),
    ],
)
def test_what_cannot_be_understood_is_refused_with_the_right_spelling(url: str, hint: str) -> None:
    with pytest.raises(db.BadUrl, match=hint.replace("?", r"\?")):
        connection_config(url)


def test_a_password_never_shows() -> None:
    assert db.redacted("postgresql://lin:secret@h/x") == "postgresql://lin:***@h/x"
    assert db.redacted("sqlite:///x.db") == "sqlite:///x.db"
    with pytest.raises(db.BadUrl) as refused:
        connection_config("oracle://lin:secret@h/x")
    assert "secret" not in str(refused.value)


def test_the_apps_keep_their_order_and_their_migrations() -> None:
    apps = {
        "core": db.AppConfig(models=("cunli.places.models",), migrations="cunli.migrations"),
        "sample": db.AppConfig(models=("cunli_sample.models",)),
    }
    config = db.tortoise_config("sqlite:///x.db", apps, synchronous="NORMAL")
    assert list(config["apps"]) == ["core", "sample"]
    assert config["apps"]["core"]["migrations"] == "cunli.migrations"
    assert "migrations" not in config["apps"]["sample"]
    assert config["connections"]["default"]["engine"] == "cunli.db.sqlite"
    assert config["connections"]["default"]["credentials"]["synchronous"] == "NORMAL"
    assert (config["use_tz"], config["timezone"]) == (True, "UTC")
