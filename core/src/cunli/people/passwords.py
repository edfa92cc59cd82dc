"""Passwords: argon2id in a bounded pool of threads. What is stored cannot be turned back; what is common is not taken."""

from __future__ import annotations

import asyncio
import functools
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

R = TypeVar("R")
SHORTEST: Final = 8
LONGEST: Final = 128
# OWASP's smaller choice: 19 MiB and two passes, about 30 ms. With two threads at once the rest of the site stays quick.
HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_pool: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the password is right, and the new hash to store when the parameters have changed since."""

    right: bool
    fresh_hash: str = ""


async def hashed(password: str, hasher: PasswordHasher = HASHER) -> str:
    """The argon2id hash to store."""
    return await _in_pool(hasher.hash, _normal(password))


async def verified(stored: str, password: str, hasher: PasswordHasher = HASHER) -> Verdict:
    """Check a password. Without a stored hash it takes as long as with one and says no: time tells nothing about accounts."""
    return await _in_pool(_verified, stored, _normal(password), hasher)


def _verified(stored: str, password: str, hasher: PasswordHasher) -> Verdict:
    try:
        hasher.verify(stored or _stand_in(hasher), password)
    except (VerificationError, InvalidHashError):
        return Verdict(False)
    if not stored:
        return Verdict(False)
    return Verdict(True, hasher.hash(password) if hasher.check_needs_rehash(stored) else "")


@functools.cache
def _stand_in(hasher: PasswordHasher) -> str:
    """The hash that is compared with when there is none. Made before the first sign-in by `warm_up()`."""
    return hasher.hash("no account has this password")


async def warm_up() -> None:
    """Prepare the stand-in hash, so that the first sign-in is not slower than the next."""
    await _in_pool(_stand_in, HASHER)


async def _in_pool(work: Callable[..., R], *args: object) -> R:
    return await asyncio.get_running_loop().run_in_executor(_pool, functools.partial(work, *args))


def _normal(password: str) -> str:
    """NFKC, as NIST 800-63B asks: the same password typed on another phone is the same bytes."""
    return unicodedata.normalize("NFKC", password)[: LONGEST * 4]
