"""Migrations of the core and of each plugin: apply, undo, compare with the models, write new ones.

Every app brings its own; all apps are always given, in order, so that each sees the others. Nothing here runs at start-up.
"""

from cunli.db.errors import MigrationRefused
from cunli.db.schema.apply import Progress, known, migrate, pending, unapply
from cunli.db.schema.present import applied, keys_between_tables, unloaded
from cunli.db.schema.write import drift, make, review

__all__ = [
    "MigrationRefused",
    "Progress",
    "applied",
    "drift",
    "keys_between_tables",
    "known",
    "make",
    "migrate",
    "pending",
    "review",
    "unapply",
    "unloaded",
]
