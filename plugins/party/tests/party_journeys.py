"""What several tests do as people do it: a branch with its secretary, members of it, a course."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from cunli import new_key, unit
from cunli.people.models import Membership
from cunli.places.models import Household
from cunli.places.register import HEAD_NAME
from cunli.testing.live import LiveSite
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened, Visitor

V = "/v/heping"
P = f"{V}/party"
BRANCH = "禾坪村党支部"
QUIZ = "挂果多的老树，先剪哪种枝？\n- 外围向上的旺枝\n* 里面交叉的弱枝\n> 弱枝耗养分"


async def eventually(is_so: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the workers of the site have done what a request left to them."""
    async with asyncio.timeout(30):
        while not await is_so():
            await asyncio.sleep(0.05)


async def send(who: Visitor, address: str, /, **fields: Any) -> Opened:
    """Open a page, fill in its form, send it."""
    page = await who.open(address)
    assert page.status == 200, (address, page.status, page.text[:300])
    return await page.form("main form[method=post]").fill(**fields).send()


async def branch(site: LiveSite) -> tuple[Visitor, str]:
    """A branch that the village's office set up, and its secretary: (who is signed in, the branch's address)."""
    office = await site.sign_in(await site.village_admin())
    secretary = await site.villager("石书记")
    page = await send(office, f"{P}/set-up", kind="branch", name=BRANCH, secretary="石书记")
    assert page.status == 200, page.text[:500]
    leader = await site.sign_in(secretary)
    home = await leader.open(f"{P}/home")
    address = next(
        str(one.get("href"))
        for one in home.all("a[href*='/party/branches/']")
        if "secretary" not in str(one.get("href"))
    )
    return leader, address


async def elsewhere(site: LiveSite) -> tuple[Visitor, str]:
    """The secretary of another branch of the village, and its address."""
    office = await site.sign_in(await site.township_admin())
    person = await site.villager("外来书记")
    await send(office, f"{P}/set-up", kind="branch", name="合作社党支部", secretary="外来书记")
    leader = await site.sign_in(person)
    page = await (await leader.open(f"{P}/home")).follow("合作社党支部")
    return leader, page.url


async def member(site: LiveSite, leader: Visitor, address: str, name: str) -> tuple[SamplePerson, Visitor]:
    """A villager whom the branch has entered."""
    person = await site.villager(name)
    page = await send(leader, f"{address}/enter", name=name, status="full")
    assert page.status == 200, page.words(".errsum")
    return person, await site.sign_in(person)


async def course(leader: Visitor, title: str = "冬季果园怎么管", *, lessons: int = 1, **fields: Any) -> str:
    """A course with lessons that ask one question each, shown to whoever may learn it: its address."""
    page = await send(leader, f"{P}/make-course", title=title, **fields)
    keep = page.url
    for number in range(1, lessons + 1):
        page = await send(leader, keep.replace("/keep", "/add"), title=f"第{number}课", body="认树", questions=QUIZ)
        assert page.status == 200, page.words(".errsum")
    await (await leader.open(keep)).form("form[action$='/show']").send()
    return keep.removesuffix("/keep")


async def answer(who: Visitor, lesson: Opened, choice: str = "1") -> Opened:
    return await lesson.form("form[action$='/quiz']").fill(q1=choice).send()


@unit
async def household(site: LiveSite, who: SamplePerson) -> int:
    """A household of the village's register in which somebody lives."""
    with site.inside():
        key = new_key()
        house = await Household.create(
            key=key,
            village_id=site["heping"].id,
            group_id=site["heping"].group_ids[0],
            number="3-17",
            head_name=HEAD_NAME.seal("龙阿公", key),
        )
        await Membership.filter(person_id=who.id).update(household_id=house.id)
        return int(house.id)
