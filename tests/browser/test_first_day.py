"""The first day of a county: an official who never saw the console does it all there, step by step, and the guide's pictures come from it.

One test, since each step stands on the one before; a step that fails is named in what the test says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import PASSWORD, ROOT, County, deployment, visiting
from .first_day import (
    ADMINS,
    FIRST_PHONE,
    TOWNSHIP,
    VILLAGES,
    Village,
    door,
    join,
    sign_in,
    sign_in_with_a_code,
    table_of_officials,
)
from .picturing import HEAVIEST, PICTURES, Album

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(600)]
COUNTY, OFFICIAL = "510183000000", "13900004000"
NOTICE = "医保缴费到 12 月 31 日"
ADVERT = "祖传秘方，三天治好风湿，一服八百。要的加我，只收现金。"
GUIDE = ROOT / "docs/guide"
GUIDES = {"console.md": "console", "console.zh.md": "console", "handbook.zh.md": "admin"}


@dataclass
class Day:
    """The browsers of the official, a villager and a village admin, what was done by now, and the pictures."""

    county: County
    page: Page
    villager: Page
    admin: Page
    folder: Path
    done: list[str] = field(default_factory=list)
    album: Album = field(default_factory=Album)
    villages: list[Village] = field(default_factory=list)
    village_url: str = ""

    @contextmanager
    def step(self, name: str) -> Iterator[Page]:
        """A part of the day; its name stands in what a failing test says."""
        try:
            yield self.page
        except BaseException as exc:
            exc.add_note(f"step {len(self.done) + 1}: {name}; done before: {', '.join(self.done) or 'nothing'}")
            raise
        self.done.append(name)


@pytest.fixture(scope="module")
def first_day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[County]:
    """A county with its map and one account, as the install guide leaves it: no village is open."""
    with deployment("sqlite", tmp_path_factory.mktemp("first-day"), CUNLI_PAGE_CACHE_SECONDS="0") as made:
        made.command("regions", "import", str(ROOT / "data/regions-510183.csv"))
        made.command("user", "add", OFFICIAL, "卢雨薇", "--password-stdin", stdin=PASSWORD + "\n")
        made.command("role", "grant", OFFICIAL, "county_admin", COUNTY, "--title", "县委办")
        made.start()
        yield made


def test_an_official_runs_the_county_from_the_first_day_on_with_the_console_alone(
    first_day: County, browser: Browser, tmp_path: Path
) -> None:
    with (
        visiting(browser, first_day, width=1280) as page,
        visiting(browser, first_day) as villager,
        visiting(browser, first_day) as admin,
    ):
        day = Day(first_day, page, villager, admin, tmp_path)
        finds_the_way_in(day)
        opens_ten_villages(day)
        imports_thirty_admins(day)
        publishes_a_notice(day)
        verifies_a_villager(day)
        hides_what_was_reported(day, browser)
        reads_the_board(day)
    assert len(day.done) == 15
    the_guides_show(day.album.taken)


def the_guides_show(taken: list[str]) -> None:
    """Each guide names every picture of its kind, in the order of the day, and each lies there, small."""
    for guide, kind in GUIDES.items():
        named = re.findall(rf"\]\(\.\./pictures/({kind}-[\w-]+)\.png\)", (GUIDE / guide).read_text("utf-8"))
        assert named == [name for name in taken if name.startswith(kind)], guide
    for name in taken:
        assert (PICTURES / f"{name}.png").stat().st_size < HEAVIEST, f"{name}: take it with CUNLI_WRITE_PICTURES=1"


def finds_the_way_in(day: Day) -> None:
    with day.step("signs in and finds the console") as page:
        sign_in(page, OFFICIAL)
        page.goto("/me")
        page.get_by_role("main").get_by_role("link", name="管理后台").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("邛崃市总览")
        expect(page.get_by_text("还没有开通村")).to_be_visible()
        day.album.take(page, "console-first")


def opens_ten_villages(day: Day) -> None:
    with day.step("finds the villages of a township that are not open") as page:
        page.get_by_role("link", name="去开通").click()
        page.get_by_label("在哪里").select_option(label=TOWNSHIP)
        page.get_by_role("button", name="找", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"{TOWNSHIP}的村庄")
    with day.step("opens ten of them at once"):
        rows = page.get_by_role("row").filter(has=page.get_by_role("checkbox"))
        for n in range(VILLAGES):
            rows.nth(n).get_by_role("checkbox").check()
        day.album.take(page, "console-open")
        page.get_by_role("button", name="开通选中的").click()
        expect(page.get_by_text(f"开通了 {VILLAGES} 个村")).to_be_visible()


def imports_thirty_admins(day: Day) -> None:
    with day.step("downloads a table with the villages' codes filled in") as page:
        door(page, "职务")
        page.get_by_role("link", name="批量导入").click()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载样表").click()
        rows = list(csv.DictReader(io.StringIO(download.value.path().read_text("utf-8-sig"))))
        day.villages += [Village(code=row["区划代码"], name=row["地方"].removeprefix(TOWNSHIP)) for row in rows]
        assert len(day.villages) == VILLAGES, "one line for each village that is open and has no admin"
    with day.step("looks at the table with three mistakes, line by line"):
        table = table_of_officials(day.villages, day.folder, mended=False)
        page.get_by_label("选文件").set_input_files(table)
        day.album.take(page, "console-import")
        page.get_by_role("button", name="核对", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text(f"核对 {ADMINS} 行")
        for wrong in ("手机号不对，要 11 位数字", "“村长”不是一种职务", "没有代码是 510183999999 的地方"):
            expect(page.get_by_role("row").filter(has_text=wrong)).to_have_count(1)
        expect(page.get_by_role("button", name=f"导入 {ADMINS - 3} 行")).to_be_visible()
        day.album.take(page, "console-check", height=800)
    with day.step("mends the table and has all thirty imported"):
        page.get_by_role("link", name="不导了，换一张表").click()
        page.get_by_label("选文件").set_input_files(table_of_officials(day.villages, day.folder, mended=True))
        page.get_by_role("button", name="核对", exact=True).click()
        page.get_by_role("button", name=f"导入 {ADMINS} 行").click()
        expect(page.get_by_text("导入好了。")).to_be_visible()
        expect(page.get_by_role("row").filter(has_text="开了账号，给了职务")).to_have_count(ADMINS)
        day.album.take(page, "console-imported", height=560)
    with day.step("finds them in the list"):
        page.get_by_role("link", name="看名单").click()
        expect(page.get_by_role("row").filter(has_text=day.villages[0].name)).to_have_count(3)


def publishes_a_notice(day: Day) -> None:
    with day.step("writes a notice to all ten villages") as page:
        door(page, "通知")
        page.get_by_role("link", name="发通知").first.click()
        page.get_by_role("button", name="先看一遍").click()
        expect(page.get_by_role("alert")).to_contain_text("标题")
        door(page, "通知")
        page.get_by_role("link", name="发通知").first.click()
        page.get_by_label("标题").fill(NOTICE)
        page.get_by_label("内容", exact=True).fill(
            "明年的城乡居民医保，今年 12 月 31 日以前交。\n\n带身份证到村委会，或者在手机上交。有事找村里的管理员。"
        )
        page.get_by_label(f"邛崃市全部 {VILLAGES} 个村").check()
        day.album.take(page, "console-notice", height=760)
    with day.step("looks at it and sends it"):
        page.get_by_role("button", name="先看一遍").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("先看一遍")
        day.album.take(page, "console-preview", height=480)
        page.get_by_role("button", name="发出去").click()
        expect(page.get_by_text(f"发到了 {VILLAGES} 个村，一共 {VILLAGES} 个")).to_be_visible()
        page.reload()
        day.album.take(page, "console-arrived")


def verifies_a_villager(day: Day) -> None:
    with day.step("meets a villager who asks to be let in") as page:
        page.get_by_role("link", name=day.villages[0].name).click()
        day.village_url = page.url.split("/p/")[0]
        join(day.villager, day.county, day.village_url, "罗春秀", "13900006000")
        looks_round_as_a_village_admin(day)
        page.goto("/admin")
        page.get_by_role("listitem").filter(has_text="等着认证的人").get_by_role("link", name="等着认证的人").click()
        expect(page.get_by_text("罗春秀")).not_to_have_count(0)
    with day.step("finds her in the console and verifies her"):
        page.goto("/admin")
        door(page, "乡亲")
        page.get_by_role("searchbox").fill("罗春秀")
        page.get_by_role("button", name="找", exact=True).click()
        page.get_by_role("link", name="罗春秀").click()
        day.album.take(page, "console-person")
        page.get_by_role("button", name="盖章认证").click()
        expect(page.get_by_text("认证好了，已经告诉本人")).to_be_visible()


def hides_what_was_reported(day: Day, browser: Browser) -> None:
    with day.step("learns on the board that something was reported") as page:
        day.villager.goto(f"{day.village_url}/new")
        day.villager.get_by_label("想跟乡亲们说什么").fill(ADVERT)
        day.villager.get_by_role("button", name="发出去").click()
        day.villager.wait_for_url(re.compile(r"/v/[^/]+/(p/|$)"))
        day.admin.goto(f"{day.village_url}/")
        _report(day.admin, day.admin.locator("article").filter(has_text=ADVERT))
        page.goto("/admin")
        expect(page.get_by_role("listitem").filter(has_text="举报")).to_be_visible()
    with day.step("is told that a decision needs a reason"):
        door(page, "审核台")
        day.album.take(page, "console-review", height=760)
        page.get_by_role("button", name="收起来").click()
        expect(page.get_by_role("alert")).to_be_visible()
    with day.step("hides it with a reason that the author sees"):
        page.get_by_label("你的决定为什么这样").fill("卖药要有许可，治不治得好不能乱说。有药证可以拿来村委会看。")
        page.get_by_role("button", name="收起来").click()
        expect(page.get_by_text("没有等着处理的")).to_be_visible()
        day.villager.goto("/inbox")
        expect(day.villager.get_by_text("卖药要有许可")).not_to_have_count(0)
        with visiting(browser, day.county) as anybody:
            anybody.goto(f"{day.village_url}/")
            expect(anybody.get_by_text(ADVERT)).to_have_count(0)


def looks_round_as_a_village_admin(day: Day) -> None:
    """One of the thirty, on a phone: the pictures of the handbook."""
    admin = day.admin
    admin.goto("/sign-in/code")
    day.album.take(admin, "admin-code")
    sign_in_with_a_code(admin, day.county, str(FIRST_PHONE + 1))
    admin.goto(f"{day.village_url}/")
    day.album.take(admin, "admin-village", height=844)
    admin.get_by_text("村务台").click()
    day.album.take(admin, "admin-desk", height=844)
    admin.get_by_role("link", name="邀请乡亲").click()
    day.album.take(admin, "admin-invites", height=560)
    admin.get_by_role("button", name="做一个新邀请").click()
    expect(admin.get_by_role("link", name="打印张贴")).to_be_visible()
    admin.goto(f"{day.village_url}/members/requests")
    expect(admin.get_by_role("button", name="盖章认证")).to_be_visible()
    day.album.take(admin, "admin-requests", height=700)
    admin.goto(f"{day.village_url}/notices/new")
    day.album.take(admin, "admin-notice", height=844)


def _report(page: Page, post: Locator) -> None:
    post.get_by_role("link", name="评论").click()
    page.get_by_text("更多", exact=True).first.click()
    page.get_by_role("link", name="举报").first.click()
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="交给村里看").click()
    page.wait_for_url(re.compile(r"^(?!.*/report)"))


def reads_the_board(day: Day) -> None:
    with day.step("reads the board") as page:
        door(page, "总览")
        opened = page.get_by_text("开通的村", exact=True).locator("..")
        expect(opened).to_contain_text(f"{VILLAGES}")
        expect(page.get_by_text("没填手机用户数的村")).to_be_visible()
        expect(page.get_by_role("listitem").filter(has_text="没有管理员的村")).to_have_count(0)
        page.get_by_text("看数字").click()
        week = page.get_by_role("table", name="每周发了多少").get_by_role("row").nth(1).get_by_role("cell")
        assert week.all_inner_texts() == ["1", str(VILLAGES), "0", str(VILLAGES)]
        page.get_by_text("看数字").click()
        day.album.take(page, "console-board", height=760)
