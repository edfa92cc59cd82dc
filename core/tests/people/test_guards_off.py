"""What the guards of this room are worth: each is switched off once, and what it guards against is seen (RL-3, SE-1, SE-5, SE-6, PW-1)."""

from __future__ import annotations

import hashlib
from itertools import pairwise

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import InvalidHashError

from cunli import db
from cunli.people import accounts, codes, passwords, sessions
from cunli.testing.accounts import PASSWORD, CodeBox, account, phone, sign_in
from cunli.testing.live import LiveSite
from cunli.trust import limits
from cunli.trust.numbers import Phone
from cunli.web import cookies
from cunli.web.tokens import new_key

SESSION = cookies.SESSION


def strong(stored: str) -> bool:
    """Argon2id with at least 19 MiB and two passes."""
    try:
        found = extract_parameters(stored)
    except InvalidHashError:
        return False
    return stored.startswith("$argon2id$") and found.memory_cost >= 19 * 1024 and found.time_cost >= 2


async def test_a_stored_password_is_strong_and_a_digest_or_a_weaker_hash_would_be_seen(site: LiveSite) -> None:
    """As it stands in the database, however it came there."""
    await account("13800138000")
    (row,) = await db.read("SELECT password_hash FROM core_person WHERE password_hash <> ''")
    assert strong(row["password_hash"])
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    assert not strong(weaker.hash(PASSWORD))
    assert not strong(hashlib.sha256(PASSWORD.encode()).hexdigest())
    assert (await passwords.verified(row["password_hash"], PASSWORD)).right


async def kept_after_signing_in_again(site: LiveSite) -> bool:
    """Whether the session that a browser had before still opens the door for a thief."""
    visitor = site.visitor()
    await sign_in(visitor, "13800138000")
    first = visitor.cookies[SESSION]
    await visitor.post("/sign-in", {"phone": "13800138000", "password": PASSWORD})
    assert visitor.cookies[SESSION] != first
    thief = site.visitor()
    thief.set_cookie(SESSION, first)
    return (await thief.open("/me", follow=False)).status == 200


async def test_a_session_that_is_not_replaced_would_be_a_thiefs(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    await account("13800138000")
    assert not await kept_after_signing_in_again(site)
    honest = sessions.begin_session

    async def adds(person_id: int, *, device: str = "", instead_of: str = "") -> str:
        return await honest(person_id, device=device)

    monkeypatch.setattr(sessions, "begin_session", adds)
    assert await kept_after_signing_in_again(site)


async def codes_sent(box: CodeBox, times: int) -> int:
    """How many codes go out when one place asks for them, for number after number."""
    box.sent.clear()
    for n in range(times):
        try:
            await codes.send_code(phone(f"139001390{n:02d}"), "sign_in", address="203.0.113.9")
        except codes.TooOften:
            continue
    return len(box.sent)


async def test_without_the_limits_every_code_that_is_asked_for_costs_money(
    site: LiveSite, outbox: CodeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await codes_sent(outbox, 60) <= 20

    async def unlimited(*takes: limits.Take) -> int:
        return 0

    monkeypatch.setattr(limits, "take", unlimited)
    assert await codes_sent(outbox, 60) == 60


async def accounts_of(ways: tuple[Phone, ...]) -> int:
    """How many accounts come of one number, written in different ways."""
    before = len(await db.read("SELECT 1 FROM core_person"))
    for way in ways:
        try:
            await accounts.add_person(way, "罗春秀", "")
        except accounts.AlreadyThere:
            continue
    return len(await db.read("SELECT 1 FROM core_person")) - before


async def test_numbers_compared_as_they_are_typed_would_make_two_accounts(site: LiveSite) -> None:
    ways = ("13800138000", "+86 138 0013 8000", "１３８００１３８０００")
    assert await accounts_of(tuple(phone(way) for way in ways)) == 1
    assert await accounts_of(tuple(Phone(way) for way in ways)) == 3


def no_good(keys: list[str]) -> list[str]:
    """What is wrong with ids that nobody may guess: too short, repeated, in order."""
    found = ["short"] if any(len(key) < 22 or len(set(key)) < 6 for key in keys) else []
    found += ["repeated"] if len(set(keys)) < len(keys) else []
    rising = sum(one < other for one, other in pairwise(keys)) / len(keys)
    return found + (["in order"] if not 0.45 < rising < 0.55 else [])


def test_ten_thousand_ids_and_tokens_are_long_different_and_in_no_order() -> None:
    assert no_good([new_key() for _ in range(10_000)]) == []
    assert no_good([sessions.new_token() for _ in range(10_000)]) == []
    assert no_good([f"{n:022x}" for n in range(10_000)]) == ["short", "in order"]
