"""Requests as no browser sends them."""

from __future__ import annotations

from typing import Any


async def raw(
    app: Any,
    path: str = "/healthz",
    *,
    method: str = "GET",
    headers: list[tuple[bytes, bytes]] | None = None,
    body: list[bytes] | None = None,
) -> tuple[int, dict[str, str], bytes]:
    """One request given to the application byte by byte, as a server would."""
    sent: list[dict[str, Any]] = []
    chunks = list(body or [b""])

    async def receive() -> dict[str, Any]:
        chunk = chunks.pop(0) if chunks else b""
        return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    given = headers if headers is not None else [(b"host", b"127.0.0.1:8000")]
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": path, "raw_path": path.encode("utf-8", "replace"),
        "query_string": b"", "root_path": "", "headers": given, "client": ("127.0.0.1", 5), "server": ("127.0.0.1", 8000), "scheme": "http",
    }  # fmt: skip
    await app(scope, receive, send)
    start = sent[0]
    return (
        start["status"],
        {k.decode(): v.decode() for k, v in start["headers"]},
        b"".join(m.get("body", b"") for m in sent[1:]),
    )
