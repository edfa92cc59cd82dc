"""`python -m scripts.cluster`: start every part on this machine, check each, and keep it running until Ctrl+C.

With --check it ends by itself after the checks; the exit code says whether all parts were well and ended in good order.
"""

from __future__ import annotations

import asyncio
import signal
import sys

from scripts.cluster.cluster import Cluster, cluster, serve
from scripts.cluster.parts import NotThere


async def main() -> int:
    try:
        async with cluster() as made:
            await serve(made)
            if "--demo" in sys.argv:
                print(await made.run("demo", "load"))
            bad = await check(made)
            if "--check" not in sys.argv:
                print(f"people come in at {made.url}; stop with Ctrl+C", flush=True)
                await _until_told()
            return await end(made) | bad
    except NotThere as exc:
        print(f"cluster: {exc}", file=sys.stderr)
        return 2


async def check(made: Cluster) -> int:
    """Ask every part; 1 when one does not answer."""
    states = {part.name: await part.serves() for part in made.all}
    for name, well in states.items():
        print(f"{'ok    ' if well else 'FAILED'} {name}", flush=True)
    return int(not all(states.values()))


async def end(made: Cluster) -> int:
    """Stop one part after the other, those that serve first; 1 when one did not end in good order."""
    bad = 0
    for part in reversed(made.all):
        code = await part.stop()
        well = code in (0, -signal.SIGTERM)
        print(f"{'ended ' if well else 'FAILED'} {part.name} ({code})", flush=True)
        bad |= not well
    return bad


async def _until_told() -> None:
    told = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, told.set)
    await told.wait()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
