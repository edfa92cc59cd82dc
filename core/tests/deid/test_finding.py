"""Personal data in texts: all of it is found, and what only looks like it is left alone."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli.deid import look
from cunli.deid.look import mask_personal_data, personal_data_in, personal_data_in_file_name, personal_data_in_table

from .notices import Planted, clean_notice, planted_notice

MANY = 5000  # of each sort: ten thousand notices


def missed(many: int, seed: int) -> list[Planted]:
    """The notices whose personal data was not found, or found as something else."""
    r = random.Random(seed)
    notices = [planted_notice(r) for _ in range(many)]
    return [
        one for one in notices if not any(is_it(found.kind, found.value, one) for found in personal_data_in(one.text))
    ]


def is_it(kind: str, value: str, planted: Planted) -> bool:
    return kind == planted.kind and (kind == "place" or value.upper() == planted.value.upper())


def blocked(many: int, seed: int) -> list[tuple[str, list[str]]]:
    """The notices without personal data in which some was found all the same."""
    r = random.Random(seed)
    texts = [clean_notice(r) for _ in range(many)]
    return [(text, [one.text for one in personal_data_in(text)]) for text in texts if personal_data_in(text)]


def test_ten_thousand_notices_nothing_is_missed_and_less_than_one_in_a_hundred_is_stopped_for_nothing() -> None:
    began = time.process_time()
    lost = missed(MANY, 20261129)
    assert [(one.kind, one.typed) for one in lost] == []
    wrong = blocked(MANY, 20261130)
    assert len(wrong) < MANY / 100, wrong[:20]
    assert (time.process_time() - began) / (3 * MANY) < 0.005, "a notice is looked at within five milliseconds"


def test_with_the_detector_off_every_notice_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "numbers_in", lambda plain: [])
    monkeypatch.setattr(look, "spots_in", lambda plain: iter(()))
    assert len(missed(100, 1)) == 100


def test_without_the_check_digit_numbers_of_things_are_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "地块510123199001011234已登记"
    assert personal_data_in(text) == ()
    monkeypatch.setattr("stdnum.cn.ric.calc_check_digit", lambda number: "4")
    assert [one.kind for one in personal_data_in(text)] == ["id_number"]


@given(st.integers(0, 2**32))
def test_nothing_is_found_in_what_was_masked(seed: int) -> None:
    planted = planted_notice(random.Random(seed))
    masked = mask_personal_data(planted.text)
    assert personal_data_in(masked) == ()
    assert planted.typed not in masked
    assert mask_personal_data(masked) == masked
    assert len(masked.split("\n")) == len(planted.text.split("\n"))


@given(
    st.text(
        alphabet="0123456789xX- .,，。°′″组号栋单元室座楼第一二三十(（）)+/\u200b０１９年月日元电话东经北纬",
        max_size=80,
    )
)
def test_any_text_is_looked_at_and_masked_without_a_rest(text: str) -> None:
    for one in personal_data_in(text):
        assert text[one.start : one.end] == one.text
    assert personal_data_in(mask_personal_data(text)) == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证510123199001011233。", "身份证5101**********1233。"),
        ("身份证 510123 19900101 123 3", "身份证 5101** ******** 123 3"),
        ("电话13812345678", "电话138****5678"),
        ("打 138-1234-5678 或 028-85123456、85123457", "打 138-****-5678 或 028-****3456、85****57"),
        ("卡号6222021234567890128", "卡号6222***********0128"),
        ("家住3组17号", "家住3组**号"),
        ("阳光小区5栋2单元301", "阳光小区5栋*单元***"),
        ("在30.12345,104.12345集合", "在30.1****,104.1****集合"),
    ],
)
def test_how_it_looks_when_it_is_masked(text: str, masked: str) -> None:
    assert mask_personal_data(text) == masked


def test_a_number_called_an_identity_number_counts_with_a_wrong_digit_too() -> None:
    assert [one.kind for one in personal_data_in("身份证号码：510123199001011234")] == ["id_number"]
    assert personal_data_in("项目510123199001011234") == ()


def test_cells_are_looked_at_under_their_heading() -> None:
    rows = [
        ["姓名", "身份证号码", "电话", "金额"],
        ["张三", "510123199001011234", "85123456", "1200"],
        ["李四", "", "", "900"],
    ]
    found = [(cell.row, cell.column, str(cell.found.kind)) for cell in personal_data_in_table(rows)]
    assert found == [(1, 1, "id_number"), (1, 2, "phone")]
    assert personal_data_in_table([]) == []


def test_names_of_files_are_looked_at() -> None:
    assert [one.value for one in personal_data_in_file_name("低保_张三_510123199001011233.xlsx")] == [
        "510123199001011233"
    ]
    assert personal_data_in_file_name("IMG_20261129_101112.jpg") == ()
    assert personal_data_in_file_name("mmexport1764400000000.jpg") == ()


def test_what_was_found_is_not_in_its_repr() -> None:
    assert "13812345678" not in repr(personal_data_in("13812345678"))
