"""What can be wrong with a backup, in sentences for whoever runs the command."""

from __future__ import annotations

from cunli.mistakes import OperatorMistake


class CannotBackUp(OperatorMistake):
    """The backup was not made; nothing was left behind."""


class Damaged(OperatorMistake):
    """The file is not as it was written."""


class Locked(OperatorMistake):
    """The file is sealed, and what was given does not open it."""


class CannotRestore(OperatorMistake):
    """Nothing was restored; the target is as it was."""
