"""Migrate once: `migrate.py URL LABEL MODULE [LABEL MODULE …]`, with the folder of the packages in PYTHONPATH."""

from __future__ import annotations

import asyncio
import sys

from cunli import db

labels, modules = sys.argv[2::2], sys.argv[3::2]
apps = {
    label: db.AppConfig(models=(f"{module}.models",), migrations=f"{module}.migrations")
    for label, module in zip(labels, modules, strict=True)
}
print(*asyncio.run(db.migrations.migrate(sys.argv[1], apps)))
