"""Requests as no browser sends them, made from a valid one: other methods, hostile addresses, headers, bodies and fields.

Every list is walked round: the `turn` picks from it, so that each route gets a few of them and each of them many routes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlencode

from cunli.web import cookies

from .asks import Ask
from .roles import Role
from .world import World

Header = tuple[bytes, bytes]
Pairs = Sequence[tuple[str, str]]
TYPED: Final = (b"content-type", b"application/x-www-form-urlencoded")
METHODS: Final = ("OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "get", "PROPFIND", "")
WORDS: Final = (  # in an address, already encoded
    "%00", "-1", "9" * 40, "2147483648", "9223372036854775808", "%D9%A1%D9%A2", "%EF%BC%91", "%C2%B2", "%ff%fe", "%ED%A0%80", "1e309", "NaN",
    "%E2%80%AE", "9999-12-31", "0001-01-01", "0000-00", "..%2f..%2fetc", "%2e%2e", "%0d%0aSet-Cookie:%20x=1", "%25s%7B%7B7*7%7D%7D", "x" * 1500, "[]", "'%22--", "",
)  # fmt: skip
NAMES: Final = (
    "page", "after", "days", "region", "show", "q", "kind", "state", "sort", "since", "until", "next", "from", "month", "of", "job", "before", "village",
    "number", "actor", "action", "group", "away", "theme", "mode", "size", "locale", "lang", "code", "cursor", "tab", "to",
)  # fmt: skip
FIELDS: Final = (
    "\x00", "-1", "0", "9" * 40, "9" * 4400, "2147483648", "9223372036854775808", "١٢", "²", "１", "1e309", "NaN", "\u202e\u200b", "9999-12-31", "\ufffe\uffff",
    "a" + "\u0301" * 500, "%s{{7*7}}{0.__class__}", "x" * 60_000, "\r\nSet-Cookie: x=1", "𠀀" * 30, "null", "[]", "\udc80\ud800", "../../x", "'\"--",
)  # fmt: skip
HEADERS: Final[Sequence[Header]] = (
    (b"referer", b"http://["), (b"referer", b"//[x/\xff"), (b"origin", b"http://["), (b"origin", b"http://127.0.0.1:99999999"), (b"origin", b"null"), (b"origin", b"\xff"),
    (b"accept-language", b"*;q=" + b"9" * 3000), (b"accept-language", b"zh;q=x,,;;=,en;q=-1;q=nan"), (b"accept-language", b"\xff\x00"),
    (b"accept-encoding", b"gzip;q=0, \xff"), (b"range", b"bytes=9-1,0-,-0"), (b"range", b"bytes=0-0," + b"1-2," * 300), (b"if-none-match", b"\xff*"),
    (b"if-modified-since", b"Thu, 99 Foo 99999 99:99:99"), (b"hx-request", b"\xff"), (b"hx-current-url", b"http://["), (b"x-forwarded-for", b"\xff, ::::%eth0"),
    (b"x-forwarded-host", b"evil.example"), (b"forwarded", b"for=[;by=\xff"), (b"x-http-method-override", b"DELETE"), (b"x-original-url", b"/admin"),
    (b"cookie", b"=;;; a=b=\xff; \x00"), (b"cookie", b"cunli_look=\xff%00; cunli_locale=..; cunli_toast=x; cunli_visitor=%00" + b"x" * 3000), (b"sec-fetch-site", b"\xff"),
    (b"user-agent", b"\xff" * 500), (b"save-data", b"on, \xff"), (b"upgrade", b"websocket"), (b"expect", b"100-continue"), (b"content-encoding", b"gzip"),
    (b"content-length", b"-1"), (b"content-length", b"+5"), (b"content-length", b"5, 5"), (b"content-length", b"0x5"), (b"content-length", b"9" * 400),
    (b"content-length", b"\xb2"), (b"transfer-encoding", b"chunked, identity"), (b"host", b"127.0.0.1:8000, evil.example"), (b"last-event-id", b"\xff9" * 50),
)  # fmt: skip
TYPES: Final = (
    b"application/json", b"text/plain", b"multipart/form-data", b"multipart/form-data; boundary=", b"multipart/form-data; boundary=" + b"x" * 300,
    b"multipart/form-data; boundary=\xff", b"multipart/form-data; boundary=x; charset=utf-99", b"application/x-www-form-urlencoded; charset=utf-16",
    b"application/x-www-form-urlencoded; charset=bogus", b"\xff", b";", b"multipart/mixed; boundary=x", b"application/x-www-form-urlencoded;;=;",
)  # fmt: skip
CHARSETS: Final = (b"utf-16", b"bogus", b"\xff", b"utf-7", b"idna", b"zip")


@dataclass(frozen=True, slots=True, kw_only=True)
class Odd:
    """One request, byte by byte. `what` says what is odd about it."""

    what: str
    method: str
    target: str
    headers: tuple[Header, ...] = ()
    body: bytes = b""


def requests_of(route: str, ask: Ask, turn: int) -> Iterator[Odd]:
    """What is odd this time: about ten requests for each route."""
    method = route.partition(" ")[0]
    path = ask.path.partition("?")[0]
    pairs = [
        (name, word) for name, words in ask.fields.items() for word in ([words] if isinstance(words, str) else words)
    ]
    body = urlencode(pairs).encode() if method == "POST" else b""
    form = (TYPED,) if method == "POST" else ()
    other = _of(METHODS, turn)
    yield Odd(what=f"method {other}", method=other, target=ask.path, headers=(TYPED,), body=body)
    yield Odd(what="method HEAD", method="HEAD", target=ask.path)
    for step in (0, 1):
        header = _of(HEADERS, 2 * turn + step)
        what = f"{header[0].decode()}: {header[1][:20]!r}"
        yield Odd(what=what, method=method, target=ask.path, headers=(*form, header), body=body)
    for place, word in _segments(route, path, turn):
        yield Odd(what=f"address {word[:24]}", method=method, target=place, headers=form, body=body)
    if method == "POST":
        yield from _bodies(ask.path, pairs, turn)
    else:
        word = _of(WORDS, turn)
        yield Odd(what=f"query {word[:24]}", method=method, target=f"{path}?{'&'.join(f'{n}={word}' for n in NAMES)}")
        name = _of(NAMES, turn)
        yield Odd(what=f"{name} twice", method=method, target=f"{path}?{name}={word}&{name}=2")


def _segments(route: str, path: str, turn: int) -> Iterator[tuple[str, str]]:
    """The address with something odd in the place of each id."""
    pieces = path.split("/")
    for number, piece in enumerate(route.partition(" ")[2].split("/")):
        if "{" in piece and number < len(pieces):
            word = _of(WORDS, turn + 7 * number)
            yield "/".join([*pieces[:number], word, *pieces[number + 1 :]]), word


def _bodies(target: str, pairs: Pairs, turn: int) -> Iterator[Odd]:
    def sent(what: str, kind: bytes, body: bytes) -> Odd:
        return Odd(what=what, method="POST", target=target, headers=((b"content-type", kind),), body=body)

    plain, form = urlencode(pairs).encode(), TYPED[1]
    kind, word = _of(TYPES, turn), _of(FIELDS, turn)
    yield sent(f"type {kind[:40]!r}", kind, plain)
    yield sent(
        "every field twice",
        form,
        urlencode([*pairs, *((name, word) for name, _ in pairs)], errors="surrogatepass").encode(),
    )
    yield sent(f"every field {word[:16]!r}", form, _all_but_what_is_done(pairs, word))
    for name, _ in [_of(pairs, turn)] if pairs else []:
        rest = [pair for pair in pairs if pair[0] != name]
        one = urlencode([*rest, (name, word)], errors="surrogatepass").encode()
        yield sent(f"{name}={word[:16]!r}", form, one)
        yield sent(f"{name} of bytes", form, urlencode(rest).encode() + b"&" + name.encode() + b"=\xff%ff\xfe%ED%A0%80")
        yield sent(f"without {name}", form, urlencode(rest).encode())
    yield sent("NUL in every field", form, urlencode([(name, f"{old}\x00") for name, old in pairs]).encode())
    multipart = b"multipart/form-data; boundary=x"
    halves = [(name, "+2AA-") for name, _ in pairs]  # U+D800 alone
    yield sent("halves of letters", multipart + b"; charset=utf-7", _parts(halves, b"", b""))
    yield sent("every field a file", multipart, _parts(pairs, b'; filename="x.txt"', b""))
    charset = _of(CHARSETS, turn)
    yield sent(
        f"parts in {charset!r}",
        multipart,
        _parts(pairs, b"", b"Content-Type: text/plain; charset=" + charset + b"\r\n"),
    )


def _all_but_what_is_done(pairs: Pairs, word: str) -> bytes:
    """`do` says which of its acts a form is to carry out: with nonsense in it nothing else would be read."""
    return urlencode([(name, old if name == "do" else word) for name, old in pairs], errors="surrogatepass").encode()


def _parts(pairs: Pairs, more: bytes, header: bytes) -> bytes:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="'
        + name.encode()
        + b'"'
        + more
        + b"\r\n"
        + header
        + b"\r\n"
        + word.encode()
        for name, word in pairs
    ]
    return b"\r\n".join([*parts, b"--x--\r\n"])


def _of(found: Sequence[Any], turn: int) -> Any:
    return found[turn % len(found)]


async def answered(world: World, role: Role, odd: Odd) -> tuple[int, str]:
    """Status and body, given to the application as the server gives it."""
    path, _, query = odd.target.partition("?")
    names = {name for name, _ in odd.headers}
    if b"origin" in names:
        names.add(b"sec-fetch-site")  # an origin is looked at only where a browser says nothing else
    own = [(b"host", b"127.0.0.1:8000"), (b"sec-fetch-site", b"same-origin"), (b"accept", b"text/html")]
    session = f"{cookies.name(world.site.settings, cookies.SESSION)}={world.tokens.get(role.id, '')}".encode()
    headers = [*(pair for pair in own if pair[0] not in names), (b"cookie", session), *odd.headers]
    if odd.body and not names & {b"content-length", b"transfer-encoding"}:
        headers.append((b"content-length", str(len(odd.body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": odd.method, "scheme": "http", "path": unquote(path),
        "raw_path": path.encode(), "query_string": query.encode(), "root_path": "", "headers": headers, "client": ("127.0.0.1", 4711), "server": ("127.0.0.1", 8000),
    }  # fmt: skip
    waiting, sent = [odd.body], list[Any]()

    async def receive() -> dict[str, Any]:
        if not waiting:
            await asyncio.Event().wait()  # as a client that stays
        return {"type": "http.request", "body": waiting.pop(0), "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await world.site.app(scope, receive, send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]).decode("utf-8", "replace")
