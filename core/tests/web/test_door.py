"""The door: headers on every answer, hostile requests refused, failures shown without their inside."""

from __future__ import annotations

import asyncio

import pytest

from cunli.testing.live import LiveSite
from cunli.testing.raw import raw
from cunli.web import headers as header_module
from cunli.web.app import UnguardedRoute, seal

NEEDED = ("content-security-policy", "x-content-type-options", "referrer-policy", "x-frame-options")


ODD_ANSWERS = [
    ("GET", "/healthz", 200), ("GET", "/look?mode=elder&next=/healthz", 303), ("GET", "/odd/status/400", 400), ("GET", "/odd/status/401", 401),
    ("GET", "/odd/status/403", 403), ("GET", "/nothing/here", 404), ("POST", "/healthz", 405), ("GET", "/odd/status/413", 413), ("GET", "/odd/status/422", 422),
    ("GET", "/odd/often", 429), ("GET", "/odd/boom", 500), ("GET", "/odd/busy", 503), ("POST", "/odd/full", 507), ("GET", "/static/x/nope.css", 404),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), ODD_ANSWERS)
async def test_every_answer_carries_the_protecting_headers(odd: LiveSite, method: str, path: str, status: int) -> None:
    visitor = odd.visitor()
    page = await (visitor.open(path, follow=False) if method == "GET" else visitor.post(path, follow=False))
    assert page.status == status
    assert [name for name in NEEDED if name not in page.headers] == []
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


async def test_without_the_outer_layer_an_error_page_would_stand_bare(
    odd: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.web.door.complete", lambda headers, secure: headers)
    page = await odd.visitor().open("/odd/boom")
    assert "content-security-policy" not in page.headers


async def test_a_failure_shows_a_number_and_nothing_of_its_inside(
    odd: LiveSite, capsys: pytest.CaptureFixture[str]
) -> None:
    page = await odd.visitor().open("/odd/boom")
    assert page.status == 500
    assert "CANARY" not in page.html
    assert "Traceback" not in page.html
    assert "出了点毛病" in page.text
    log = capsys.readouterr().err
    incident = next(w for w in page.words("main p.mute") if "编号" in w).split("：")[-1].strip()
    assert len(incident) == 8
    assert f'"incident":"{incident}"' in log
    assert "13812345678" not in log


async def test_hosts_that_are_not_ours_are_refused(odd: LiveSite) -> None:
    evil = [(b"host", b"evil.example")]
    assert (await raw(odd.app, headers=evil))[0] == 400
    assert (await raw(odd.app, headers=[]))[0] == 400
    assert (await raw(odd.app, headers=[(b"host", b"127.0.0.1:8000"), (b"host", b"evil.example")]))[0] == 400
    assert (await raw(odd.app, headers=[(b"host", b"a/?x=")]))[0] == 400
    assert (await raw(odd.app, headers=[(b"host", b"127.0.0.1:8000"), (b"x-forwarded-host", b"evil.example")]))[
        0
    ] == 200


async def test_oversized_or_doubtful_headers_are_refused(odd: LiveSite) -> None:
    host = (b"host", b"127.0.0.1:8000")
    assert (await raw(odd.app, headers=[host, (b"x", b"a" * 200_000)]))[0] == 431
    assert (await raw(odd.app, headers=[host, *[(b"x", b"a")] * 500]))[0] == 431
    assert (await raw(odd.app, headers=[host, (b"content-length", b"1"), (b"content-length", b"2")]))[0] == 400
    assert (await raw(odd.app, headers=[host, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")]))[0] == 400
    assert (await raw(odd.app, headers=[host, (b"range", b"bytes=" + b"0-1," * 5000)]))[0] in (200, 400)


@pytest.mark.parametrize(
    "path", ["/search?q=%00", "/search?q=a%00b%1f", "/find?q=%00%ed%a0%80", "/v/heping/search?q=%00&%00=1"]
)
async def test_odd_words_behind_the_question_mark_are_only_words(odd: LiveSite, path: str) -> None:
    visitor = await odd.sign_in(await odd.villager("问的人"))
    assert (await visitor.open(path)).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/v/" + "9" * 5000 + "/",
        "/v/\x00/",
        "/v/a\x1fb/",
        "/v/\ud800/",
        "/v/1e3/",
        "/v/-1/",
        "/v/0/",
        "/v/١٢/",
        "/v/" + "1" * 40 + "/",
        "/media/" + "x" * 900 + "/thumb",
        "/v/heping/p/10**20",
        "/i/%00",
    ],
)
async def test_odd_addresses_are_answered_with_4xx(odd: LiveSite, path: str) -> None:
    status, headers, _ = await raw(odd.app, path)
    assert 400 <= status < 500
    assert "content-security-policy" in headers


async def test_a_body_larger_than_the_page_takes_is_refused_announced_or_not(odd: LiveSite) -> None:
    base = [
        (b"host", b"127.0.0.1:8000"),
        (b"sec-fetch-site", b"same-origin"),
        (b"content-type", b"application/x-www-form-urlencoded"),
    ]
    announced = [*base, (b"content-length", b"300000000")]
    assert (await raw(odd.app, "/odd/echo", method="POST", headers=announced))[0] == 413
    chunked = [*base, (b"transfer-encoding", b"chunked")]
    taken = [b"words=" + b"x" * 65536, *[b"x" * 65536] * 200]
    assert (await raw(odd.app, "/odd/echo", method="POST", headers=chunked, body=taken))[0] == 413


HOSTILE_BODIES = [
    (b"application/x-www-form-urlencoded", b"words=" + b"%ff%fe%00"), (b"application/x-www-form-urlencoded", b"words=\xff\xfe\x00"),
    (b"application/x-www-form-urlencoded", "words=‮\ufeff".encode()), (b"application/x-www-form-urlencoded", b"words=%ED%A0%80"),
    (b"application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(5000))), (b"multipart/form-data", b"no boundary"),
    (b"multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\"words\"\r\n\r\n\xff\xfe\r\n--x--\r\n"),
    (b"multipart/form-data; boundary=x", b"".join(b"--x\r\nContent-Disposition: form-data; name=\"f%d\"\r\n\r\n1\r\n" % n for n in range(1500)) + b"--x--\r\n"),
    (b"multipart/form-data; boundary=x", b"garbage"), (b"application/json", b"[" * 100_000), (b"application/json", b'{"a": NaN}'), (b"text/xml", b"<x/>"),
    (b"application/x-www-form-urlencoded", ("words=" + "e" + "\u0301" * 3000).encode()), (b"", b"words=1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "body"), HOSTILE_BODIES)
async def test_no_body_makes_the_site_stumble(odd: LiveSite, kind: bytes, body: bytes) -> None:
    headers = [(b"host", b"127.0.0.1:8000"), (b"sec-fetch-site", b"same-origin"), (b"content-type", kind)]
    status, _, answer = await raw(odd.app, "/odd/echo", method="POST", headers=headers, body=[body])
    assert status in (200, 400, 413, 415, 422)
    assert b"\x00" not in answer


@pytest.mark.parametrize(
    ("header", "status"),
    [((b"referer", b"http://["), 401), ((b"referer", b"//[x"), 401), ((b"origin", b"http://["), 403)],
)
async def test_half_an_address_in_a_header_is_no_failure(
    odd: LiveSite, header: tuple[bytes, bytes], status: int
) -> None:
    ours = [] if header[0] == b"origin" else [(b"sec-fetch-site", b"same-origin")]
    for method in ("POST", "GET", "HEAD"):
        answer = await raw(odd.app, "/me", method=method, headers=[(b"host", b"127.0.0.1:8000"), *ours, header])
        assert answer[0] == (status if method == "POST" else 303)


async def test_a_route_that_is_no_page_stops_the_start(odd: LiveSite) -> None:
    from starlette.responses import PlainTextResponse
    from starlette.routing import Mount, Route

    router = odd.app.router
    seal(router)
    for stray in (Route("/stray", lambda request: PlainTextResponse("x")), Mount("/mounted", routes=[])):
        router.routes.append(stray)
        with pytest.raises(UnguardedRoute):
            seal(router)
        router.routes.remove(stray)


async def test_the_content_policy_names_no_other_host() -> None:
    assert "http" not in header_module.CONTENT_POLICY
    assert "*" not in header_module.CONTENT_POLICY


async def test_two_requests_at_once_do_not_share_a_language(odd: LiveSite) -> None:
    first, second = odd.visitor(), odd.visitor()
    pages = await asyncio.gather(
        *(v.open("/nothing", accept_language=lang) for _ in range(10) for v, lang in ((first, "en"), (second, "zh-CN")))
    )
    assert {p.all("html")[0].get("lang") for p in pages[::2]} == {"en"}
    assert {p.all("html")[0].get("lang") for p in pages[1::2]} == {"zh-Hans"}
