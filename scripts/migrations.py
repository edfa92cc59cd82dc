"""Do the migrations say what the models say? Prints what differs; `--make NAME` writes the core's next migration."""

from __future__ import annotations

import asyncio
import sys

from cunli import rooms
from cunli.db import migrations

APPS = {"core": rooms.APP}


async def main(arguments: list[str]) -> int:
    if arguments[:1] == ["--make"]:
        print(
            await migrations.make(APPS, "core", name=arguments[1] if len(arguments) > 1 else "") or "nothing to write"
        )
        return 0
    found = [*await migrations.drift(APPS), *await migrations.review(APPS, "core")]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))
