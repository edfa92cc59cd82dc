"""Secrets: none that is weak or known to others is served with, none is found where others look, and they can be changed (SC-1)."""

from __future__ import annotations

import base64
import math
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cunli import settings as settings_module
from cunli.cli import command_line
from cunli.cli.init import fresh_file
from cunli.settings import TEST_DATA_KEY, TEST_SECRET, load
from cunli.testing.accounts import account, sign_in
from cunli.testing.live import live_site, settings_for
from cunli.testing.templates import EmptyDatabases

from ..ports import free_port

ROOT = Path(__file__).resolve().parents[2]
STRONG = "k3J9-vvQz-71mP-xxEr-20Lw-aaTb-96Yn-ccUd"
STRONG_KEY = base64.b64encode(bytes(7 * n % 251 for n in range(32))).decode()

# -- starting --------------------------------------------------------------------------------------------------------------


def start(command: str, **settings: str) -> Result:
    """`cunli serve` or `cunli worker` with these settings, as far as it gets."""
    given = {"CUNLI_CODE_SENDER": "aliyun", "CUNLI_DATABASE_URL": "sqlite:///nowhere/at/all.db", **settings}
    return CliRunner().invoke(command_line, [command], env={"CUNLI_CONFIG": None, **given})


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands read `cunli.toml` where they stand."""
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", ["serve", "worker"])
@pytest.mark.parametrize(
    ("settings", "about"),
    [
        ({"CUNLI_DATA_KEY": STRONG_KEY}, "secret is missing"),
        ({"CUNLI_SECRET": "", "CUNLI_DATA_KEY": STRONG_KEY}, "secret is missing"),
        ({"CUNLI_SECRET": "k3J9-vvQz-71mP-xxEr-20Lw", "CUNLI_DATA_KEY": STRONG_KEY}, "at least 32"),
        ({"CUNLI_SECRET": "change-me", "CUNLI_DATA_KEY": STRONG_KEY}, "secret is missing or weak"),
        ({"CUNLI_SECRET": "abcabcabc" * 5, "CUNLI_DATA_KEY": STRONG_KEY}, "secret is missing or weak"),
        ({"CUNLI_SECRET": TEST_SECRET, "CUNLI_DATA_KEY": STRONG_KEY}, "secret is missing or weak"),
        ({"CUNLI_SECRET": STRONG}, "data_key is missing"),
        ({"CUNLI_SECRET": STRONG, "CUNLI_DATA_KEY": TEST_DATA_KEY}, "everybody knows"),
    ],
)
def test_nothing_starts_with_a_secret_that_is_none(command: str, settings: dict[str, str], about: str) -> None:
    refused = start(command, **settings)
    assert refused.exit_code == 3
    assert about in refused.stderr
    assert "not fit for real people" in refused.stderr
    for value in settings.values():
        assert value == "" or value not in refused.output.replace("change-me", "")


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_good_secrets_get_further_and_without_the_guard_bad_ones_would(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They fail at the next thing that is missing here: the provider of codes, or the database."""
    good = start(command, CUNLI_SECRET=STRONG, CUNLI_DATA_KEY=STRONG_KEY)
    assert good.exit_code != 0
    assert "not fit" not in good.output
    monkeypatch.setattr(settings_module, "problems_in_production", lambda settings: [])
    bad = start(command, CUNLI_SECRET="change-me", CUNLI_DATA_KEY=STRONG_KEY)
    assert "not fit" not in bad.output
    assert type(bad.exception) is type(good.exception)


def test_what_init_writes_is_good_and_different_each_time(tmp_path: Path) -> None:
    files = [tmp_path / f"{n}.toml" for n in range(2)]
    for file in files:
        fresh_file(file, base_url="https://x.example", database_url="sqlite:///x.db", dev=False)
    one, other = (load(file, {}, code_sender="aliyun") for file in files)
    assert settings_module.problems_in_production(one) == []
    assert one.secret != other.secret
    assert one.data_key != other.data_key


# -- what is handed out ------------------------------------------------------------------------------------------------------

PATTERNS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"\b(?:AKIA[0-9A-Z]{16}|LTAI[0-9A-Za-z]{16,24}|AKID[0-9A-Za-z]{32}|ghp_[0-9A-Za-z]{36}|sk_live_[0-9A-Za-z]{20,})\b"),
    # a password in an address, but for those of hosts and people that do not exist
    re.compile(r"\b\w+://[^\s/:@\"'{}…]+:(?!password@|secret@)[^\s/:@\"'{}…]{4,}@(?![\w.-]*example\b|host\b)[\w.-]+"),
)  # fmt: skip
NAMED = re.compile(
    r"""(?i)(?:secret|passw|data_key|api_?key|token)\w*["']?\s*[:=]\s*["']([A-Za-z0-9+/_=.-]{20,})["']"""
)
KNOWN = {
    TEST_SECRET,
    TEST_DATA_KEY,
    STRONG,
}  # told to everybody on purpose, and refused in production, or no secret at all
NOT_IN_A_WHEEL = re.compile(r"cunli\.toml$|(^|/)\.env|\.pem$|\.key$|(^|/)(var|tests)/|\.db(-wal|-shm)?$|\.sqlite3?$")
SCAFFOLD = r"^cunli/scaffold(_theme)?/tests/"  # what `cunli plugin new` and `cunli theme new` write has tests, and they are for others


def randomness(text: str) -> float:
    """Bits per character: words have under 3.5, keys over 4."""
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def looks_secret(text: str) -> Iterator[str]:
    """What in a text looks like a key, a password in an address, or a secret that was assigned."""
    for pattern in PATTERNS:
        yield from (found[0] for found in pattern.finditer(text))
    for found in NAMED.finditer(text):
        if found[1] not in KNOWN and randomness(found[1]) > 3.7:
            yield found[0]


def secrets_in(files: Iterable[Path]) -> list[str]:
    found = []
    for path in files:
        text = path.read_bytes().decode("utf-8", "replace")
        found += [f"{path}: {hit[:60]}" for hit in looks_secret(text)]
    return found


def files_of_the_checkout() -> list[Path]:
    """What is, or would be, committed; in a copy without git everything but what is made here."""
    made_here = {".venv", ".git", "var", "dist", "shots", "node_modules", "__pycache__"}
    if (ROOT / ".git").exists():
        command = ["git", "ls-files", "-co", "--exclude-standard", "-z"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
        return [ROOT / name for name in names if name and (ROOT / name).is_file()]
    return [p for p in ROOT.rglob("*") if p.is_file() and not made_here & set(p.relative_to(ROOT).parts)]


def test_no_file_of_the_checkout_holds_a_secret() -> None:
    files = files_of_the_checkout()
    assert len(files) > 400
    mine = Path(__file__).resolve()
    assert secrets_in(path for path in files if path.resolve() != mine) == []


def planted() -> list[str]:
    key = base64.b64encode(os.urandom(32)).decode()
    return [
        f'secret = "{STRONG[::-1]}"',
        f'data_key = "{key}"',
        f'{{"api_key": "{key}"}}',
        "-----BEGIN RSA PRIVATE KEY-----",
        "AKIA" + "ABCDEFGH12345678",
        "postgresql://cunli:hunter2x@10.3.0.9/cunli",
    ]


def test_a_planted_secret_is_found(tmp_path: Path) -> None:
    for text in planted():
        file = tmp_path / "x.py"
        file.write_text(f"# harmless\n{text}\n", "utf-8")
        assert secrets_in([file]), text


def wheel_of(folder: Path, into: Path) -> Path:
    from hatchling.builders.wheel import WheelBuilder

    (built,) = WheelBuilder(str(folder)).build(directory=str(into), versions=["standard"])
    return Path(built)


def wrong_in_wheel(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        wrong = [name for name in names if NOT_IN_A_WHEEL.search(re.sub(SCAFFOLD, "", name))]
        for name in names:
            text = packed.read(name).decode("utf-8", "replace")
            wrong += [f"{name}: {hit[:60]}" for hit in looks_secret(text)]
    assert len(names) > 5
    return wrong


@pytest.mark.parametrize("folder", ["core", "themes/qianmo", "themes/terrace"])
def test_no_wheel_holds_a_secret_or_a_deployment(folder: str, tmp_path: Path) -> None:
    assert wrong_in_wheel(wheel_of(ROOT / folder, tmp_path)) == []


def test_a_settings_file_that_slipped_into_a_wheel_is_found(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "themes/terrace", tmp_path / "terrace")
    slipped = tmp_path / "terrace/src/cunli_theme_terrace/cunli.toml"
    fresh_file(slipped, base_url="https://x.example", database_url="sqlite:///x.db", dev=False)
    wrong = wrong_in_wheel(wheel_of(tmp_path / "terrace", tmp_path))
    assert len(wrong) == 3  # the file by its name, and both secrets in it


# -- a running process -----------------------------------------------------------------------------------------------------------


def command_lines(root: int) -> list[str]:
    """What everybody on the machine can read of a process and its children."""
    parents, lines = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parents[int(folder.name)] = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
                lines[int(folder.name)] = (folder / "cmdline").read_bytes().decode("utf-8", "replace")
            except (OSError, IndexError):
                continue
    family = {root}
    while more := {pid for pid, parent in parents.items() if parent in family} - family:
        family |= more
    return [lines[pid] for pid in family if pid in lines]


def asked(url: str) -> str:
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return f"{answer.headers}{answer.read().decode()}"
    except urllib.error.HTTPError as refused:
        return f"{refused.headers}{refused.read().decode()}"


async def test_a_running_site_shows_its_secrets_to_nobody(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    """Command lines of it and its children, its log, its pages and its error pages."""
    url = await empty_databases.fresh("sqlite", tmp_path)
    fresh_file(tmp_path / "cunli.toml", base_url="http://127.0.0.1:8000", database_url=url, dev=True)
    settings, port = load(tmp_path / "cunli.toml", {}), free_port()
    secrets = [settings.secret.get_secret_value(), settings.data_key.get_secret_value()]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CUNLI_")} | {"CUNLI_LOG_LEVEL": "debug"}
    command = [sys.executable, "-m", "cunli", "serve", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=log, stderr=log)
    try:
        _wait_for(f"http://127.0.0.1:{port}/healthz", process, tmp_path / "log")
        shown = [
            *command_lines(process.pid),
            *(asked(f"http://127.0.0.1:{port}{p}") for p in ("/", "/no", "/v/x/", "/i/x")),
        ]
    finally:
        process.terminate()
        process.wait(60)
    shown.append((tmp_path / "log").read_text("utf-8", "replace"))
    assert any("serve" in line for line in shown)
    assert "request" in shown[-1]
    assert [s for s in secrets if any(s in text for text in shown)] == []


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text("utf-8", "replace")[-2000:]
        try:
            urllib.request.urlopen(url, timeout=5).read()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise AssertionError("the server did not answer within a minute and a half")


def test_a_secret_in_a_command_line_would_be_found() -> None:
    process = subprocess.Popen([sys.executable, "-c", "input()", STRONG], stdin=subprocess.PIPE)
    try:
        assert any(STRONG in line for line in command_lines(process.pid))
    finally:
        process.communicate(b"\n")


# -- changing them -----------------------------------------------------------------------------------------------------------------

CHANGED = {"secret": STRONG, "data_key": STRONG_KEY}
EARLIER = {"old_secrets": (TEST_SECRET,), "old_data_keys": (TEST_DATA_KEY,)}


async def _open_page(url: str, folder: Path) -> tuple[Mapping[str, str], str]:
    """Somebody with an account signs in and leaves a page with a form open: the browser's cookies and the form's token."""
    async with live_site(settings_for(url, folder)) as site:
        await account("13800138000", "罗春秀")
        visitor = site.visitor()
        await sign_in(visitor, "13800138000")
        token = (await visitor.open("/me")).form("form[action='/me']").fields["_form"][0]
        return visitor.cookies, token


async def _afterwards(url: str, folder: Path, page: tuple[Mapping[str, str], str], **keys: object) -> tuple[int, int]:
    """How the open page is taken from an old browser, which says nothing of where a form comes from; and a new sign-in."""
    async with live_site(settings_for(url, folder, **keys), sample_county=False) as site:
        old = site.visitor()
        old.client.headers.pop("sec-fetch-site")
        for name, value in page[0].items():
            old.set_cookie(name, value)
        sent = await old.post("/me", {"display_name": "罗秀", "_form": page[1]}, follow=False)
        return sent.status, (await sign_in(site.visitor(), "13800138000")).status


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_open_pages_sessions_and_accounts_outlive_a_change_of_keys(
    kind: str, empty_databases: EmptyDatabases, tmp_path: Path
) -> None:
    """While both count; the earlier secret opens nothing more once it is taken out."""
    url = await empty_databases.fresh(kind, tmp_path)
    page = await _open_page(url, tmp_path)
    assert await _afterwards(url, tmp_path, page, **CHANGED, **EARLIER) == (303, 303)
    status, _ = await _afterwards(url, tmp_path, page, **CHANGED)
    assert status == 403


async def test_without_the_earlier_keys_they_do_not(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    url = await empty_databases.fresh("sqlite", tmp_path)
    page = await _open_page(url, tmp_path)
    assert await _afterwards(url, tmp_path, page, **CHANGED) == (403, 422)
