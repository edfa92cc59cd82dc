"""`make test`: the whole suite. Says loudly what it could not test; in CI (`CI=true`) anything skipped fails the run.

A few failures are asked again, alone, and listed as unsteady when they pass: see `_judge`. In CI the whole has an end:
a run that hangs is given up while there is still time to say where. There, too, tests that are not about databases take turns on the
two (`cunli.testing.turns`); CUNLI_TEST_EVERYTHING=1 runs all of them on both, as `make test` does elsewhere.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# Playwright's synchronous interface and the event loop of the other tests do not share a process. The walk over all pages
# is one fixture of one file, so a file stays with one worker; which file is begun first, conftest.py says.
SIDE_BY_SIDE = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "-q")
RUNS = (
    [*SIDE_BY_SIDE, "--durations=25", "-m", "not browser"],
    ["-q", "-m", "browser", "tests/theme"],
    ["-q", "-m", "browser", "tests/docs"],
    ["-q", "-m", "browser", "tests/kit"],
    [
        *SIDE_BY_SIDE,
        "--durations=15",
        "-m",
        "browser",
        *(f"--ignore=tests/{one}" for one in ("theme", "docs", "kit")),
    ],
)
# Each first-party plugin and provider is tested as its author would: from its own folder's settings, with the kit of the core's wheel.
PLUGINS = tuple([*SIDE_BY_SIDE, str(one.parent.relative_to(ROOT))] for one in sorted(ROOT.glob("p*/*/pyproject.toml")))
TESTS_FAILED = 1  # pytest's exit code, as opposed to an error of its own
ASKED_AGAIN = 3
CI_SECONDS = 4950  # all stages together; a run that takes as long stands still somewhere
IN_CI = {"CUNLI_TEST_FORBID_SKIPS": "1", "CUNLI_TEST_TURNS": str(ROOT)}
LAST_WORDS = 20  # seconds that a run gets to write down where it stood
GIVEN_UP = 124  # the exit code of timeout(1)
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def missing() -> list[str]:
    """What this machine lacks for the full suite, with the way to get it."""
    found = []
    if not any(shutil.which(name) for name in CHROMIUM):
        found.append("the browser tests: no Chromium found (Debian: apt install chromium fonts-noto-cjk)")
    if shutil.which("java") is None:
        found.append("HTML validity: no Java for the Nu checker (Debian: apt install default-jre-headless)")
    if not _postgres_answers():
        found.append(
            "PostgreSQL: no server answers at CUNLI_TEST_POSTGRES (default postgresql://postgres@127.0.0.1:5432/postgres)"
        )
    return found


def _postgres_answers() -> bool:
    code = "import asyncio;from cunli.testing.databases import postgres_answers as p;raise SystemExit(not asyncio.run(p({k:v for k,v in __import__('os').environ.items() if k!='CI'})))"
    return subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def run_within(command: list[str], environment: Mapping[str, str], until: float | None) -> int:
    """The exit code; `GIVEN_UP` where `until` (of `time.monotonic`) came first: then each process wrote down where it stood."""
    process = subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)
    try:
        return process.wait(None if until is None else max(0.0, until - time.monotonic()))
    except subprocess.TimeoutExpired:
        print(f"\n*** GIVEN UP, no time left: {' '.join(command)}", flush=True)
        for number in (signal.SIGABRT, signal.SIGKILL):  # pytest's faulthandler answers the first with every stack
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(LAST_WORDS)
        return GIVEN_UP
    except KeyboardInterrupt:
        os.killpg(process.pid, signal.SIGINT)
        process.wait()
        raise


def _pytest(arguments: list[str], environment: dict[str, str], until: float | None) -> int:
    return run_within([sys.executable, "-m", "pytest", *arguments], environment, until)


def _judge(
    arguments: list[str], environment: dict[str, str], listing: Path, until: float | None
) -> tuple[int, list[str]]:
    """(exit code, tests that failed beside others and passed alone).

    On a shared machine that stands still for seconds, one test in thousands may fail for that alone. A failure is therefore
    asked a second time, alone; it is never passed over in silence, and more than a few failures are a failure at once.
    """
    listing.unlink(missing_ok=True)
    listed = ["-p", "scripts.failed_tests", *arguments]
    code = _pytest(listed, {**environment, "CUNLI_TEST_FAILED": str(listing)}, until)
    failed = sorted(set(listing.read_text("utf-8").splitlines())) if listing.exists() else []
    if code != TESTS_FAILED or not 0 < len(failed) <= ASKED_AGAIN:
        return code, []
    print("\n*** asked again, alone:", *failed, sep="\n***   ", flush=True)
    again = _pytest(["-q", "-m", "", *failed], environment, until)
    return again, failed if again == 0 else []


def main(arguments: list[str]) -> int:
    ci = bool(os.environ.get("CI"))
    lacking = missing()
    if ci and lacking:
        print("CI cannot run the whole suite:", *lacking, sep="\n  ")
        return 1
    environment = {**os.environ, **(IN_CI if ci else {})}
    if os.environ.get("CUNLI_TEST_EVERYTHING"):
        environment.pop("CUNLI_TEST_TURNS", None)
    until = time.monotonic() + CI_SECONDS if ci else None
    with tempfile.TemporaryDirectory() as folder:
        listing = Path(folder) / "failed"
        judged = [_judge(run, environment, listing, until) for run in ([arguments] if arguments else (*RUNS, *PLUGINS))]
    unsteady = [name for _, names in judged for name in names]
    if unsteady:
        print("\n*** UNSTEADY: failed once and passed alone. Find out why:", *unsteady, sep="\n***   ")
    if lacking:
        print("\n*** NOT TESTED on this machine:", *lacking, sep="\n***   ")
    return max(code for code, _ in judged)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
