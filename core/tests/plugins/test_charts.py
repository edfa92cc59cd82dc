"""Charts of a plugin: whatever the numbers and names are, the page stands, the picture holds them, and they are there in words."""

from __future__ import annotations

import re
import sys
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cunli import Series, enabling
from cunli.doors import chart_shapes as shapes
from cunli.doors.charts import in_short, share, written_out
from cunli.plugin_models import Mode
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import on_path, write_plugin
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Opened
from cunli.web.i18n import speaking

EVIL = '"><script>alert(1)</script>{{ 7 * 7 }}</title></svg>'
SOURCE = """
from cunli import EVERYONE, Manifest, Page, Plugin, hookimpl

SHOWN = {}


async def board(visit):
    return await visit.render("drawing/board.html", {"series": SHOWN["series"]})


class Drawing(Plugin):
    manifest = Manifest(label="画", summary="画图")

    @hookimpl
    def pages(self):
        return (Page(path="/board", view=board, to=EVERYONE),)


plugin = Drawing()
"""
BOARD = """{% extends "village_base.html" %}{% block content %}{% import "charts.html" as charts %}
<div id="line">{{ charts.line(series) }}</div><div id="columns">{{ charts.columns(series) }}</div>
<div id="bars">{{ charts.bars(series, most=3) }}</div><div id="shares">{{ charts.shares(series) }}</div>
<div id="bare">{{ charts.line(series, numbers=False) }}</div>{% endblock %}"""
KINDS = ("#line", "#columns", "#bars", "#shares")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def drawing(empty_databases: EmptyDatabases, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LiveSite]:
    """A village with a plugin that draws whatever stands in SHOWN."""
    folder = tmp_path_factory.mktemp("drawing")
    write_plugin(folder, "drawing", SOURCE, files={"templates/drawing/board.html": BOARD})
    with on_path(folder):
        url = await empty_databases.fresh("sqlite", folder)
        async with live_site(settings_for(url, folder, plugins=("drawing",))) as live:
            live.app.site.registry.dispatch.health.strict = True
            await enabling.switch("drawing", live["heping"].region_id, Mode.ON, village_level=True)
            yield live


async def drawn(site: LiveSite, *values: Any, **about: Any) -> Opened:
    sys.modules["cunli_drawing"].SHOWN["series"] = Series(
        **{"label": "来信", "unit": "封", "values": values, **about}
    )  # fmt: skip
    page = await site.visitor().open("/v/heping/drawing/board")
    assert page.status == 200, page.text
    for picture in re.findall(r"<svg class=\"(?:chart|fig__s).*?</svg>", page.html, re.DOTALL):
        etree.fromstring(picture)  # well-formed: nothing broke out of its attribute or element
    return page


def rows(page: Opened, which: str) -> list[str]:
    """Each row of a table, with a space between its cells."""
    return [
        " ".join("".join(cell.itertext()) for cell in row if cell.text_content().strip()) for row in page.all(which)
    ]


async def test_numbers_are_drawn_said_and_written(drawing: LiveSite) -> None:
    page = await drawn(drawing, (date(2026, 10, 5), 1200), (date(2026, 10, 12), 0), (date(2026, 10, 19), 30), by="周一")
    assert len(page.all("#columns rect")) == 3
    assert page.words("#columns title") == ["来信"]
    assert "最高：10月5日 1,200封；最低：10月12日 0封；最后：10月19日 30封" in page.words("#columns desc")[0]
    for kind in ("#columns", "#line"):
        assert rows(page, f"{kind} details tbody tr") == ["10月5日 1,200", "10月12日 0", "10月19日 30"]
        assert page.words(f"{kind} thead th") == ["周一", "封"]
    assert "10/19" in page.words("#line svg")[0]
    assert rows(page, "#bars tbody tr") == ["10月5日 1,200", "10月12日 0", "10月19日 30"], (
        "the numbers are always there"
    )
    assert rows(page, "#shares tbody tr") == ["10月5日 1,200 98%", "10月12日 0 0%", "10月19日 30 2%"]
    assert page.all("#bare svg"), "the control"
    assert not page.all("#bare table")


async def test_names_of_people_stay_words(drawing: LiveSite) -> None:
    page = await drawn(drawing, (EVIL, 3), ("好", 1), label=EVIL, unit=EVIL, by=EVIL)
    for kind in KINDS:
        assert EVIL in page.words(f"{kind} tbody th")[0]
        assert EVIL in page.words(f"{kind} figcaption")[0]
    assert not page.all("main script")
    assert page.words("#line title") == [EVIL]
    assert "49" not in page.words("#line")[0]


async def test_a_board_without_numbers_says_so(drawing: LiveSite) -> None:
    for values in ((), (("老井", None), ("新井", None))):
        page = await drawn(drawing, *values)
        for kind in ("#line", "#columns", "#shares"):
            assert "还没有数字" in page.words(kind)[0]
            assert not page.all(f"{kind} svg")
    assert "还没有数字" in (await drawn(drawing)).words("#bars")[0]


async def test_all_zero_is_drawn_flat_and_is_not_nothing(drawing: LiveSite) -> None:
    page = await drawn(drawing, ("一月", 0), ("二月", 0))
    assert [rect.get("height") for rect in page.all("#columns rect.pa")] == ["0.0", "0.0"]
    assert "还没有数字" not in page.words("#columns")[0]
    assert "还没有数字" in page.words("#shares")[0], "there is no whole to have parts of"


async def test_one_number_is_a_column_and_a_dot(drawing: LiveSite) -> None:
    page = await drawn(drawing, ("一月", 7))
    assert len(page.all("#columns rect.pa")) == 1
    assert not page.all("#line polyline")
    assert page.all("#line circle")
    assert rows(page, "#shares tbody tr") == ["一月 7 100%"]


async def test_a_gap_breaks_the_line_and_has_no_column(drawing: LiveSite) -> None:
    page = await drawn(drawing, ("一", 1), ("二", 2), ("三", None), ("四", 4), ("五", None), ("六", 6), ("七", 5))
    assert len(page.all("#line polyline")) == 2
    assert len(page.all("#columns rect.pa")) == 5
    assert "三 —" in rows(page, "#line tbody tr")


async def test_huge_numbers_are_short_on_the_axis_and_whole_in_the_table(drawing: LiveSite) -> None:
    page = await drawn(drawing, ("一", 2**63 - 1), ("二", 10**40), ("三", 1))
    assert f"{2**63 - 1:,}" in rows(page, "#line tbody tr")[0]
    assert all(len(text.text or "") <= 8 for text in page.all("#line svg text"))
    money = await drawn(drawing, ("一", 123_456_789), ("二", 5), per_unit=100, unit="元")
    assert money.words("#line tbody td") == ["1,234,567.89", "0.05"]
    assert "50万" in money.words("#line svg")[0]


async def test_only_the_first_bars_stand_and_all_numbers_are_in_the_table(drawing: LiveSite) -> None:
    page = await drawn(drawing, *((f"第{n}村", 9 - n) for n in range(5)))
    assert len(page.all("#bars .fig__t tbody tr")) == 3
    assert len(page.all("#bars details tbody tr")) == 5


@pytest.mark.parametrize("number", [-1, 1.5, True, "3", float("nan")])
def test_what_is_no_count_is_refused_where_the_series_is_made(number: Any) -> None:
    with pytest.raises(ValueError, match="whole numbers from 0"):
        Series(label="来信", values=[("一", 1), ("二", number)])
    with pytest.raises(ValueError, match="per_unit"):
        Series(label="来信", values=[], per_unit=7)


NUMBERS = st.lists(st.none() | st.integers(0, 10**20), min_size=1, max_size=70)


@given(NUMBERS, st.text(max_size=30), st.sampled_from((1, 10, 100)))
def test_everything_stands_inside_the_picture(numbers: list[int | None], name: str, per_unit: int) -> None:
    series = Series(label="来信", values=[(name, n) for n in numbers], per_unit=per_unit)
    line, columns = shapes.line(series), shapes.columns(series)
    assert (line is None) == (columns is None) == all(n is None for n in numbers)
    if line is None or columns is None:
        return
    assert len(line.frame.levels) <= shapes.LINES + 1
    assert [tick.at for tick in line.frame.levels] == sorted((t.at for t in line.frame.levels), reverse=True)
    for x, y in [*line.alone, line.last, *(map(float, p.split(",")) for s in line.pieces for p in s.split())]:
        assert line.frame.left <= x <= shapes.RIGHT
        assert shapes.TOP <= y <= shapes.BOTTOM
    for x, y, width, height in columns.columns:
        assert columns.frame.left - 1 <= x <= x + width <= shapes.RIGHT + 1
        assert shapes.TOP <= y <= y + height <= shapes.BOTTOM + 0.2
    for tick in (*line.frame.names, line.last_text, *(t for _, t in columns.numbers)):
        half = shapes.wide(tick.text) / 2
        assert -0.1 <= tick.at - half <= tick.at + half <= shapes.WIDTH + 0.1
    for one, other in zip(line.frame.names, line.frame.names[1:], strict=False):
        assert other.at - one.at >= (shapes.wide(one.text) + shapes.wide(other.text)) / 2, "names do not run together"


@given(st.integers(0, 10**40))
def test_grid_lines_reach_the_highest_number(most: int) -> None:
    assert shapes.nice_step(most) * shapes.LINES >= most


def test_numbers_in_words_of_the_reader() -> None:
    said = (800, 9_999, 10_000, 15_000, 2_500_000, 250_000_000, 10**12)
    assert [in_short(n) for n in said] == ["800", "9,999", "1万", "1.5万", "250万", "2.5亿", "1万亿"]
    with speaking("zh_Hant"):
        assert in_short(15_000) == "1.5萬"
    with speaking("en"):
        assert [in_short(n) for n in said] == ["800", "9,999", "10k", "15k", "2.5M", "250M", "1T"]
    assert (in_short(50, 100), in_short(12_345, 100)) == ("0.5", "123.4")
    assert (written_out(None), written_out(1205, 100), written_out(5, 10)) == ("—", "12.05", "0.5")
    assert [share(n, 1000) for n in (0, 4, 5, 333, 996, 1000)] == ["0%", "<1%", "1%", "33%", ">99%", "100%"]
