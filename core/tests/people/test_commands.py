"""`cunli user` and `cunli role` on a database of their own."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cunli.cli import command_line
from cunli.testing.live import DATA_KEY

PASSWORD = "三块田 两口塘 一棵柿"
ENVIRON = {
    "CUNLI_DATABASE_URL": "sqlite:///cunli.db",
    "CUNLI_DEV": "true",
    "CUNLI_SECRET": "only-for-tests-0123456789-abcdefghijkl",
    "CUNLI_DATA_KEY": DATA_KEY,
}


@contextlib.contextmanager
def inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


class Shell:
    """A folder with a migrated database and one county, township and village in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.threads = ThreadPoolExecutor(1)  # commands run an event loop of their own
        assert self.run("migrate").exit_code == 0
        with sqlite3.connect(folder / "cunli.db") as connection:
            for id_, code, level, name, parent in (
                (1, "510999000000", 3, "澜川县", None),
                (2, "510999001000", 4, "望溪镇", 1),
                (3, "510999001200", 5, "禾坪村", 2),
            ):
                connection.execute(
                    "INSERT INTO core_region (id, code, level, name, short, pinyin, initials, parent_id, state)"
                    " VALUES (?, ?, ?, ?, ?, '', '', ?, 'active')",
                    (id_, code, level, name, name, parent),
                )

    def run(self, *words: str, piped: str = "") -> Result:
        with inside(self.folder):
            return self.threads.submit(CliRunner().invoke, command_line, words, input=piped, env=ENVIRON).result()

    def rows(self, sql: str) -> list[tuple[object, ...]]:
        with sqlite3.connect(self.folder / "cunli.db") as connection:
            return list(connection.execute(sql))


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_an_operator_adds_people_and_gives_them_offices(shell: Shell) -> None:
    added = shell.run("user", "add", "138 0013 8000", "县管理员", "--password-stdin", piped=PASSWORD + "\n")
    assert (added.exit_code, "cunli:" in added.stderr) == (0, False)
    assert "138****8000" in added.stdout
    again = shell.run("user", "add", "+8613800138000", "又一个", "--no-password")
    assert (again.exit_code, "has an account already" in again.stderr) == (1, True)
    assert shell.run("user", "add", "13900139000", "罗春秀", "--no-password").exit_code == 0

    granted = shell.run("role", "grant", "13800138000", "county_admin", "510999000000", "--title", "县办")
    assert (granted.exit_code, granted.stdout.strip()) == (0, "138****8000 is county_admin of 澜川县 now")
    assert shell.run("role", "grant", "13800138000", "county_admin", "510999000000").exit_code == 1
    wrong = shell.run("role", "grant", "13900139000", "village_admin", "510999000000")
    assert (wrong.exit_code, "no region of the level" in wrong.stderr) == (1, True)
    assert shell.run("role", "grant", "13900139000", "village_admin", "510999001200").exit_code == 0
    listed = shell.run("role", "list", "--json").stdout
    assert '"kind": "county_admin"' in listed
    assert "13800138000" not in listed

    last = shell.run("role", "revoke", "13800138000", "county_admin", "510999000000")
    assert (last.exit_code, "last one in charge" in last.stderr) == (1, True)
    assert shell.run("user", "suspend", "13800138000").exit_code == 1
    assert shell.run("role", "revoke", "13900139000", "village_admin", "510999001200").exit_code == 0
    assert shell.run("role", "revoke", "13900139000", "village_admin", "510999001200").exit_code == 1
    assert shell.run("user", "suspend", "13900139000").exit_code == 0
    assert shell.run("user", "suspend", "13900139000").exit_code == 1
    assert shell.run("user", "resume", "13900139000").exit_code == 0

    actions = shell.rows('SELECT action, "by", actor_id FROM core_audit_entry ORDER BY id')
    assert [a[0] for a in actions] == [
        "core.person.added", "core.person.added", "core.role.granted", "core.role.granted", "core.role.revoked",
        "core.person.suspended", "core.person.active",
    ]  # fmt: skip
    assert {(a[1], a[2]) for a in actions} == {("command", None)}


def test_passwords_come_from_a_pipe_and_are_judged(shell: Shell) -> None:
    weak = shell.run("user", "add", "13700137000", "弱", "--password-stdin", piped="12345678\n")
    assert (weak.exit_code, "太多人用" in weak.stderr) == (2, True)
    silent = shell.run("user", "add", "13700137000", "无终端")
    assert (silent.exit_code, "--password-stdin" in silent.stderr) == (2, True)
    on_the_line = shell.run("user", "add", "13700137000", "写在外面", "--password", PASSWORD)
    assert on_the_line.exit_code == 2
    assert shell.run("user", "add", "12345", "没有号码", "--no-password").exit_code == 2
    assert shell.run("user", "add", "13700137000", "\u200b", "--no-password").exit_code == 2
    assert shell.run("user", "password", "13700137000", "--password-stdin", piped=PASSWORD).exit_code == 1
    assert not [row for row in shell.rows("SELECT display_name FROM core_person") if row[0] in ("弱", "无终端")]


def test_what_the_operator_typed_is_stored_as_a_hash_and_sealed(shell: Shell) -> None:
    assert shell.run("user", "add", "13611112222", "石满仓", "--password-stdin", piped=PASSWORD).exit_code == 0
    row = shell.rows("SELECT password_hash, phone FROM core_person WHERE display_name = '石满仓'")[0]
    assert str(row[0]).startswith("$argon2id$")
    assert str(row[1]).startswith("v1|")
    everything = b"".join(path.read_bytes() for path in shell.folder.iterdir() if path.is_file())
    assert "石满仓".encode() in everything
    assert PASSWORD.encode() not in everything
    assert b"13611112222" not in everything
