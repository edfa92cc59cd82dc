"""The command line. Each command lives in a module of its own, imported when it is called, so that help is quick."""

from __future__ import annotations

import sys
from collections.abc import Coroutine
from importlib import import_module
from typing import Any, TypeVar

import click

import cunli
from cunli.mistakes import OperatorMistake

T = TypeVar("T")
COMMANDS = {
    "init": ("cunli.cli.init", "init", "Write cunli.toml with fresh secrets."),
    "migrate": ("cunli.cli.migrate", "migrate", "Bring the database's tables up to date."),
    "serve": ("cunli.cli.serve", "serve", "Serve the site."),
    "worker": ("cunli.cli.worker", "worker", "Run jobs apart from the web process."),
    "regions": ("cunli.cli.regions", "regions", "Import, merge, split, rename and list regions."),
    "village": ("cunli.cli.village", "village", "Open and close villages."),
    "user": ("cunli.cli.user", "user", "Add people who sign in."),
    "role": ("cunli.cli.role", "role", "Grant and revoke offices."),
    "erasures": (
        "cunli.cli.erasures",
        "erasures",
        "Close accounts again after a backup was restored; hold erasures back.",
    ),
    "impact": ("cunli.cli.impact", "impact", "Print the impact assessment of personal data, with blanks."),
    "breach": ("cunli.cli.breach", "breach", "Write the notices of a breach of personal data."),
    "audit": ("cunli.cli.audit", "audit", "Verify the audit trail, anchor it, say who reads it."),
    "plugin": ("cunli.cli.plugin", "plugin", "List plugins, say where they are on, find what is wrong."),
    "providers": ("cunli.cli.providers", "providers", "List providers: which are chosen, which are installed."),
    "profile": ("cunli.cli.profile", "profile", "Show and set the compliance profile."),
    "theme": ("cunli.cli.theme", "theme", "List themes, choose them for places, write and check new ones."),
    "demo": ("cunli.cli.demo", "demo", "Load and run the demo county."),
    "routes": ("cunli.cli.routes", "routes", "List every route with its audience."),
    "backup": ("cunli.cli.backup", "backup", "Back up everything into one file; verify one; make keys."),
    "restore": ("cunli.cli.backup", "restore", "Bring a backup back onto an empty machine."),
    "search": ("cunli.cli.search", "search", "Build the index of words anew, or check it."),
    "doctor": ("cunli.cli.doctor", "doctor", "Check this deployment and say how to mend it."),
}


class _Lazy(click.Group):
    """Knows its commands by name and loads one when it is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cunli.__version__, prog_name="cunli")
def command_line() -> None:
    """Cunli (村里): the community platform a county runs for its villages.

    \b
    Exit codes: 0 done, 1 the check found something, 2 wrong use or bad input, 3 settings or database not usable.
    """


def main() -> None:
    """Entry point of `cunli`."""
    try:
        command_line(prog_name="cunli")
    except OperatorMistake as exc:
        for problem in exc.problems:
            click.echo(f"cunli: {problem}", err=True)
        sys.exit(3)


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run one coroutine. A database that does not answer is said in a sentence, not in a trace."""
    import asyncio
    import sqlite3

    from cunli.db import Unreachable

    try:
        return asyncio.run(coroutine)
    except (Unreachable, sqlite3.OperationalError) as exc:
        raise OperatorMistake(f"the database does not answer ({exc}): start it, or correct database_url") from exc
