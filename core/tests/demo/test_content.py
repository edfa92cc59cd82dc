"""The words of the demo: enough of them, invented, and fitting together."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from cunli.demo import content
from cunli.demo.content import BadContent, County
from cunli.feed import rules
from cunli.people.words import password_problem
from cunli.places.names import short_name, slug_base
from cunli.places.rules import CLOTHS, DYES, market_digits
from cunli.places.table import read_table
from cunli.places.tree import doubts, resolve
from cunli.reviewing.rules import REASONS
from cunli.web.look import Look

NUMBER = re.compile(r"1[\s\-]?[3-9]\d[\s\-]?\d{4}[\s\-]?\d{4}|\d{15,18}")


@pytest.fixture(scope="module")
def county() -> County:
    return content.county()


def test_there_is_enough_to_look_at(county: County) -> None:
    words = [each for village in county.villages for each in village.words]
    townships = {village.code[:9] for village in county.villages}
    assert len(county.villages) == 12
    assert len(townships) == 4
    assert len(county.everybody) >= 150
    assert len([each for each in words if each.kind == "post"]) >= 160
    assert sum(len(each.remarks) for each in words) >= 400
    assert {"village", "township", "county", "public"} == {each.audience for each in words}
    days = [int(each.at.split("d")[0]) for each in words if "d" in each.at]
    assert max(days) >= 42, "weeks of posts"
    assert {each.until is None for each in words if each.kind == "notice"} == {True, False}


def test_no_number_could_belong_to_anybody() -> None:
    """138 0000 0xxx was never given out; nothing else in the texts looks like a phone or an identity number."""
    found: list[str] = []
    for file in Path(str(content.DATA)).rglob("*.*"):
        found += [re.sub(r"[\s\-]", "", number) for number in NUMBER.findall(file.read_text("utf-8"))]
    assert len(found) >= 21, "the planted numbers are seen"
    assert {number[:8] for number in found} == {"13800000"}


def test_what_people_wrote_could_have_been_sent_with_the_forms(county: County) -> None:
    for village in county.villages:
        for words in village.words:
            most = rules.NOTICE_MAX if words.kind == "notice" else rules.BODY_MAX
            assert 0 < len(words.text) <= most
            assert len(words.place) <= rules.PLACE_MAX
            assert len(words.photos) <= rules.PHOTOS_MAX == 9
            assert bool(words.title) == (words.kind == "notice")
            assert len(words.title) <= rules.TITLE_MAX
            assert all(len(remark.text) <= rules.COMMENT_MAX for remark in words.remarks)
            assert len(words.hidden) <= rules.REASON_MAX
            assert "！！" not in words.text
            assert len(set(words.photos)) == len(words.photos)
        assert all(complaint.reason in REASONS for complaint in village.complaints)


def test_notices_come_from_officials_only(county: County) -> None:
    officials = {person.shown for person in county.everybody if person.office}
    notices = [words for village in county.villages for words in village.words if words.kind == "notice"]
    assert len(notices) >= 20
    assert {words.by for words in notices} <= officials
    for village in county.villages:
        pinned = [w for w in village.words if w.pinned]
        assert len(pinned) == 1, "one pinned notice, as the design asks"


def test_villages_look_as_villages_may(county: County) -> None:
    names = {code: name for code, name, *_ in county.regions}
    for village in county.villages:
        assert village.cloth in CLOTHS
        assert village.dye in DYES
        assert market_digits(village.market_days)
        assert slug_base(short_name(names[village.code])) == village.slug
        assert all(0 < len(person.shown) <= 20 for person in (*village.people, *(a.person for a in village.applicants)))
    for person in county.everybody:
        assert not person.look or str(Look.parse(person.look)) == person.look


def test_the_county_table_can_be_imported_as_it_is() -> None:
    table = read_table(Path(str(content.DATA / "regions.csv")))
    assert len(table) >= 60
    assert not list(doubts(table, resolve(table)))


def test_the_shared_password_would_be_taken_by_the_form(county: County) -> None:
    for account in county.accounts:
        assert password_problem(county.password, (account.phone,)) is None
    assert password_problem("heping-123456", ()) is not None


@pytest.mark.parametrize(
    ("file", "before", "after", "complains_about"),
    [
        ("villages/heping.toml", 'by = "石满仓"', 'by = "谁也不是"', "谁也不是"),
        ("villages/heping.toml", "覃小禾: 妈，给我留一罐", "没这个人: 妈，给我留一罐", "没这个人"),
        ("villages/heping.toml", '"trays_side"', '"no_such_scene"', "no_such_scene"),
        ("villages/heping.toml", 'post = "fake-job"', 'post = "lost"', "lost"),
        ("villages/heping.toml", "罗春秀: 我出一钵", "> 罗春秀: 我出一钵", "not a comment"),
        ("villages/chaya.toml", 'shown = "冉小溪"', 'shown = "罗春秀"', "罗春秀"),
        ("county.toml", ', account = "nobody"', "", "accounts"),
    ],
)
def test_content_that_does_not_fit_together_is_refused(
    tmp_path: Path, file: str, before: str, after: str, complains_about: str
) -> None:
    data = tmp_path / "data"
    shutil.copytree(str(content.DATA), data)
    assert content.county(data).villages, "unchanged it is taken"
    text = (data / file).read_text("utf-8")
    assert before in text
    (data / file).write_text(text.replace(before, after, 1), "utf-8")
    with pytest.raises(BadContent, match=complains_about):
        content.county(data)


def test_every_photo_is_used_and_has_a_sensible_size(county: County) -> None:
    files = {file.name: file.stat().st_size for file in Path(str(content.PHOTOS)).glob("*.webp")}
    assert set(files) == {f"{name}.webp" for name in county.pictures}
    assert all(3_000 < size < 90_000 for size in files.values())
