"""People on the command line: named by their phone number, shown by it masked."""

from __future__ import annotations

from cunli.cli.context import fail
from cunli.people import accounts
from cunli.trust.numbers import Phone, parse_phone


def phone_in(text: str) -> Phone:
    """The number that was typed; ends the command when it is none."""
    number = parse_phone(text)
    if number is None:
        fail("this is not a mobile number: write 11 digits, or + and the country's code")
    return number


async def person_with(number: Phone) -> int:
    """The id of the account; ends the command when there is none."""
    person_id = await accounts.find_by_phone(number)
    if person_id is None:
        fail(f"no account has the number {number}: add one with `cunli user add`", 1)
    return person_id
