"""The main job, in a real browser on a phone's width: find the village, join, be verified, post with photos, be answered."""

from __future__ import annotations

import io
import itertools
import random
import re

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from .conftest import PASSWORD, County, visiting

pytestmark = [pytest.mark.browser, pytest.mark.slow]
phones = (f"138{n:08d}" for n in itertools.count(random.SystemRandom().randrange(10_000_000)))
VILLAGE, CODE, INITIALS = "花园村", "510183003202", "hyc"


def _photo(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (1600, 1200), colour).save(buffer, "JPEG")
    return buffer.getvalue()


def _sign_in_with_a_code(page: Page, county: County, phone: str) -> None:
    page.get_by_label("手机号").fill(phone)
    page.get_by_role("button", name="发验证码").click()
    expect(page.get_by_text("验证码发出去了")).to_be_visible()
    page.get_by_label("验证码", exact=True).fill(county.last_code())
    page.locator("button.btn--go", has_text="登录").click()


def _sign_in(page: Page, phone: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("手机号").fill(phone)
    page.get_by_label("密码").fill(PASSWORD)
    page.locator("button.btn--go", has_text="登录").click()
    page.wait_for_url(re.compile(r"^(?!.*sign-in)"))


def _admin(county: County) -> str:
    phone = next(phones)
    county.command("user", "add", phone, "田守义", "--password-stdin", stdin=PASSWORD + "\n")
    county.command("role", "grant", phone, "village_admin", CODE, "--title", "书记")
    return phone


def _find_the_village(page: Page) -> None:
    page.goto("/")
    page.goto("/find")
    page.get_by_role("searchbox").or_(page.locator("input[name=q]")).first.fill(INITIALS)
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile(VILLAGE)).or_(page.get_by_label(re.compile(VILLAGE))).first.click()


def _fill_application(page: Page, name: str) -> None:
    page.get_by_label("你的名字").fill(name)
    page.get_by_label("大家怎么称呼你").fill(name)
    page.get_by_label("户主的名字").fill(name)
    page.get_by_label("说不准").check()
    page.get_by_label("在外面", exact=False).first.check()
    page.get_by_label("在哪个城市", exact=False).fill("成都")
    page.get_by_role("button", name="交给村里核对").click()


@pytest.mark.parametrize("look", ["", ".elder.."], ids=["standard", "elder"])
@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_a_villager_finds_the_village_joins_posts_and_is_answered(
    county: County, browser: Browser, script: bool, look: str
) -> None:
    admin_phone, phone, name = _admin(county), next(phones), "罗春秀"
    with (
        visiting(browser, county, script=script, look=look) as villager,
        visiting(browser, county, script=script) as admin,
    ):
        _find_the_village(villager)
        join = (
            villager.get_by_role("link", name=re.compile("申请加入|加入|就是这个村"))
            .or_(villager.get_by_role("button", name=re.compile("就是这个村|加入")))
            .first
        )
        if "/join" not in villager.url and "sign-in" not in villager.url:
            join.click()
        villager.goto(villager.url.replace("/sign-in?", "/sign-in/code?"))
        _sign_in_with_a_code(villager, county, phone)
        villager.wait_for_url(re.compile(r"/join$"))
        _fill_application(villager, name)
        expect(villager.get_by_role("heading", name=re.compile("等村里盖章"))).to_be_visible()
        waiting_url = villager.url
        village_url = waiting_url.split("/join")[0]

        _sign_in(admin, admin_phone)
        admin.goto(f"{village_url}/members/requests")
        request = admin.locator("article, li, section").filter(has_text=name).last
        expect(request).to_be_visible()
        request.get_by_role("button", name=re.compile("盖章")).first.click()
        expect(admin.get_by_text(re.compile("已经盖章|盖好章|认证|没有等"))).not_to_have_count(0)

        villager.goto(f"{village_url}/new")
        words = f"蜜橘开园了，欢迎来摘。{phone[-4:]}"
        villager.get_by_label("想跟乡亲们说什么").fill(words)
        photos = [
            {"name": f"照片{n}.jpg", "mimeType": "image/jpeg", "buffer": _photo(c)}
            for n, c in enumerate(("orange", "green", "navy"))
        ]
        villager.locator("input[type=file]").set_input_files(photos)  # type: ignore[arg-type]
        if script:
            expect(villager.locator("#picks li.pick img")).to_have_count(3)
            expect(villager.locator("#picks progress")).to_have_count(0)
        villager.get_by_role("button", name="发出去").click()
        villager.wait_for_url(re.compile(r"/v/[^/]+/(p/|$)"))
        villager.goto(f"{village_url}/")
        card = villager.locator("article.post").filter(has_text=words)
        expect(card).to_have_count(1)
        expect(card.locator("img")).to_have_count(3)
        sizes = (
            card.locator("img").first.evaluate(
                "e => new Promise(r => {const i = new Image(); i.onload = () => r([i.naturalWidth, i.naturalHeight]); i.src = e.src})"
            )
            if script
            else [1, 1]
        )
        assert min(sizes) > 0

        admin.goto(f"{village_url}/")
        post = admin.locator("article.post").filter(has_text=words)
        with admin.expect_response(re.compile("/react$")):
            post.get_by_role("button", name=re.compile("道谢|致谢")).click()
        admin.goto(f"{village_url}/")
        expect(
            admin.locator("article.post").filter(has_text=words).get_by_role("button", name=re.compile("已道谢|已致谢"))
        ).to_be_visible()
        admin.locator("article.post").filter(has_text=words).get_by_role("link", name=re.compile("评论")).first.click()
        admin.locator("textarea[name=body], input[name=body]").first.fill("橘子甜得很，给我留两箱。")
        admin.get_by_role("button", name=re.compile("发送|发出")).first.click()
        expect(admin.get_by_text("橘子甜得很，给我留两箱。")).to_be_visible()

        villager.goto("/inbox")
        expect(villager.get_by_text(re.compile("评论"))).not_to_have_count(0)
        expect(villager.get_by_text(re.compile("谢"))).not_to_have_count(0)
        expect(villager.get_by_text(re.compile("认证|盖章"))).not_to_have_count(0)
