"""Names, addresses and figures: pure rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cunli.places.names import bare_name, bare_pinyin, is_code, romanise, short_name, slug_base, slug_for
from cunli.places.rules import CLOTHS, DYES, looks, market_digits, verified_rate


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("双凤社区居民委员会", "双凤社区"),
        ("观音阁社区居委会", "观音阁社区"),
        ("龙溪口村村民委员会", "龙溪口村"),
        ("文笔山村村委会", "文笔山村"),
        ("辛庄村民委员会", "辛庄村"),
        ("太平村委会", "太平村"),
        ("苏斯嘎查村委会", "苏斯嘎查"),
        ("城中居委会", "城中"),
        ("龙溪口村", "龙溪口村"),
        ("望溪镇", "望溪镇"),
        ("村委会", "村委会"),
        ("六、七村居委会", "六、七村"),
    ],
)
def test_the_short_name_is_the_place_without_its_committee(name: str, short: str) -> None:
    assert short_name(name) == short
    assert short_name(short) == short


def test_pinyin_knows_words_and_keeps_latin_and_digits() -> None:
    assert romanise("重庆市") == ("chongqingshi", "cqs")
    assert romanise("龙溪口村") == ("longxikoucun", "lxkc")
    assert romanise("吕家庄村") == ("lvjiazhuangcun", "ljzc")
    assert romanise("768厂A区") == ("768changaqu", "768caq")


@settings(deadline=None)  # the first name loads the dictionary
@given(st.text(max_size=200))
def test_any_name_at_all_fits_the_columns(name: str) -> None:
    pinyin, initials = romanise(short_name(name))
    assert len(pinyin) <= 240
    assert len(initials) <= 40
    assert all(char.isascii() and char.isalnum() for char in pinyin + initials)


def test_an_address_is_the_bare_name_then_with_its_township_then_numbered() -> None:
    taken: set[str] = set()
    for expected in ("heping", "wangxi-heping", "wangxi-heping-2", "wangxi-heping-3"):
        slug = slug_for("禾坪村", "望溪镇", "510999001200", taken)
        assert slug == expected
        taken.add(slug)


def test_an_address_is_never_empty_never_a_code_and_always_short_enough() -> None:
    assert slug_for("（）", "望溪镇", "510999001200", ()) == "v510999001200"
    assert slug_for("510999001200", "望溪镇", "510999001201", ()) == "wangxi-510999001200"
    long = slug_for("庄" * 40, "庄" * 40, "510999001200", {slug_base("庄" * 40)})
    assert len(long) <= 64
    assert is_code("510999001200")
    assert not is_code("51099900120")


def test_generic_endings_are_left_out_but_a_name_is_never_only_an_ending() -> None:
    assert [bare_name(n) for n in ("禾坪村", "双凤社区", "文君街道", "村", "云盘乡")] == [
        "禾坪",
        "双凤",
        "文君",
        "村",
        "云盘",
    ]
    assert bare_pinyin("望溪镇", "wangxizhen") == "wangxi"
    assert bare_pinyin("禾坪", "heping") == "heping"


def test_looks_come_from_the_code_and_use_every_cloth_and_dye() -> None:
    codes = [f"5109990012{n:02d}" for n in range(100)]
    assert [looks(code) for code in codes] == [looks(code) for code in codes]
    assert {looks(code)[0] for code in codes} == set(CLOTHS)
    assert {looks(code)[1] for code in codes} == set(DYES)
    assert "cinnabar" not in DYES


def test_382_000_of_450_000_is_84_9_per_cent() -> None:
    assert verified_rate(382_000, 450_000) == Decimal("84.9")
    assert f"{verified_rate(382_000, 450_000)}%" == "84.9%"


@pytest.mark.parametrize(
    ("verified", "users", "rate"),
    [
        (0, 10, "0.0"),
        (1, 3, "33.3"),
        (2, 3, "66.7"),
        (1, 800, "0.1"),
        (1, 2000, "0.1"),
        (10, 10, "100.0"),
        (11, 10, "110.0"),
    ],
)
def test_halves_are_rounded_up_and_old_figures_show(verified: int, users: int, rate: str) -> None:
    assert verified_rate(verified, users) == Decimal(rate)


def test_there_is_no_rate_without_smartphone_users() -> None:
    assert verified_rate(5, 0) is None


@pytest.mark.parametrize(
    ("written", "digits"),
    [("3,8", (3, 8)), ("逢三、八", (3, 8)), ("8 3", (3, 8)), ("1，6", (1, 6)), ("五、十", (5, 0)), ("", ())],
)
def test_market_days_are_understood_as_people_write_them(written: str, digits: tuple[int, ...]) -> None:
    assert market_digits(written) == digits


def test_other_market_days_are_refused() -> None:
    with pytest.raises(ValueError, match="每天"):
        market_digits("每天")
