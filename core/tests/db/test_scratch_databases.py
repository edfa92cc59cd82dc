"""The databases that tests are given."""

from __future__ import annotations

import pytest

from cunli.testing import databases

NOWHERE = {"CUNLI_TEST_POSTGRES": "postgresql://nobody@127.0.0.1:1/nothing"}


async def test_a_missing_server_is_an_answer_at_home_and_an_error_in_ci() -> None:
    assert not await databases.postgres_answers(NOWHERE)
    with pytest.raises(databases.PostgresMissingError, match="CUNLI_TEST_POSTGRES"):
        await databases.postgres_answers({**NOWHERE, "CI": "true"})


async def test_a_scratch_database_is_empty_and_gone_afterwards(postgres_url: str) -> None:
    from .packages import ask, tables

    async with databases.scratch_postgres() as url:
        assert await tables(url) == set()
        name = url.rpartition("/")[2]
        exists = "SELECT 1 FROM pg_database WHERE datname = $1"
        assert await ask(postgres_url, exists, name) == [(1,)]
    assert await ask(postgres_url, exists, name) == []
