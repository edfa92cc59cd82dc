"""Sealing, masking, blind indexes: what needs no database."""

import base64
import copy
import json
import logging
import pickle
import string
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli.settings import Settings, SettingsError
from cunli.trust import keys
from cunli.trust.numbers import mask_name, parse_id_number, parse_phone
from cunli.trust.personal import EncryptedText, Unreadable

NAME = EncryptedText("core_person", "name", "name")
PHONE = EncryptedText("core_person", "phone", "phone")
ID_NUMBER = EncryptedText("core_person", "id_number", "id_number")
HEAD = EncryptedText("core_membership", "head_name", "name")


def key(byte: int) -> str:
    return base64.b64encode(bytes([byte]) * 32).decode()


def settings(data_key: str, *old: str, secret: str = "s" * 32) -> Settings:
    return Settings.model_validate({"dev": True, "secret": secret, "data_key": data_key, "old_data_keys": old})


@pytest.fixture(autouse=True)
def the_first_key() -> None:
    keys.use(settings(key(1)))


def opened(field: EncryptedText, sealed: str, row_key: str) -> str:
    return field.own(sealed, row_key, about=1, reader=1)


def test_what_is_sealed_opens_again_and_is_never_the_same_twice() -> None:
    first, second = NAME.seal("张桂秀", "row"), NAME.seal("张桂秀", "row")
    assert opened(NAME, first, "row") == opened(NAME, second, "row") == "张桂秀"
    assert first != second
    version, kid, nonce, text = first.split("|")
    assert version == "v1"
    assert kid == keys.current().data[0].kid
    assert len(base64.urlsafe_b64decode(nonce + "==")) == 12
    assert "张" not in first
    assert text


def test_nothing_given_stays_empty() -> None:
    assert NAME.seal("", "row") == ""
    assert not NAME.masked("", "row")
    assert str(NAME.masked("", "row")) == ""


def test_a_value_copied_to_another_row_column_or_table_does_not_open() -> None:
    sealed = NAME.seal("张桂秀", "row of a")
    for field, row in ((NAME, "row of b"), (PHONE, "row of a"), (HEAD, "row of a")):
        with pytest.raises(Unreadable):
            opened(field, sealed, row)


def test_planted_control_without_the_binding_a_swapped_value_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(EncryptedText, "_bound_to", lambda self, row_key, kid: b"")
    assert opened(NAME, NAME.seal("张桂秀", "row of a"), "row of b") == "张桂秀"


@given(st.text(alphabet=string.printable, min_size=1, max_size=60))
def test_damaged_values_are_refused_and_never_crash(junk: str) -> None:
    with pytest.raises(Unreadable):
        opened(NAME, junk, "row")
    assert str(NAME.masked(junk, "row")) == "***"


def test_one_flipped_bit_is_noticed() -> None:
    sealed = NAME.seal("张桂秀", "row")
    head, _, text = sealed.rpartition("|")
    flipped = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    flipped[0] ^= 1
    with pytest.raises(Unreadable):
        opened(NAME, f"{head}|{base64.urlsafe_b64encode(bytes(flipped)).decode().rstrip('=')}", "row")


def test_an_earlier_key_still_reads_and_a_wrong_one_fails_closed() -> None:
    sealed, index = NAME.seal("张桂秀", "row"), PHONE.index("+8613800138000")
    keys.use(settings(key(2), key(1)))
    assert opened(NAME, sealed, "row") == "张桂秀"
    assert NAME.is_stale(sealed)
    assert not NAME.is_stale(NAME.seal("张桂秀", "row"))
    assert PHONE.indexes("+8613800138000")[1] == index
    assert PHONE.index("+8613800138000") != index
    keys.use(settings(key(3)))
    with pytest.raises(Unreadable):
        opened(NAME, sealed, "row")
    assert str(NAME.masked(sealed, "row")) == "***"


def test_a_blind_index_needs_the_key_has_at_least_128_bits_and_differs_by_column() -> None:
    index = PHONE.index("+8613800138000")
    assert len(base64.urlsafe_b64decode(index + "=" * (-len(index) % 4))) >= 16
    assert index != ID_NUMBER.index("+8613800138000")
    keys.use(settings(key(2)))
    assert PHONE.index("+8613800138000") != index


def test_index_and_sealing_keys_are_not_the_data_key_itself() -> None:
    mine = keys.current().data[0]
    assert mine.index != bytes([1]) * 32
    assert repr(keys.current()).count("\\x") == 0


@pytest.mark.parametrize(
    "bad", ["", "short", base64.b64encode(b"x" * 31).decode(), base64.b64encode(bytes(range(33))).decode(), "密" * 32]
)
def test_a_data_key_that_is_no_key_is_refused_at_start(bad: str) -> None:
    with pytest.raises(SettingsError, match="data_key"):
        keys.use(settings(bad))


class TestMasks:
    @pytest.mark.parametrize(
        ("field", "clear", "shown"),
        [
            (NAME, "张桂秀", "张*秀"),
            (NAME, "张三", "张*"),
            (NAME, "欧阳春兰", "欧**兰"),
            (NAME, "李", "*"),
            (PHONE, "+8613812341234", "138****1234"),
            (PHONE, "+85251234567", "+85****4567"),
            (ID_NUMBER, "510183199001011234", "5101**********1234"),
        ],
    )
    def test_shown_masked_in_every_way_of_printing(
        self, field: EncryptedText, clear: str, shown: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        masked = field.masked(field.seal(clear, "row"), "row")
        with caplog.at_level(logging.DEBUG):
            logging.getLogger("test").info("who: %s %r", masked, masked)
        outputs = [
            str(masked),
            f"{masked}",
            f"{masked:>3}",
            "%s" % masked,  # noqa: UP031 one of the ways
            "{}".format(masked),  # noqa: UP032
            repr(masked),
            caplog.text,
        ]
        outputs += [str([masked]), str({"a": masked}), json.dumps({"who": masked}, default=str, ensure_ascii=False)]
        assert all(shown in each for each in outputs)
        assert not any(clear in each or clear.removeprefix("+86") in each for each in outputs)

    def test_does_not_travel_and_has_no_readable_attribute(self) -> None:
        masked = NAME.masked(NAME.seal("张桂秀", "row"), "row")
        for carry in (pickle.dumps, copy.copy):
            with pytest.raises(TypeError):
                carry(masked)
        assert not any("桂" in str(getattr(masked, name)) for name in masked.__slots__ if hasattr(masked, name))
        assert not hasattr(masked, "__dict__")

    def test_is_masked_in_a_template(self) -> None:
        import jinja2

        page = jinja2.Environment(autoescape=True).from_string("{{ n }}{{ n|upper }}{{ '%s'|format(n) }}{{ n ~ '' }}")
        assert "桂" not in page.render(n=NAME.masked(NAME.seal("张桂秀", "row"), "row"))

    def test_compares_without_opening(self) -> None:
        applicant = HEAD.masked(HEAD.seal("张 桂秀", "m"), "m")
        register = NAME.masked(NAME.seal("张桂秀", "h"), "h")
        other = NAME.masked(NAME.seal("张桂英", "h"), "h")
        assert applicant.matches(register)
        assert not applicant.matches(other)
        assert not NAME.masked("", "h").matches(NAME.masked("", "h"))
        assert not NAME.masked("v1|x|y|z", "h").matches(register)

    @given(st.text(max_size=30))
    def test_never_shows_more_than_two_characters_of_a_name(self, name: str) -> None:
        shown = mask_name(name)
        assert sum(1 for char in shown if char != "*") <= 2


def test_own_data_is_for_oneself() -> None:
    sealed = NAME.seal("张桂秀", "row")
    assert NAME.own(sealed, "row", about=7, reader=7) == "张桂秀"
    with pytest.raises(PermissionError):
        NAME.own(sealed, "row", about=7, reader=8)


class TestPhones:
    WAYS = (
        "13800138000",
        "+8613800138000",
        "+86 138 0013 8000",
        "0086 138-0013-8000",
        "１３８００１３８０００",
        "＋８６　１３８　００１３　８０００",
        " 138 0013 8000 ",
        "138-0013-8000",
        "(138)00138000",
        "138\u200b0013\u200e8000",
        "8613800138000",
        "+86(0)13800138000",
        "١٣٨٠٠١٣٨٠٠٠",
    )

    @pytest.mark.parametrize("way", WAYS)
    def test_every_way_of_writing_a_number_is_one_number(self, way: str) -> None:
        phone = parse_phone(way)
        assert phone is not None
        assert phone.e164 == "+8613800138000"

    @pytest.mark.parametrize(
        "bad",
        [
            "",
            "1380013800",
            "138001380001",
            "12800138000",
            "abc",
            "110",
            "02887654321",
            "+8602887654321",
            "138001380oo",
            "1" * 500,
            "+86138001380001",
            "13800138000x5",
            "<b>13800138000</b>",
            "13800138000; DROP",
        ],
    )
    def test_what_is_no_mobile_number_is_refused(self, bad: str) -> None:
        assert parse_phone(bad) is None

    def test_numbers_of_hong_kong_are_numbers_too(self) -> None:
        phone = parse_phone("+852 5123 4567")
        assert phone is not None
        assert phone.e164 == "+85251234567"

    def test_a_phone_prints_masked(self) -> None:
        phone = parse_phone("13812341234")
        assert phone is not None
        assert (str(phone), repr(phone), f"{phone}") == ("138****1234", "Phone(138****1234)", "138****1234")


class TestIdNumbers:
    @pytest.mark.parametrize(
        "text",
        ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ", "110105 19491231 002X"],
    )
    def test_a_right_number_is_normalised(self, text: str) -> None:
        assert parse_id_number(text) == "11010519491231002X"

    @pytest.mark.parametrize("text", ["110105194912310021", "11010519491331002X", "", "12345", "11010519491231002Y"])
    def test_a_wrong_check_digit_or_date_is_refused(self, text: str) -> None:
        assert parse_id_number(text) is None


def test_no_file_of_this_room_prints_clear_text() -> None:
    """The clear text leaves through `reveal` and `own` only: nobody else calls the opening function."""
    source = (Path(keys.__file__).parent / "personal.py").read_text("utf-8")
    assert source.count("._open(") == 2  # own() and the module's helper that reveal, matches and __str__ share
