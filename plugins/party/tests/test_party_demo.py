"""What `cunli demo` shows of the party: a living branch, through the doors that real ones come through."""

from __future__ import annotations

from datetime import timedelta

from party_journeys import P, V

from cunli.demo import plugins
from cunli.feed.models import Post
from cunli.testing.live import LiveSite
from cunli_party import heads
from cunli_party.exchanges import recount
from cunli_party.models import (
    Branch,
    Completion,
    Course,
    Deed,
    Diary,
    Item,
    Journey,
    Lead,
    Meeting,
    Member,
    Notice,
    Tally,
)
from cunli_party.papers import ZONE, today


async def test_the_demo_has_a_living_branch(plugin_site: LiveSite) -> None:
    people = [await plugin_site.villager(f"乡亲{n}") for n in range(24)]
    office = await plugin_site.sign_in(await plugin_site.village_admin())
    assert "party" in plugins.that_show_themselves()
    await plugins.fill(plugin_site.app.site.registry)
    with plugin_site.inside():
        assert sorted([one.kind for one in await Branch.all()]) == ["branch", "temporary"]
        assert await Member.filter(standing="verified", home_id__isnull=True).count() == 22
        assert await Member.filter(standing="applied").count() == 1
        out = await Member.filter(standing="verified", away="out").count()
        registered = await Journey.filter(back_on__isnull=True).count()
        assert round(100 * registered / out) == 71
        assert await Item.all().count() == 5
        assert await Course.filter(shown=True).count() == 2
        assert await Completion.all().count() > 3
        assert await Meeting.filter(state="held", valid=True).count() == 11
        assert await Meeting.filter(state="planned").count() == 2
        assert {one.state for one in await Diary.all()} == {"private", "branch", "public"}
        public = await Diary.filter(state="public").order_by("day")
        assert all(one.post for one in public)
        told = [await Post.get(key=one.post) for one in public]
        assert [today() - one.created_at.astimezone(ZONE).date() for one in told] == [
            timedelta(days=days) for days in (27, 16)
        ], "the village saw them weeks ago"
        assert await Notice.all().count() == 3
        assert await Lead.all().count() == 2
        assert await Deed.all().count() == 0, "no household stands in the register of the sample village"
        kept = {(one.branch_id, one.month, one.kind): one.count for one in await Tally.all() if one.count}
        assert kept == dict(await recount() + await heads.recount())
        assert len({month for _branch, month, _kind in kept if month}) >= 4, "months went by"
        secretary = await Member.get(role="secretary", home_id__isnull=True)
    leader = await plugin_site.sign_in(next(one for one in people if one.id == secretary.person_id))
    home = await leader.open(f"{P}/home")
    page = await home.follow("禾坪村党支部")
    assert "22 名党员" in page.text
    assert "支部被评为全镇先进基层党组织" in page.text
    assert "帮龙阿公剪枝" in (await office.open(f"{V}/")).text
    assert "71%" in (await office.open("/party/board")).text
