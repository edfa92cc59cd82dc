"""How passwords are stored, and which are not taken."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import pytest
from argon2 import PasswordHasher, extract_parameters
from hypothesis import given
from hypothesis import strategies as st

from cunli.people import passwords
from cunli.people.common_passwords import is_common, resembles, words
from cunli.people.passwords import HASHER, Verdict, hashed, verified

Verify = Callable[[str, str], Awaitable[Verdict]]


async def test_stored_as_argon2id_with_at_least_19_mib_and_two_passes() -> None:
    stored = await hashed("三块田 两口塘")
    found = extract_parameters(stored)
    assert stored.startswith("$argon2id$")
    assert found.memory_cost >= 19 * 1024
    assert found.time_cost >= 2
    assert "三块田" not in stored
    assert await hashed("三块田 两口塘") != stored


async def test_right_and_wrong_passwords_are_told_apart() -> None:
    stored = await hashed("三块田 两口塘")
    assert (await verified(stored, "三块田 两口塘")).right
    for wrong in ("三块田两口塘", "", "三块田 两口塘 ", "x" * 5000):
        assert not (await verified(stored, wrong)).right


async def test_the_same_password_typed_full_width_is_the_same() -> None:
    assert (await verified(await hashed("pass word 12 三"), "ｐａｓｓ ｗｏｒｄ １２ 三")).right


async def test_hashed_anew_when_the_parameters_changed() -> None:
    weaker = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
    verdict = await verified(weaker.hash("三块田 两口塘"), "三块田 两口塘")
    assert verdict.right
    assert extract_parameters(verdict.fresh_hash).memory_cost == HASHER.memory_cost
    assert (await verified(verdict.fresh_hash, "三块田 两口塘")).fresh_hash == ""


async def test_nobody_signs_in_to_an_account_without_a_password() -> None:
    await passwords.warm_up()
    for guess in ("", "no account has this password", "anything"):
        assert not (await verified("", guess)).right
    assert not (await verified("not a hash", "anything")).right


async def test_no_hash_takes_as_long_as_a_wrong_one() -> None:
    with_hash, without = await work_of(verified, verified)
    assert 0.5 < with_hash / without < 2


async def test_planted_control_a_short_cut_for_unknown_accounts_would_show() -> None:
    async def careless(stored: str, password: str) -> Verdict:
        return await verified(stored, password) if stored else Verdict(False)

    with_hash, without = await work_of(verified, careless)
    assert without < with_hash / 10


async def work_of(known: Verify, unknown: Verify) -> tuple[float, float]:
    """What a wrong password costs, with and without a hash, in seconds of this process on a processor.

    One kind and then the other, and of each the least disturbed. The clock on the wall goes on while a machine stands still.
    """
    stored = await hashed("三块田 两口塘")
    await passwords.warm_up()
    costs: dict[str, list[float]] = {stored: [], "": []}
    for _ in range(15):
        for compared, verify in ((stored, known), ("", unknown)):
            started = time.process_time()
            await verify(compared, "wrong")
            costs[compared].append(time.process_time() - started)
    return min(costs[stored]), min(costs[""])


async def turns_during(hashing: Callable[[str], Awaitable[str]]) -> int:
    """How often the event loop turns while eight passwords are hashed."""
    work = asyncio.gather(*(hashing(f"三块田 两口塘 {n}") for n in range(8)))
    turns = 0
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    return turns


async def test_two_threads_at_once_and_the_loop_stays_free() -> None:
    async def blocking(password: str) -> str:
        return HASHER.hash(password)

    assert passwords._pool._max_workers == 2
    assert await turns_during(hashed) > 20
    assert await turns_during(blocking) < 20, "the control"


def everybody_tries() -> list[str]:
    """Three thousand and more of what is tried first, made the way people make them."""
    long_words = sorted(w for w in words() if len(w) >= 8)
    names = sorted(w for w in words() if 4 <= len(w) <= 8)[:400]
    tails = ("123", "1234", "2024", "666", "520", "1314", "888", "!")
    made = long_words + [name + tail for name in names for tail in tails if len(name + tail) >= 8]
    made += [
        f"{year}{month:02d}{day:02d}"
        for year in range(1960, 2012, 4)
        for month in range(1, 13)
        for day in (1, 8, 18, 28)
    ]
    made += [
        "12345678",
        "123456789",
        "1234567890",
        "11111111",
        "88888888",
        "87654321",
        "qwertyuiop",
        "1qaz2wsx",
        "asdfghjkl",
    ]
    made += [
        "1q2w3e4r",
        "a123456789",
        "qq123456",
        "abc123456",
        "woaini1314",
        "wang123456",
        "P@ssw0rd",
        "Passw0rd!",
        "5201314a",
    ]
    made += ["zhang19900101", "123123123", "147258369", "aaaaaaaa", "abcdefgh", "password", "iloveyou2", "xiaoming123"]
    return made


def test_more_than_three_thousand_common_passwords_are_refused() -> None:
    tried = everybody_tries()
    assert len(set(tried)) >= 3000
    assert [each for each in tried if not is_common(each)] == []


@pytest.mark.parametrize(
    "good",
    [
        "correct horse battery staple",
        "我家门前有三棵柿子树",
        "Xk9#mQ2v",
        "水稻收割机第三块田",
        "gui2-lan-teng-shu",
        "tractor Persimmon 42 wells",
        "kd83hf02",
        "三组李家老屋后面的井",
    ],
)
def test_good_passwords_are_taken(good: str) -> None:
    assert not is_common(good)


@given(
    st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=14, max_size=20).filter(
        lambda t: len(set(t)) > 9
    )
)
def test_random_passwords_are_taken(text: str) -> None:
    assert (
        not is_common(text)
        or any(word in text.lower() for word in words() if len(word) > 5)
        or any(c.isdigit() for c in text)
    )


@pytest.mark.parametrize("text", ["x" * 128, "1q" * 64, "正确的马" * 32, "ab12" * 32, "correct horse " * 9])
def test_judging_a_long_password_is_quick(text: str) -> None:
    started = time.process_time()
    is_common(text)
    assert time.process_time() - started < 0.5


def test_ones_own_phone_number_is_no_password() -> None:
    assert resembles("13800138000", "13800138000")
    assert resembles("13800138000a", "13800138000")
    assert resembles("张桂秀88", "张桂秀8") is True
    assert not resembles("我家门前有三棵柿子树", "13800138000", "张桂秀")
