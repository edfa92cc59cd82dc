"""PostgreSQL, Valkey, object storage, several web processes, a job worker and a reverse proxy, as one deployment."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import secrets
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from scripts.cluster import parts
from scripts.cluster.parts import Part, free_port

WORKERS = 4


@dataclass
class Cluster:
    """All parts; `url` is where people come in, `web_url` the application behind the proxy."""

    folder: Path
    database_url: str
    url: str
    web_url: str
    environment: dict[str, str]
    postgres: Part
    valkey: Part
    objects: Part
    web: Part
    worker: Part
    proxy: Part

    @property
    def all(self) -> tuple[Part, ...]:
        return (self.postgres, self.valkey, self.objects, self.web, self.worker, self.proxy)

    async def run(self, *arguments: str) -> str:
        """`cunli …` with the settings of this deployment. Raises with what it said when it fails."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cunli", *arguments, cwd=self.folder, env={**os.environ, **self.environment},
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        if process.returncode:
            raise parts.NotThere(f"cunli {' '.join(arguments)}: {said.decode()}")
        return said.decode()


async def assembled(folder: Path, workers: int = WORKERS, more: dict[str, str] | None = None) -> Cluster:
    """Everything in its place and nothing started. The settings are those of a county, but for TLS."""
    ports = {name: free_port() for name in ("postgres", "valkey", "objects", "web", "proxy")}
    keys = {
        "AWS_ACCESS_KEY_ID": "cunli",
        "AWS_SECRET_ACCESS_KEY": secrets.token_hex(16),
        "AWS_REGION": "local",
        "AWS_ENDPOINT": f"http://127.0.0.1:{ports['objects']}",
        "AWS_ALLOW_HTTP": "true",
    }
    url = f"http://127.0.0.1:{ports['proxy']}"
    database = f"postgresql://cunli@127.0.0.1:{ports['postgres']}/cunli"
    environment = {
        **keys,
        "CUNLI_DATABASE_URL": database,
        "CUNLI_VALKEY_URL": f"valkey://127.0.0.1:{ports['valkey']}/0",
        "CUNLI_STORAGE_URL": "s3://cunli/media",
        "CUNLI_BASE_URL": url,
        "CUNLI_TRUSTED_HOSTS": f"127.0.0.1:{ports['web']}",
        "CUNLI_TRUSTED_PROXIES": "127.0.0.1",
        "CUNLI_SECRET": secrets.token_urlsafe(48),
        "CUNLI_DATA_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "CUNLI_JOBS": "worker",
        "CUNLI_DEV": "true",  # codes go to the log: there is nobody to send them
        "CUNLI_WORKERS": str(workers),
        **(more or {}),
    }
    cunli = [sys.executable, "-m", "cunli"]
    web = Part(
        "web",
        [*cunli, "serve", "--port", str(ports["web"])],
        folder,
        parts.web_answers(ports["web"], "/readyz"),
        environment,
    )
    worker = Part("worker", [*cunli, "worker"], folder, _never_asked, environment)
    worker.answers = _begun(worker)
    return Cluster(
        folder=folder,
        database_url=database,
        url=url,
        web_url=f"http://127.0.0.1:{ports['web']}",
        environment=environment,
        postgres=await parts.postgres(folder, ports["postgres"]),
        valkey=parts.valkey(folder, ports["valkey"]),
        objects=parts.objects(folder, ports["objects"], keys),
        web=web,
        worker=worker,
        proxy=parts.proxy(folder, ports["proxy"], ports["web"]),
    )


async def _never_asked() -> bool:
    raise NotImplementedError


def _begun(worker: Part) -> Callable[[], Awaitable[bool]]:
    async def answers() -> bool:
        return "working" in worker.said()

    return answers


@contextlib.asynccontextmanager
async def cluster(workers: int = WORKERS, more: dict[str, str] | None = None) -> AsyncIterator[Cluster]:
    """A deployment with migrated tables and nobody in it. At the end everything is stopped and the folder is gone."""
    with tempfile.TemporaryDirectory(prefix="cunli-cluster-") as folder:
        made = await assembled(Path(folder), workers, more)
        try:
            for part in (made.postgres, made.valkey, made.objects):
                await part.start()
            await made.run("migrate")
            yield made
        finally:
            for part in reversed(made.all):
                await part.kill()


async def serve(made: Cluster) -> None:
    """Start what serves people."""
    await asyncio.gather(made.web.start(), made.worker.start())
    await made.proxy.start()
