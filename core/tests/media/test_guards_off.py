"""What the guards of this room are worth: each is switched off once, and what it guards against is seen (UP-1, UP-2, UP-5, UP-6)."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import ExifTags, Image

from cunli.feed import queries as feed
from cunli.media import running
from cunli.media.pool import Darkroom, Developed
from cunli.media.rules import PhotoRefused
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor

PLACES = [("thumb", "webp"), ("thumb", "jpg"), ("large", "webp"), ("large", "jpg")]
SCRIPT = b"<script>CANARY</script>"


def telling() -> bytes:
    """A photo that says who took it, with a script behind its last byte."""
    exif = Image.Exif()
    exif[ExifTags.Base.BodySerialNumber] = "CANARY-SERIAL"
    out = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(out, "JPEG", exif=exif)
    return out.getvalue() + SCRIPT


async def sent(visitor: Visitor) -> str:
    answer = await visitor.post("/v/heping/uploads", files=[("photo", ("x.jpg", telling(), "image/jpeg"))])
    return str(json.loads(answer.html)["key"])


async def served(visitor: Visitor, key: str) -> bytes:
    """Every derivative."""
    accepts = ("image/webp", "image/jpeg")
    return b"".join([(await visitor.open(f"/media/{key}/{s}", accept=a)).response.content for s in ("thumb", "large") for a in accepts])  # fmt: skip


async def test_a_darkroom_that_keeps_the_original_would_be_seen(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    assert b"CANARY" not in await served(visitor, await sent(visitor))

    async def keeps(raw: bytes) -> Developed:
        return Developed(width=300, height=200, pictures=dict.fromkeys(PLACES, raw))

    monkeypatch.setattr(running.darkroom(), "develop", keeps)
    found = await served(visitor, await sent(visitor))
    assert b"CANARY-SERIAL" in found
    assert SCRIPT in found


async def test_a_photo_without_the_question_who_asks_would_be_seen_by_anybody(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = await site.sign_in(await site.villager("罗春秀"))
    key = await sent(visitor)
    assert (await site.visitor().open(f"/media/{key}/large")).status == 404

    async def everybody(key: str, person: object) -> str:
        return "public"

    monkeypatch.setattr(feed, "photo_sight", everybody)
    assert (await site.visitor().open(f"/media/{key}/large")).status == 200


async def test_with_a_higher_limit_a_large_picture_would_be_decoded(tmp_path: Path) -> None:
    """The refusal of a bomb is the limit's doing, before anything is decoded."""
    source = (Path(__file__).parents[3] / "core/src/cunli/media/darkroom.py").read_text("utf-8")
    generous = source.replace("MAX_PIXELS = 50_000_000", "MAX_PIXELS = 60_000_000")
    assert generous != source
    out = io.BytesIO()
    Image.new("1", (9_000, 6_000)).save(out, "PNG")
    assert await taken(source, out.getvalue(), tmp_path) == 413
    assert await taken(generous, out.getvalue(), tmp_path) != 413


async def taken(program: str, raw: bytes, folder: Path) -> int:
    """How a darkroom with this program takes a photo: 201, or the status of its refusal."""
    (folder / "child.py").write_text(program, "utf-8")
    room = Darkroom(children=1, program=folder / "child.py")
    try:
        await room.develop(raw)
    except PhotoRefused as refused:
        return refused.status
    finally:
        await room.close()
    return 201
