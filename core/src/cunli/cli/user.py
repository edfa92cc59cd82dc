"""`cunli user`: accounts that the operator makes or stops. Passwords are typed or piped in, never written on the command line."""

from __future__ import annotations

import sys

import click

from cunli.cli import run
from cunli.cli.context import database, fail
from cunli.cli.phones import person_with, phone_in
from cunli.people import accounts, passwords, roles, second_factor
from cunli.people.rules import plain_name
from cunli.people.words import password_problem
from cunli.trust.numbers import Phone


@click.group()
def user() -> None:
    """Add people who sign in, set their password, stop and resume accounts."""


@user.command()
@click.argument("phone")
@click.argument("display_name")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@click.option("--no-password", is_flag=True, help="Without a password; the person signs in with a code.")
def add(phone: str, display_name: str, password_stdin: bool, no_password: bool) -> None:
    """Add the account of PHONE, seen by others as DISPLAY_NAME. Asks for a password."""
    number = phone_in(phone)
    if not 0 < len(display_name) <= 20 or plain_name(display_name) != display_name:
        fail("a display name has 1 to 20 visible characters, at least one of them a letter or 汉字")
    password = "" if no_password else _password(number, display_name, piped=password_stdin)
    run(_add(number, display_name, password))


async def _add(number: Phone, display_name: str, password: str) -> None:
    async with database():
        stored = await passwords.hashed(password) if password else ""
        try:
            person_id = await accounts.add_person(number, display_name, stored)
        except accounts.AlreadyThere:
            fail(f"{number} has an account already", 1)
    click.echo(f"added {number} (person {person_id})")


@user.command("password")
@click.argument("phone")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
def set_password(phone: str, password_stdin: bool) -> None:
    """Set the password of PHONE and end all its sessions."""
    number = phone_in(phone)
    run(_set_password(number, _password(number, "", piped=password_stdin)))


async def _set_password(number: Phone, password: str) -> None:
    async with database():
        ended = await accounts.change_password(await person_with(number), password, by="command")
    click.echo(f"password of {number} changed, {ended} sessions ended")


@user.command()
@click.argument("phone")
def suspend(phone: str) -> None:
    """Stop the account of PHONE: it cannot sign in, and its sessions end at once."""
    run(_set_state(phone_in(phone), suspended=True))


@user.command()
@click.argument("phone")
def resume(phone: str) -> None:
    """Let the account of PHONE sign in again."""
    run(_set_state(phone_in(phone), suspended=False))


@user.command("second-reset")
@click.argument("phone")
@click.option("--reason", required=True, help="Why; the person is told, and it stands in the audit trail.")
def second_reset(phone: str, reason: str) -> None:
    """Take the authenticator app from PHONE, whose owner lost it: sessions end, the next sign-in binds a new one."""
    run(_second_reset(phone_in(phone), reason[:200]))


async def _second_reset(number: Phone, reason: str) -> None:
    async with database():
        person_id = await person_with(number)
        if not await second_factor.reset(person_id, actor=None, reason=reason, by="command"):
            fail(f"{number} has no authenticator app: nothing was changed", 1)
    click.echo(f"reset {number}: the next sign-in binds a new app")


async def _set_state(number: Phone, *, suspended: bool) -> None:
    async with database():
        person_id = await person_with(number)
        try:
            if suspended:
                await roles.suspend_account(person_id)
            else:
                await accounts.change_state(person_id, "suspended", "active")
        except roles.LastInCharge:
            fail("this is the last admin in charge of a region: grant the office to somebody else first", 1)
        except accounts.WrongState as exc:
            fail(f"the account is {exc.state}: nothing was changed", 1)
    click.echo(f"{'suspended' if suspended else 'resumed'} {number}")


def _password(number: Phone, display_name: str, *, piped: bool) -> str:
    if piped:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    else:
        fail("no terminal to ask for a password on: use --password-stdin or --no-password")
    if problem := password_problem(password, (number.national, display_name)):
        fail(str(problem))
    return str(password)
