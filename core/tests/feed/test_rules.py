"""The rule of sight: as a table, as a function, and as SQL. The three agree."""

from __future__ import annotations

import itertools
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cunli.feed import rules
from cunli.feed.rules import ANYBODY, Reader, Sight

# village, township, county: two villages of one township, one of another, one of another county
CHAINS = {"heping": (1, 11, 21), "shangba": (2, 11, 21), "donghu": (3, 12, 21), "waixiang": (4, 13, 22)}
ME, OTHER = 7, 8
REGIONS = sorted({region for chain in CHAINS.values() for region in chain})


def post_in(slug: str, audience: str, *, author: int = OTHER, state: str = rules.VISIBLE) -> Sight:
    chain = CHAINS[slug]
    return Sight(
        author_id=author,
        state=state,
        audience=audience,
        region_id=rules.shown_in(audience, chain),
        chain=frozenset(chain),
    )


def villager(*slugs: str) -> Reader:
    return Reader(person_id=ME, belongs=frozenset(r for slug in slugs for r in CHAINS[slug]))


def official(*regions: int) -> Reader:
    return Reader(person_id=ME, over=frozenset(regions))


READERS = {
    "anybody": ANYBODY,
    "stranger": villager(),
    "heping": villager("heping"),
    "shangba": villager("shangba"),
    "donghu": villager("donghu"),
    "waixiang": villager("waixiang"),
    "village admin": official(1),
    "other village admin": official(2),
    "township admin": official(11),
    "other township admin": official(12),
    "county admin": official(21),
    "other county admin": official(22),
}
SEES = {
    "village": {"heping", "village admin", "township admin", "county admin"},
    "township": {"heping", "shangba", "village admin", "township admin", "county admin"},
    "county": {"heping", "shangba", "donghu", "village admin", "township admin", "county admin"},
    "public": set(READERS),
}


@pytest.mark.parametrize("audience", list(rules.AUDIENCES))
def test_who_sees_a_post_of_heping(audience: str) -> None:
    post = post_in("heping", audience)
    assert {name for name, reader in READERS.items() if rules.may_see(post, reader)} == SEES[audience]


def test_a_hidden_post_is_for_its_author_and_the_officials_above() -> None:
    hidden = post_in("heping", "public", state=rules.HIDDEN)
    seen = {name for name, reader in READERS.items() if rules.may_see(hidden, reader)}
    assert seen == {"village admin", "township admin", "county admin"}
    assert rules.may_see(post_in("heping", "village", author=ME, state=rules.HIDDEN), villager())
    assert not rules.may_see(post_in("heping", "public", author=0, state=rules.HIDDEN), ANYBODY)


def test_a_deleted_post_is_for_nobody() -> None:
    for reader in READERS.values():
        assert not rules.may_see(post_in("heping", "public", author=ME, state=rules.DELETED), reader)


def test_answering_needs_a_place_where_the_post_is_shown() -> None:
    assert rules.may_answer(post_in("heping", "township"), villager("shangba"))
    assert not rules.may_answer(post_in("heping", "public"), villager("shangba"))  # may read, does not belong
    assert rules.may_answer(post_in("heping", "public"), villager("heping"))
    assert rules.may_answer(post_in("heping", "village"), official(11))
    assert not rules.may_answer(post_in("heping", "village", state=rules.HIDDEN), official(11))
    assert not rules.may_answer(post_in("heping", "public"), ANYBODY)


readers = st.builds(
    Reader,
    person_id=st.sampled_from([0, ME, OTHER]),
    belongs=st.frozensets(st.sampled_from(REGIONS), max_size=6),
    over=st.frozensets(st.sampled_from(REGIONS), max_size=3),
)
EVERY_POST = [
    (slug, post_in(slug, audience, author=author, state=state))
    for slug, audience, author, state in itertools.product(
        CHAINS, rules.AUDIENCES, (ME, OTHER), (rules.VISIBLE, rules.HIDDEN, rules.DELETED)
    )
]


@pytest.fixture(scope="module")
def posts() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE TABLE core_village (id INTEGER, region_id INTEGER, township_id INTEGER, county_id INTEGER)"
    )
    connection.execute(
        "CREATE TABLE core_post (id INTEGER, village_id INTEGER, author_id INTEGER, state TEXT, audience TEXT, region_id INTEGER)"
    )
    for number, chain in enumerate(CHAINS.values()):
        connection.execute("INSERT INTO core_village VALUES (?, ?, ?, ?)", (number, *chain))
    for number, (slug, post) in enumerate(EVERY_POST):
        row = (number, list(CHAINS).index(slug), post.author_id, post.state, post.audience, post.region_id)
        connection.execute("INSERT INTO core_post VALUES (?, ?, ?, ?, ?, ?)", row)
    return connection


def seen_in_sql(posts: sqlite3.Connection, reader: Reader) -> set[int]:
    where, args = rules.sight_sql(reader)
    rows = posts.execute(
        f"SELECT p.id FROM core_post p JOIN core_village v ON v.id = p.village_id WHERE {where}", args
    ).fetchall()
    return {row[0] for row in rows}


@given(reader=readers)
@settings(max_examples=400, deadline=None)
def test_the_rule_and_its_sql_agree(posts: sqlite3.Connection, reader: Reader) -> None:
    expected = {number for number, (_, post) in enumerate(EVERY_POST) if rules.may_see(post, reader)}
    assert seen_in_sql(posts, reader) == expected


@given(reader=readers, slug=st.sampled_from(list(CHAINS)))
@settings(max_examples=300, deadline=None)
def test_a_feed_shows_only_what_may_be_seen(reader: Reader, slug: str) -> None:
    sources = rules.sources(reader, CHAINS[slug])
    for _, post in EVERY_POST:
        if post.state != rules.VISIBLE:
            continue
        listed = any(
            source.region_id == post.region_id and (not source.public_only or post.audience == rules.PUBLIC)
            for source in sources
        )
        assert not listed or rules.may_see(post, reader)


@given(slug=st.sampled_from(list(CHAINS)))
def test_a_feed_leaves_nothing_out_for_its_own_villager(slug: str) -> None:
    chain, reader = CHAINS[slug], villager(slug)
    assert {source.region_id for source in rules.sources(reader, chain)} == set(chain)
    assert [s.region_id for s in rules.sources(reader, chain, "township")] == [chain[1]]
    assert rules.sources(ANYBODY, chain, "county") == []
