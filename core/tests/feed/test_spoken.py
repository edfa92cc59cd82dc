"""What the loudspeaker says: figures become words, and what nobody says goes."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli.feed.spoken import number, script, spoken


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("2026年11月29日上午8:30开会", "二〇二六年十一月二十九号上午八点半开会"),
        ("2026-12-05 停水", "二〇二六年十二月五号停水"),
        ("12月5日8:00-11:05停电", "十二月五号八点到十一点零五分停电"),
        ("14:00集合", "下午两点集合"),
        ("晚上19:30放电影", "晚上七点半放电影"),
        ("每亩补贴1,200.50元", "每亩补贴一千两百点五元"),
        ("共2户12人，2组先来", "共两户十二人，二组先来"),
        ("完成85.5%", "完成百分之八十五点五"),
        ("联系电话：13812345678", "联系电话，幺三八，幺二三四，五六七八"),
        ("有事打028-85123456", "有事打零二八八五幺二三四五六"),
        ("禾委〔2026〕15号", "禾委二〇二六年第十五号"),
        ("带医保卡到村委会", "带医疗保险卡到村民委员会"),
        ("长3.5km，宽4m", "长三点五公里，宽四米"),
        ("详见 https://example.cn/a?b=1", "详见，网址请看手机上的通知"),
        ("2024-2026年度", "二〇二四到二〇二六年度"),
        ("面积20300㎡", "面积两万零三百平方米"),
        ("利率.5%", "利率百分之零点五"),
        ("涨了...5%", "涨了...百分之五"),
        ("完成3.%", "完成百分之三"),
        ("单价￥，另议", "单价¥，另议"),
        ("单价￥.5", "单价零点五元"),
    ],
)
def test_it_is_said_as_people_say_it(written: str, said: str) -> None:
    assert spoken(written) == said


@pytest.mark.parametrize(
    ("value", "words"),
    [
        *(
            (0, "零"),
            (10, "十"),
            (12, "十二"),
            (20, "二十"),
            (105, "一百零五"),
            (110, "一百一十"),
            (1050, "一千零五十"),
        ),
        (2002, "两千零二"),
        (10000, "一万"),
        (20300, "两万零三百"),
        (120_000_000, "一亿两千万"),
        (100_000_001, "一亿零一"),
    ],
)
def test_numbers_in_words(value: int, words: str) -> None:
    assert number(value) == words


@given(st.text(alphabet="0123456789年月日:：-~.,%元组户人电话〔〕()（）/mkg ￥上午下午\n", max_size=60))
def test_no_figure_is_left_whatever_was_written(text: str) -> None:
    assert re.findall(r"[0-9]", spoken(text)) == []


def test_it_is_said_twice_and_how_long_it_takes_is_known() -> None:
    said = script("禾坪村", "明天停电检修", "上午 8:00 到 11:00。\n请提前做饭。", "2026-11-29")
    assert said.text.count("明天停电检修。") == 2
    assert said.text.count("上午八点到十一点。") == 2
    assert (said.paragraphs[0], said.paragraphs[-1]) == (
        "各位乡亲请注意，现在播送禾坪村的通知。",
        "通知播送完了，谢谢大家。",
    )
    assert said.minutes == 1.0
    assert script("禾坪村", "长", "字" * 1800, "2026-11-29").minutes > 20


@given(st.text("0123456789.,，。￥¥%-:/年月日号 电话热线个２٣〔〕()½²一\n", max_size=24))
def test_no_figure_however_it_is_written_stops_the_loudspeaker(text: str) -> None:
    spoken(text)
