"""An S3 server over a folder, for trying out: PUT, GET, HEAD, DELETE, listing and uploads in parts, signatures checked.

    python -m scripts.cluster.objects FOLDER PORT        AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment

What was answered with 200 is on disk. Buckets need no making. Not for production: it has one key and no permissions.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import re
import secrets
import shutil
import sys
from email.utils import formatdate
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote
from xml.sax.saxutils import escape, unescape

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

MOST = 1000
ALGORITHM = "AWS4-HMAC-SHA256"


class Objects:
    """The buckets below one folder."""

    def __init__(self, folder: Path, key: str, secret: str) -> None:
        self.folder = folder
        self.key = key
        self.secret = secret

    async def __call__(self, request: Request) -> Response:
        query = dict(parse_qsl(request.url.query, keep_blank_values=True))
        if not self._signed(request, query):
            return _error(403, "SignatureDoesNotMatch")
        bucket, _, name = unquote(request.scope["raw_path"].decode()).lstrip("/").partition("/")
        if ".." in name.split("/"):
            return _error(400, "InvalidArgument")
        if not name and "delete" in query:
            return self._delete_many(bucket, await request.body())
        if not name:
            return self._list(bucket, query) if request.method == "GET" else Response()
        path = self.folder / bucket / name
        if "uploads" in query or "uploadId" in query:
            return await self._in_parts(request, query, path)
        body = await request.body() if request.method == "PUT" else b""
        return await asyncio.to_thread(_one, request.method, path, body)

    async def _in_parts(self, request: Request, query: dict[str, str], path: Path) -> Response:
        if request.method == "POST" and "uploads" in query:
            return _xml(
                f"<InitiateMultipartUploadResult><UploadId>{secrets.token_hex(8)}</UploadId></InitiateMultipartUploadResult>"
            )
        parts = self.folder / ".parts" / query["uploadId"]
        if request.method == "PUT":
            return await asyncio.to_thread(_written, parts / f"{int(query['partNumber']):06d}", await request.body())
        if request.method == "POST":
            whole = b"".join(part.read_bytes() for part in sorted(parts.iterdir()))
            done = await asyncio.to_thread(_written, path, whole)
            shutil.rmtree(parts)
            return _xml(
                f"<CompleteMultipartUploadResult><ETag>{escape(done.headers['etag'])}</ETag></CompleteMultipartUploadResult>"
            )
        shutil.rmtree(parts, ignore_errors=True)
        return Response(status_code=204)

    def _delete_many(self, bucket: str, asked: bytes) -> Response:
        names = [unescape(name) for name in re.findall(r"<Key>(.*?)</Key>", asked.decode())]
        for name in names:
            if ".." not in name.split("/"):
                (self.folder / bucket / name).unlink(missing_ok=True)
        done = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
        return _xml(f"<DeleteResult>{done}</DeleteResult>")

    def _list(self, bucket: str, query: dict[str, str]) -> Response:
        root, prefix = self.folder / bucket, query.get("prefix", "")
        after = query.get("continuation-token") or query.get("start-after", "")
        names = sorted(p.relative_to(root).as_posix() for p in root.rglob("*") if p.is_file() and p.suffix != ".part")
        found = [name for name in names if name.startswith(prefix) and name > after]
        page, more = found[:MOST], len(found) > MOST
        rows = "".join(
            f"<Contents><Key>{escape(name)}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified>"
            f"<ETag>&quot;{_etag(root / name)}&quot;</ETag><Size>{(root / name).stat().st_size}</Size></Contents>"
            for name in page
        )
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        return _xml(
            f"<ListBucketResult><IsTruncated>{str(more).lower()}</IsTruncated>"
            f"<KeyCount>{len(page)}</KeyCount>{token}{rows}</ListBucketResult>"
        )

    def _signed(self, request: Request, query: dict[str, str]) -> bool:
        """AWS signature version 4, over the headers that it names."""
        said = request.headers.get("authorization", "")
        if not said.startswith(f"{ALGORITHM} "):
            return False
        given = dict(part.strip().partition("=")[::2] for part in said.removeprefix(f"{ALGORITHM} ").split(","))
        key, day, region, service, end = given["Credential"].split("/")
        names = given["SignedHeaders"]
        headers = "".join(f"{name}:{' '.join(request.headers.get(name, '').split())}\n" for name in names.split(";"))
        spelled = "&".join(f"{quote(k, safe='-_.~')}={quote(v, safe='-_.~')}" for k, v in sorted(query.items()))
        path = quote(unquote(request.scope["raw_path"].decode()), safe="/-_.~")
        body = request.headers.get("x-amz-content-sha256", "")
        asked = "\n".join([request.method, path, spelled, headers, names, body])
        scope = f"{day}/{region}/{service}/{end}"
        text = f"{ALGORITHM}\n{request.headers.get('x-amz-date', '')}\n{scope}\n{hashlib.sha256(asked.encode()).hexdigest()}"
        signing = f"AWS4{self.secret}".encode()
        for part in (day, region, service, end):
            signing = hmac.digest(signing, part.encode(), "sha256")
        expected = hmac.digest(signing, text.encode(), "sha256").hex()
        return key == self.key and hmac.compare_digest(expected, given["Signature"])


def _one(method: str, path: Path, body: bytes) -> Response:
    if method == "PUT":
        return _written(path, body)
    if method == "DELETE":
        path.unlink(missing_ok=True)
        return Response(status_code=204)
    if not path.is_file():
        return _error(404, "NoSuchKey")
    return FileResponse(path, headers={"etag": f'"{_etag(path)}"'})


def _written(path: Path, data: bytes) -> Response:
    """On disk before it is answered."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.part")
    with beside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.rename(path)
    return Response(headers={"etag": f'"{hashlib.md5(data).hexdigest()}"'})


def _etag(path: Path) -> str:
    return hashlib.md5(path.read_bytes()).hexdigest()


def _xml(text: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>{text}', media_type="application/xml")


def _error(status: int, code: str) -> Response:
    body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"
    return Response(body, status, {"date": formatdate(usegmt=True)}, "application/xml")


def main() -> None:
    folder, port = Path(sys.argv[1]), int(sys.argv[2])
    objects = Objects(folder, os.environ["AWS_ACCESS_KEY_ID"], os.environ["AWS_SECRET_ACCESS_KEY"])
    methods = ["GET", "HEAD", "PUT", "POST", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", objects.__call__, methods=methods)])
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main()
