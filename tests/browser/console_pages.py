"""Every page of the console, and the keys that their addresses hold."""

from __future__ import annotations

import random
from typing import Final

from playwright.sync_api import BrowserContext, expect

from .place import Place, at, caught, filled

CONSOLE: Final = (
    at("console", "/admin", "county"),
    at("console-handbook", "/admin/handbook", "county"),
    at("console-handbook-errors", "/admin/handbook", "county", press=".btn--go"),
    at("console-tutors", "/admin/tutors", "county"),
    at("console-impact", "/admin/impact", "county"),
    at("my-handbook", "/me/handbook", "village"),
    at("console-village", "/admin", "village"),
    at("console-township", "/admin?region={township}", "county"),
    at("console-villages", "/admin/villages", "county"),
    at("console-villages-unopened", "/admin/villages?state=unopened", "county"),
    at("console-villages-none", "/admin/villages?q=没有这个村", "county"),
    at("console-villages-errors", "/admin/villages", "county", press=".btn--go[value=open]"),
    at("console-one-village", "/admin/villages/{village}", "county"),
    at("console-people", "/admin/people", "county"),
    at("console-people-waiting", "/admin/people?state=applied", "county"),
    at("console-people-none", "/admin/people?state=deceased", "county"),
    at("console-person", "/admin/people/{request}", "county"),
    at("console-person-errors", "/admin/people/{request}", "county", press="[name=do][value=refuse]"),
    at("console-notices", "/admin/notices", "county"),
    at("console-notice-new", "/admin/notices/new", "county"),
    at("console-notice-errors", "/admin/notices/new", "county", press="[name=do][value=preview]"),
    at("console-notice-village", "/admin/notices/new", "village"),
    at("console-notice", "/admin/notices/{notice}", "county"),
    at("console-opening", "/admin/opening", "county"),
    at("plugins", "/admin/plugins", "county"),
    at("plugin", "/admin/plugins/points", "county"),
    at("plugin-removal", "/admin/plugins/points/removal", "county"),
    at("admin-audit", "/admin/audit", "county"),
    at("admin-audit-found", "/admin/audit?kind=person&actor=没有这个人", "county"),
    at("admin-audit-anchors", "/admin/audit/anchors", "county"),
    at("admin-audit-readers", "/admin/audit/readers", "county"),
    at("admin-audit-readers-errors", "/admin/audit/readers", "county", press="main form .btn--go"),
    at("profile", "/admin/profile", "county"),
    at("profile-change", "/admin/profile/wecun2019", "county"),
    at("profile-errors", "/admin/profile/wecun2019", "county", press=".btn--go"),
    at("themes", "/admin/themes", "county"),
    at("roles", "/admin/roles", "county"),
    at("roles-past", "/admin/roles?show=past", "county"),
    at("roles-none", "/admin/roles?q=没有这个人", "county"),
    at("role-new", "/admin/roles/new", "county"),
    at("role-new-errors", "/admin/roles/new", "county", press=".btn--go"),
    at("role-import", "/admin/roles/import", "county"),
    at("role-import-errors", "/admin/roles/import", "county", press=".btn--go"),
    at("departments", "/admin/departments", "county"),
    at("jobs", "/admin/jobs", "county"),
    at("jobs-times", "/admin/jobs?show=times", "county"),
    at("health", "/admin/health", "county"),
    at("departments-errors", "/admin/departments", "county", press="main .btn--go"),
    at("core-settings", "/admin/settings", "county"),
    at("review", "/admin/review", "village"),
    at("review-county", "/admin/review", "county"),
    at("review-errors", "/admin/review", "village", press=".review .btn--danger"),
    at("review-none", "/admin/review?kind=appeal", "village"),
    filled("console-people-found", "/admin/people", "county", "[role=search] .btn", q="{person}"),
    filled("console-revealed", "/admin/people/{request}", "county", "#who details .btn--go", why="核对户口册上的名字"),
    Place(
        name="console-notice-preview",
        path="/admin/notices/new",
        who="county",
        press="[name=do][value=preview]",
        fill=(("[name=title]", "停水"), ("[name=body]", "明天上午修水管，停水两小时。"), ("[name=to][value=all]", "")),
        then=200,
    ),
    at("department", "/admin/departments/{department}", "county"),
    at("plugin-settings", "/admin/plugins/points/settings", "county"),
    at("plugin-settings-region", "/admin/plugins/points/settings/{village}", "county"),
    at("settings-region", "/admin/settings/{village}", "county"),
    filled("role-import-check", "/admin/roles/import", "county", "main form .btn--go", pasted="{officials}"),
    at("role-import-done", "/admin/roles/import/{imported}", "county"),
    at("role-end", "/admin/roles/{role}/revoke", "county"),
    at("role-end-errors", "/admin/roles/{role}/revoke", "county", press="main form .btn--danger"),
)


def console_keys(context: BrowserContext) -> dict[str, str]:
    """What the addresses above hold, read from the console's own pages; a department and an import are made where there are none."""
    county = context.request
    code = caught(county, "/admin/villages.csv", r"(?m)^.?(\d{12}),")[0]
    village = caught(county, "/admin/villages", r'href="/admin/villages/(\d+)"')[0]
    return {
        "person": caught(county, f"/admin/people?region={village}", r"<bdi>([^<]+)</bdi></a></th>")[0],
        "township": caught(county, "/admin", r'href="/admin\?region=(\d+)"')[0],
        "village": village,
        "role": caught(county, "/admin/roles", r'href="/admin/roles/(\d+)/revoke"')[-1],
        "department": _department(context),
        "officials": _officials(code),
        "imported": _imported(context, _officials(code)),
    }


def _officials(code: str) -> str:
    """A table with a line that can be imported, of somebody who is not there yet, and one that cannot."""
    phone = f"139{random.SystemRandom().randrange(10**8):08d}"
    return f"手机号,姓名,职务,区划代码\n{phone},冉光明,村管理员,{code}\n1390000,没有号码,村长,{code}"


def _department(context: BrowserContext) -> str:
    link = r'href="/admin/departments/([\w-]+)"'
    if not caught(context.request, "/admin/departments", link):
        page = context.new_page()
        page.goto("/admin/departments")
        page.get_by_role("button", name="纪委监委").click()
        page.close()
    return caught(context.request, "/admin/departments", link)[0]


def _imported(context: BrowserContext, officials: str) -> str:
    page = context.new_page()
    page.goto("/admin/roles/import")
    page.fill("[name=pasted]", officials)
    page.click("main form .btn--go")
    page.get_by_role("button", name="导入 1 行").click()
    expect(page.get_by_text("导入好了。")).to_be_visible()
    key = page.url.rsplit("/", 1)[1]
    page.close()
    return key
