"""What an official meets on the first day, in the words of the pages: sign in, open, import, publish, decide, read.

Everything is found by what a person reads: labels, buttons and headings, never by a class or an address.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, expect

from .conftest import PASSWORD, County

TOWNSHIP: Final = "夹关镇"
VILLAGES: Final = 10
ADMINS: Final = 30
FIRST_PHONE: Final = 13900005000
POSTS: Final = ("书记", "主任", "文书")
SURNAMES: Final = "罗张李王赵陈杨刘周吴"
NAMES: Final = ("守义", "春秀", "国庆")
"""Three officials for each of the ten villages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Village:
    """A village as the console's own table tells it."""

    code: str
    name: str


def sign_in(page: Page, phone: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("手机号").fill(phone)
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def sign_in_with_a_code(page: Page, county: County, phone: str) -> None:
    page.goto("/sign-in/code")
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="发验证码").click()
    expect(page.get_by_text("验证码发出去了")).to_be_visible()
    page.get_by_label("验证码", exact=True).fill(county.last_code())
    page.locator("main").get_by_role("button", name="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def door(page: Page, name: str) -> None:
    """One of the console's doors, by its name."""
    page.get_by_role("navigation", name="管理后台").first.get_by_role("link", name=name, exact=True).click()


def table_of_officials(villages: list[Village], folder: Path, *, mended: bool) -> Path:
    """Thirty lines as somebody in the county types them; three of them wrong until they are mended."""
    rows = [["手机号", "姓名", "职务", "区划代码", "印章上的字"]]
    for n in range(ADMINS):
        name = SURNAMES[n // 3] + NAMES[n % 3]
        rows.append([str(FIRST_PHONE + n), name, "村管理员", villages[n // 3].code, POSTS[n % 3]])
    if not mended:
        rows[4][0] = "1390000500"  # a digit is missing
        rows[11][2] = "村长"  # no office of this name
        rows[20][3] = "510183999999"  # no such place
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = folder / ("officials-mended.csv" if mended else "officials.csv")
    path.write_bytes(text.getvalue().encode("gb18030"))  # as Excel writes it in China
    return path


def join(page: Page, county: County, village_url: str, name: str, phone: str) -> None:
    """A villager asks to be let in."""
    sign_in_with_a_code(page, county, phone)
    page.goto(f"{village_url}/join")
    page.get_by_label("你的名字").fill(name)
    page.get_by_label("大家怎么称呼你").fill(name)
    page.get_by_label("户主的名字").fill(name)
    page.get_by_label("说不准").check()
    page.get_by_role("button", name="交给村里核对").click()
    expect(page.get_by_role("heading", name=re.compile("等村里盖章"))).to_be_visible()
