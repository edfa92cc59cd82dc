"""A real county served by the real commands, and a real browser to visit it with."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from playwright.sync_api import Browser, Page, expect, sync_playwright

from cunli.testing import databases
from cunli.testing.live import DATA_KEY

from ..ports import free_port

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 60.0  # for what takes a moment on a machine with nothing else to do
expect.set_options(timeout=PATIENCE * 1000)
PASSWORD = "shaigu-46-tanzi-测试"


@dataclass
class County:
    """A served deployment: its address, its folder, and its commands."""

    url: str
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None
    log: Path = field(default=Path())

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run `cunli …` in the deployment's folder; fails with what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "cunli", *arguments],
            cwd=self.folder,
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"cunli {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout

    def start(self) -> None:
        """Serve, and wait for the first answer."""
        self.log = self.folder / "serve.log"
        port = self.url.rsplit(":", 1)[1]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "cunli", "serve", "--port", port],
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.log.read_text("utf-8", "replace")[-3000:]
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).read()
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
            else:
                return
        raise AssertionError("the server did not answer within a minute")

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(PATIENCE)

    def last_code(self) -> str:
        """The sign-in code that the console provider wrote last."""
        lines = [line for line in self.log.read_text("utf-8", "replace").splitlines() if "验证码" in line]
        found = re.findall(r"(?<!\d)(\d{6})(?!\d)", "\n".join(lines))
        assert found, self.log.read_text("utf-8", "replace")[-2000:]
        return str(found[-1])


@contextmanager
def _database(kind: str, folder: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield databases.sqlite_url(folder / "cunli.db")
        return
    # in a thread of its own: Playwright keeps an event loop running in this one
    with ThreadPoolExecutor(1) as apart:
        loop, stack = asyncio.new_event_loop(), AsyncExitStack()
        try:
            if not apart.submit(loop.run_until_complete, databases.postgres_answers()).result():
                pytest.skip(f"NOT TESTED on PostgreSQL: no server at {databases.postgres_server()}")
            made = stack.enter_async_context(databases.scratch_postgres())
            yield apart.submit(loop.run_until_complete, made).result()
        finally:
            apart.submit(loop.run_until_complete, stack.aclose()).result()
            loop.close()


@contextmanager
def deployment(kind: str, folder: Path, **settings: str) -> Iterator[County]:
    """A migrated deployment in development mode; not served yet."""
    with _database(kind, folder) as url:
        address = f"http://127.0.0.1:{free_port()}"
        environment = (
            {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")}
            | {
                "CUNLI_DATABASE_URL": url,
                "CUNLI_DEV": "true",
                "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
                "CUNLI_DATA_KEY": DATA_KEY,
                "CUNLI_STORAGE_URL": f"file://{folder / 'media'}",
                "CUNLI_BASE_URL": address,
                "CUNLI_SECOND_FACTOR": "optional",  # people sign in by the page, again and again; test_signing_in.py asks for it
                "PYTHONUNBUFFERED": "1",
                **settings,
            }
        )
        county = County(url=address, folder=folder, environment=environment)
        county.command("migrate")
        try:
            yield county
        finally:
            county.stop()


def installed(example: str, site: Path) -> Path:
    """A worked example as an installer leaves it; the folder for the import path."""
    (built,) = WheelBuilder(str(ROOT / "examples" / example)).build(directory=str(site), versions=["standard"])
    with zipfile.ZipFile(built) as wheel:
        wheel.extractall(site)
    return site


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def county(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """邛崃市, imported from the real table, every village opened, with a village admin for 花园村; served."""
    folder = tmp_path_factory.mktemp(f"county-{request.param}")
    with deployment(request.param, folder) as made:
        made.command("regions", "import", str(ROOT / "data/regions-510183.csv"))
        made.command("village", "open", "--all")
        made.start()
        yield made


# Nobody listens there; what matters is the page where officials fill in their address.
MAIL = f"""channels = ["email"]
[plugin.email]
host = "127.0.0.1"
port = {free_port()}
security = "none"
sender = "cunli@county.example"
"""


@contextmanager
def demo_county(folder: Path) -> Iterator[County]:
    """The demo county on SQLite, served, with e-mail, and the worked example for the console to tell of: installed, and on nowhere."""
    settings = {"PYTHONPATH": str(installed("points", folder / "site")), "CUNLI_PLUGINS": "points"}
    (folder / "cunli.toml").write_text(MAIL, encoding="utf-8")
    with deployment("sqlite", folder, CUNLI_PAGE_CACHE_SECONDS="0", **settings) as made:
        made.command("demo", "load")
        made.start()
        yield made


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """The demo county, for every page of it."""
    with demo_county(tmp_path_factory.mktemp("demo")) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium, without a window."""
    if CHROMIUM is None:
        pytest.skip("NOT TESTED in a browser: no Chromium (Debian: apt install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()


@contextmanager
def visiting(
    browser: Browser, county: County, *, width: int = 390, script: bool = True, look: str = "", locale: str = "zh-CN"
) -> Iterator[Page]:
    """A new visitor's page. Whatever the page complains about on the console fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 800 else 800},
        java_script_enabled=script,
        locale=locale,
        service_workers="block",  # what a worker asks for, a test that watches or cuts the line would not see
        base_url=county.url,
    )
    context.set_default_timeout(PATIENCE * 1000)
    if look:
        context.add_cookies([{"name": "cunli_look", "value": look, "url": county.url}])
    complaints: list[str] = []
    outside: list[str] = []
    context.on(
        "request", lambda r: outside.append(r.url) if not r.url.startswith((county.url, "data:", "blob:")) else None
    )
    page = context.new_page()
    page.on(
        "console",
        lambda m: (
            complaints.append(m.text)
            if m.type == "error" and "the server responded with a status of 4" not in m.text
            else None
        ),
    )
    page.on("pageerror", lambda e: complaints.append(str(e)))
    try:
        try:
            yield page
        except BaseException as exc:
            picture = county.folder / f"failed-{width}-{id(page) % 1000}.png"
            page.screenshot(path=picture, full_page=True)
            exc.add_note(f"{page.url} looked like {picture}")
            raise
        assert complaints == []
        assert outside == [], "a page asked another host"
    finally:
        context.close()
