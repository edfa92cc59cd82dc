"""What the tests do again and again, as people do it: through pages."""

from __future__ import annotations

from cunli.testing.live import LiveSite
from cunli.testing.visitor import Opened, Visitor

V = "/v/heping"


async def rules(admin: Visitor, *, price: str = "5", count: str = "2") -> None:
    """A deed that counts 5 points, and soap."""
    await change(admin, do="deed", name="打扫巷道", points="5")
    await change(admin, do="good", name="肥皂", points=price, count=count)


async def change(admin: Visitor, **fields: str) -> Opened:
    return await (await admin.open(f"{V}/points/catalogue")).form().fill(**fields).send()


async def give(admin: Visitor, who: str, *, reason: str = "", points: str = "") -> Opened:
    """Give points to somebody by the name in the list."""
    page = await admin.open(f"{V}/points/give")
    key = value(page, "who", who)
    deed = page.all("select[name=deed] option")[-1].get("value")
    return await page.form().fill(who=key, deed=deed, reason=reason, points=points).send()


async def take_back(admin: Visitor, which: str, reason: str = "记错了") -> Opened:
    page = await admin.open(f"{V}/points/ledger")
    return await page.form().fill(entry=value(page, "entry", which), reason=reason).send()


async def redeem(villager: Visitor, purse: str = "own") -> Opened:
    page = await villager.open(f"{V}/points/shop")
    good = page.all("input[name=good]")[0].get("value")
    return await page.form().fill(good=good, purse=purse).send()


def value(page: Opened, name: str, words: str) -> str:
    """The value of the option that shows these words."""
    options = page.all(f"select[name={name}] option")
    return next(str(one.get("value")) for one in options if words in "".join(one.itertext()))


async def admin_of(site: LiveSite) -> Visitor:
    return await site.sign_in(await site.village_admin())


async def home_of(admin: Visitor, person: str) -> None:
    """Register a household and put a villager into it."""
    page = await admin.open(f"{V}/households")
    await page.form("input[name=number]").fill(number="12", group=value(page, "group", "三组")).send()
    page = await (await admin.open(f"{V}/members")).follow(person)
    place = page.form("form[action$='/place']")
    await place.fill(household=value(page, "household", "12")).send()
