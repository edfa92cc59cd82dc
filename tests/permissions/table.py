"""The committed table of what every role is answered on every request: `table.csv`, one line for each request."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from .matrix import Cell
from .roles import ROLES

PATH: Final = Path(__file__).parent / "table.csv"
MEND: Final = "review the difference; when it is right, write the table anew: .venv/bin/python -m tests.permissions"
Expected = dict[tuple[str, str], str]


def expected() -> Expected:
    """By request and role: status, ` sign-in` for a redirect there, ` +` when rows are written."""
    with PATH.open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    return {(line["request"], role.id): line[role.id] for line in lines for role in ROLES}


def written(cells: Iterable[Cell]) -> str:
    """The text of the table for these answers."""
    by_row: dict[str, dict[str, str]] = {}
    for cell in cells:
        by_row.setdefault(cell.row, {})[cell.role] = cell.outcome
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(["request", *(role.id for role in ROLES)])
    for row, outcomes in sorted(by_row.items(), key=lambda pair: (pair[0].split(" ")[1], pair[0])):
        lines.writerow([row, *(outcomes[role.id] for role in ROLES)])
    return text.getvalue()


def differences(cells: Iterable[Cell], table: Expected) -> list[str]:
    """Answers that are not those of the table."""
    return [
        f"{cell.row} as {cell.role}: {cell.outcome}, expected {table.get((cell.row, cell.role), 'nothing')}"
        for cell in cells
        if table.get((cell.row, cell.role)) != cell.outcome
    ]
