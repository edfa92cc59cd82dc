"""What can go wrong with the database, by name. Errors of the drivers never leave this room."""

from __future__ import annotations

from typing import Final

from tortoise.exceptions import DBConnectionError, IntegrityError, OperationalError

from cunli.mistakes import OperatorMistake

OUTSIDE: Final = (
    "writes happen inside a unit of work: decorate the action with @db.unit, or call it through db.run_unit()"
)
OVER: Final = (
    "the unit of work is over: a task started inside it went on using the database; start it with db.after_commit()"
)


class Busy(OperationalError):
    """The database had no room for this work in time. Nothing was written; the person may try again."""


class Contended(Busy):
    """Another transaction was in the way (lock, deadlock, serialization). Units try again by themselves before this is seen."""


class AlreadyThere(IntegrityError):
    """The same unique value is in the table. A unit runs once more: if another one wrote it meanwhile, it is seen the second time."""


class Unreachable(Busy, DBConnectionError):
    """The database does not answer at all. What was being written when it went is unknown, unless it was a read."""


class Full(OperationalError):
    """The disk under the database takes nothing more. Nothing was written; reading goes on."""


class BadUrl(OperatorMistake):
    """The database address in the settings cannot be understood."""


class NotStarted(RuntimeError):
    """The database is used before `db.start()` or after `db.stop()`."""


class InsideUnit(RuntimeError):
    """Something slow or foreign (network, hook, template) was about to run while a transaction is open."""


class OutsideUnit(RuntimeError):
    """A write was attempted outside a unit of work: it could be cancelled half-way."""


class UnitOver(RuntimeError):
    """A task that was started inside a unit went on using its transaction after the end."""


class UnitTorn(RuntimeError):
    """A part of the unit failed, the error was swallowed, and committing would keep half of the work."""


class NoScope(RuntimeError):
    """A village table was used before saying which village is meant."""


class WrongVillage(RuntimeError):
    """A row of one village was about to be written while another village is in scope."""


class MigrationRefused(OperatorMistake):
    """A migration cannot be run, undone or written as asked. Nothing was changed; the text says what to do."""
