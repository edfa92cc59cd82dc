"""What is asked of the server: one plan per page, as raw HTTP requests."""

from __future__ import annotations

import secrets
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cunli.settings import Settings
from cunli.web.tokens import Signer, digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One page: its name in the table, the status it must answer, and the requests, used in turn. `{port}` is filled in.

    `once`: no request is sent twice. `times` as many requests as of the others: what is kept for seconds is made anew now
    and then, and must not be most of what is measured. `renewed` makes the requests anew before each stretch: an ETag is
    good for minutes.
    """

    name: str
    status: int
    payloads: tuple[bytes, ...] = ()
    once: bool = False
    times: int = 1
    renewed: Callable[[], tuple[bytes, ...]] | None = None


def _get(path: str, cookie: str = "", extra: str = "") -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nAccept: text/html\r\nAccept-Language: zh-CN\r\n"
    return (head + (f"Cookie: {cookie}\r\n" if cookie else "") + extra + "\r\n").encode()


def _etag(port: int, path: str, cookie: str) -> str:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", headers={"Cookie": cookie, "Accept-Language": "zh-CN", "Accept": "text/html"}
    )
    with urllib.request.urlopen(request) as answer:
        return str(answer.headers.get("ETag", ""))


def _posting(settings: Settings, tokens: Sequence[str], count: int) -> tuple[bytes, ...]:
    signer = Signer(settings)
    found = []
    for n in range(count):
        token = tokens[n % len(tokens)]
        binding, cookie = digest(token), f"cunli_session={token}"
        body = urlencode(
            {
                "_form": signer.form_token(binding),
                "body": f"第{n}条：今天修水渠，各户来一个人。{secrets.token_hex(4)}",
                "audience": "village",
            }
        )
        head = (
            f"POST /v/cun1/new HTTP/1.1\r\nHost: 127.0.0.1:{{port}}\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        found.append((head + body).encode())
    return tuple(found)


def plans(settings: Settings, tokens: Sequence[str], port: int, requests: int, commented: str) -> list[Plan]:
    """The pages of the table "Speed: what to reach". `commented` is the key of a post with comments."""
    cookie = f"cunli_session={tokens[0]}"
    post = f"/v/cun1/p/{commented}"

    def unchanged() -> tuple[bytes, ...]:
        return (_get("/v/cun1/", cookie, f"If-None-Match: {_etag(port, '/v/cun1/', cookie)}\r\n"),)

    return [
        Plan(name="village page, anonymous", status=200, payloads=(_get("/v/cun1/"),), times=10),
        Plan(name="village page, signed in", status=200, payloads=(_get("/v/cun1/", cookie),)),
        Plan(
            name="unchanged page asked again",
            status=304,
            renewed=unchanged,
        ),
        Plan(name="post page with comments", status=200, payloads=(_get(post, cookie),)),
        Plan(
            name="posting text",
            status=303,
            payloads=_posting(settings, tokens, requests + 200),
            once=True,
        ),
    ]
