"""Cleaning of text, addresses people bring along, tokens and provenance: pure, so tested as tables and properties."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from cunli.settings import Settings
from cunli.web import headers, i18n
from cunli.web.forms import Form
from cunli.web.origin import provenance
from cunli.web.safe_url import same_site_path
from cunli.web.text import clean
from cunli.web.tokens import Signer

HOSTILE_ADDRESSES = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/%2f/evil.example",
    "/%252f%252fevil.example",
    "https://evil.example",
    "https:evil.example",
    "http:/evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,x",
    "@evil.example",
    "evil.example",
    "",
    " /x",
    "/x\r\nSet-Cookie: a=b",
    "/x%0d%0aSet-Cookie:a",
    "/\tevil",
    "/\x00",
    "//evil.example/%2e%2e",
    "/／evil.example",
    "／／evil.example",
    "?next=/x",
    "#x",
    "/" + "a" * 600,
    "/\u2028x",
    "/<script>",
    '/x"onclick=',
    "ftp://evil.example",
    "//[::1]/",
]


@pytest.mark.parametrize("address", HOSTILE_ADDRESSES)
def test_an_address_that_could_leave_the_site_is_replaced(address: str) -> None:
    assert same_site_path(address, "/home") == "/home"


@pytest.mark.parametrize("address", ["/", "/v/heping/", "/v/heping/p/abc?before=x_1-2", "/find?q=%E7%A6%BE%E5%9D%AA"])
def test_a_path_of_this_site_stays(address: str) -> None:
    assert same_site_path(address, "/home") == address


@given(st.text(max_size=300))
def test_cleaned_text_holds_nothing_that_a_database_or_a_reader_stumbles_over(text: str) -> None:
    cleaned = clean(text, multiline=True)
    assert "\x00" not in cleaned
    assert not any(0xD800 <= ord(c) < 0xE000 or c in "\u202e\u202d\u2066\ufeff" for c in cleaned)
    assert cleaned == clean(cleaned, multiline=True)
    cleaned.encode("utf-8")


def test_cleaning_keeps_emoji_with_joiners_and_drops_overrides_and_mark_floods() -> None:
    assert clean("👨‍👩‍👧 好") == "👨‍👩‍👧 好"
    assert clean("a\u202eb\x00c\tb") == "abc b"
    flood = clean("e" + "\u0301" * 500)
    assert sum(unicodedata.combining(c) > 0 for c in flood) <= 4
    assert clean("一\r\n\r\n\r\n\r\n\r\n二  ", multiline=True) == "一\n\n\n二"


def _signer(secret: str, *old: str) -> Signer:
    return Signer(Settings.model_validate({"secret": secret, "old_secrets": old}))


def test_a_form_token_belongs_to_one_session_and_survives_a_change_of_secret() -> None:
    signer = _signer("first-secret-first-secret-first-secret")
    token = signer.form_token("session-a")
    assert signer.check_form(token, "session-a") is not None
    assert signer.check_form(token, "session-b") is None
    assert signer.check_form(token[:-1] + ("A" if token[-1] != "A" else "B"), "session-a") is None
    rotated = _signer("second-secret-second-secret-second", "first-secret-first-secret-first-secret")
    assert rotated.check_form(token, "session-a") == signer.check_form(token, "session-a")
    assert _signer("third-secret-third-secret-third-secret").check_form(token, "session-a") is None


@given(st.text(max_size=200))
def test_a_made_up_form_token_is_never_genuine_and_never_an_error(text: str) -> None:
    assert _signer("first-secret-first-secret-first-secret").check_form(text, "session-a") is None


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ({"sec-fetch-site": "same-origin"}, "ours"),
        ({"sec-fetch-site": "none"}, "ours"),
        ({"sec-fetch-site": "same-site"}, "foreign"),
        ({"sec-fetch-site": "cross-site", "origin": "http://village.example"}, "foreign"),
        ({"origin": "http://village.example"}, "ours"),
        ({"origin": "http://evil.example"}, "foreign"),
        ({"origin": "null"}, "foreign"),
        ({}, "unknown"),
    ],
)
def test_where_an_unsafe_request_came_from(headers: dict[str, str], verdict: str) -> None:
    assert provenance(Headers(headers), "village.example") == verdict


def test_the_language_is_the_persons_choice_then_the_browsers_then_the_deployments() -> None:
    assert i18n.choose("en", "zh-CN", "zh_Hans") == "en"
    assert i18n.choose("", "fr, en-GB;q=0.8", "zh_Hans") == "en"
    assert i18n.choose("", "zh-TW,zh;q=0.9", "zh_Hans") == "zh_Hant"
    assert i18n.choose("", "xx", "zh_Hant") == "zh_Hant"
    assert i18n.choose("nonsense", "", "zh_Hans") == "zh_Hans"


def test_over_tls_browsers_are_told_to_stay_there() -> None:
    """For a year, subdomains too; an address without TLS says nothing of the kind, and a page's own policy stays."""
    said = {secure: dict(headers.complete([], secure=secure, policy=headers.policy())) for secure in (True, False)}
    assert said[True][b"strict-transport-security"] == b"max-age=31536000; includeSubDomains"
    assert b"strict-transport-security" not in said[False]
    stricter = headers.complete([(b"content-security-policy", b"sandbox")], secure=True, policy=headers.policy())
    assert [value for name, value in stricter if name == b"content-security-policy"] == [b"sandbox"]


def test_a_form_shown_for_the_first_time_has_no_box_ticked_that_says_no() -> None:
    form = Form.blank(paused=False, cash=True, name=None, count=0)
    assert form.values == {"paused": "", "cash": "1", "name": "", "count": "0"}
