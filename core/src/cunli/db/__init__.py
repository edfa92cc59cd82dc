"""The database: units of work, village scopes, raw reads, start and stop. The engines and migrations are inside.

Nothing here knows a table; rooms and plugins bring their own models.
"""

from cunli.db import migrations
from cunli.db.asked import counted, counting
from cunli.db.belonging import Fold, OnMerge, Prefix, Stay
from cunli.db.config import AppConfig, Apps, redacted, tortoise_config
from cunli.db.errors import (
    BadUrl,
    Busy,
    Contended,
    Full,
    InsideUnit,
    MigrationRefused,
    NoScope,
    NotStarted,
    OutsideUnit,
    UnitOver,
    UnitTorn,
    Unreachable,
    WrongVillage,
)
from cunli.db.reads import Row, as_of_sql, engine, insert_many, marks, read, when, write, write_many
from cunli.db.running import connect_apart, start, started, stop
from cunli.db.scopes import VillageModel, across, scope, scoped_village, unscoped
from cunli.db.units import after_commit, before_commit, in_unit, refuse_in_unit, run_unit, savepoint, unit

__all__ = [
    "AppConfig",
    "Apps",
    "BadUrl",
    "Busy",
    "Contended",
    "Fold",
    "Full",
    "InsideUnit",
    "MigrationRefused",
    "NoScope",
    "NotStarted",
    "OnMerge",
    "OutsideUnit",
    "Prefix",
    "Row",
    "Stay",
    "UnitOver",
    "UnitTorn",
    "Unreachable",
    "VillageModel",
    "WrongVillage",
    "across",
    "after_commit",
    "as_of_sql",
    "before_commit",
    "connect_apart",
    "counted",
    "counting",
    "engine",
    "in_unit",
    "insert_many",
    "marks",
    "migrations",
    "read",
    "redacted",
    "refuse_in_unit",
    "run_unit",
    "savepoint",
    "scope",
    "scoped_village",
    "start",
    "started",
    "stop",
    "tortoise_config",
    "unit",
    "unscoped",
    "when",
    "write",
    "write_many",
]
