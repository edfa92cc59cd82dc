"""Static files of the theme chain and of plugins: one hash in the address, so that browsers keep them for good."""

from __future__ import annotations

import gzip
import hashlib
import mimetypes
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_COMPRESSED = (".css", ".js", ".svg", ".html", ".json", ".txt")
_TYPES = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


class StaticFiles:
    """Serves `/static/<hash>/<path>` from the first folder that has the path. Everything is read once and kept."""

    def __init__(self, folders: list[tuple[str, Path]]) -> None:
        self.read(folders)

    def read(self, folders: list[tuple[str, Path]]) -> None:
        """Take over what these folders hold now."""
        files: dict[str, Path] = {}
        for prefix, folder in reversed(folders):
            for path in sorted(p for p in folder.rglob("*") if p.is_file()):
                files[prefix + path.relative_to(folder).as_posix()] = path
        seal = hashlib.sha256()
        for name in sorted(files):
            seal.update(name.encode() + b"\x00" + files[name].read_bytes())
        self.hash = seal.hexdigest()[:12]
        self._files = files
        self._ready: dict[tuple[str, bool], bytes] = {}
        self.beside: dict[str, StaticFiles] = {}  # those of the other themes, by their hash

    def url(self, name: str) -> str:
        """The address of a file. Raises `KeyError` when no theme or plugin has it: a missing file is a bug, not a 404."""
        if name not in self._files:
            raise KeyError(f"no static file {name!r}")
        return f"/static/{self.hash}/{name}"

    def names(self) -> list[str]:
        return sorted(self._files)

    def path(self, name: str) -> Path:
        return self._files[name]

    def _body(self, name: str, *, zipped: bool) -> bytes:
        key = (name, zipped)
        if key not in self._ready:
            raw = self._files[name].read_bytes()
            self._ready[key] = gzip.compress(raw, 9, mtime=0) if zipped else raw
        return self._ready[key]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (other := self.beside.get(scope["path_params"].get("hash", ""))) is not None:
            await other(scope, receive, send)
            return
        request = Request(scope)
        name = scope["path_params"].get("path", "")
        if scope["method"] not in ("GET", "HEAD") or name not in self._files:
            await Response("not found", 404, media_type="text/plain")(scope, receive, send)
            return
        suffix = Path(name).suffix
        zipped = suffix in _COMPRESSED and "gzip" in request.headers.get("accept-encoding", "")
        kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
        current = scope["path_params"].get("hash") == self.hash
        headers = {"cache-control": "public, max-age=31536000, immutable" if current else "public, max-age=300"}
        if suffix in _COMPRESSED:
            headers["vary"] = "Accept-Encoding"
        if zipped:
            headers["content-encoding"] = "gzip"
        if suffix == ".svg":
            headers["content-security-policy"] = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
        etag = f'"{self.hash}-{"z" if zipped else "p"}"'
        headers["etag"] = etag
        if request.headers.get("if-none-match") == etag:
            await Response(status_code=304, headers=headers)(scope, receive, send)
            return
        await Response(self._body(name, zipped=zipped), headers=headers, media_type=kind)(scope, receive, send)
