"""The county's compliance profile decides what plugins may do: refused with the article, off at once, changed with a reason."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cunli import Sensitive, db, enabling, switching
from cunli.compliance import profile_now, profiles
from cunli.compliance.deciding import Allowed
from cunli.health import PluginError
from cunli.plugin_models import Mode
from cunli.registry import Registry
from cunli.testing.live import LiveSite
from cunli.testing.plugins import Install, plugin_source
from cunli.trips import current_plugin

from .operators import cunli

ARTICLE = "积分排名"
RANKING = plugin_source(
    """
@hookimpl
def pages(self):
    async def view(visit):
        return await visit.render("errors/page.html", {"refused": Refused(200, "名次", "甲村第一")})
    return (Page(path="/table", view=view, to=EVERYONE, scope="village"),)
@hookimpl
def menu_items(self, ctx):
    yield MenuItem(label="看名次", url=f"{ctx.village_url}/broken/table")
""",
    manifest="sensitive=(SensitiveUse(kind=Sensitive.RANKING, does='给各村排名次', needed=True),)",
    head="from cunli import Sensitive, SensitiveUse\nfrom cunli.web.errors import Refused",
)
GENTLE = plugin_source(
    """
@hookimpl
def pages(self):
    async def view(visit):
        words = "有名次" if visit.allows(Sensitive.RANKING) else "没有名次"
        return await visit.render("errors/page.html", {"refused": Refused(200, "告示", words)})
    return (
        Page(path="/plain", view=view, to=EVERYONE, scope="village"),
        Page(path="/table", view=view, to=EVERYONE, scope="village", sensitive=Sensitive.RANKING),
    )
@hookimpl
def menu_items(self, ctx):
    yield MenuItem(label="平常的门", url=f"{ctx.village_url}/broken/plain")
    yield MenuItem(label="名次的门", url=f"{ctx.village_url}/broken/table", sensitive=Sensitive.RANKING)
@hookimpl
async def slot_fragments(self, ctx):
    if ctx.slot != "village.sidebar":
        return {}
    return {None: [Fragment(text="甲一"), Fragment(text="乙二" if ctx.allows(Sensitive.RANKING) else "乙零"),
                   Fragment(text="丙三", sensitive=Sensitive.RANKING)]}
""",
    manifest="sensitive=(SensitiveUse(kind=Sensitive.RANKING, does='给各村排名次'),)",
    head="from cunli import Fragment, Sensitive, SensitiveUse\nfrom cunli.web.errors import Refused",
)


async def put(county: LiveSite, name: str) -> None:
    was = await profile_now.along((county.county_id,))
    await profile_now.set_profile(name, county.county_id, was=was.id, reason="试")


@pytest.mark.parametrize("broken", [RANKING])
async def test_m5_a_ranking_plugin_is_refused_with_the_article_and_works_under_the_rules_of_2019(
    county: LiveSite, broken: str
) -> None:
    admin = await county.sign_in(await county.county_admin())
    shangba = f"/admin/plugins/broken/regions/{county['shangba'].region_id}?mode=on"
    refused = await admin.post(shangba, {})
    assert refused.status == 409
    for words in (ARTICLE, "国办函〔2026〕12号", "第六条第（二）项"):
        assert words in refused.text, words
    required = await admin.post(f"/admin/plugins/broken/regions/{county.county_id}?mode=require", {})
    assert required.status == 409, "a county cannot require it either"
    # the fixture wrote its switch past the rule, as a restored backup would: it is off all the same
    assert (await county.visitor().open("/v/heping/broken/table")).status == 404
    assert "看名次" not in (await county.visitor().open("/v/heping/")).text
    about = await admin.open("/admin/plugins/broken")
    assert "plugins.W141" in about.text
    assert ARTICLE in about.text

    page = await admin.open("/admin/profile/wecun2019")
    assert "可以再用" in page.text
    done = await page.form("main form[method=post]").fill(reason="县委会议定的").send()
    assert "2019" in done.text
    assert "县委会议定的" in done.text
    assert (await county.visitor().open("/v/heping/broken/table")).status == 200
    assert "上坝村打开了" in (await admin.post(shangba, {})).text
    assert (await county.visitor().open("/v/shangba/broken/table")).status == 200

    back = await admin.open("/admin/profile/cn2026")
    assert "会关掉，现在有 2 个村在用" in back.text
    await back.form("main form[method=post]").fill(reason="按新规定来").send()
    assert (await county.visitor().open("/v/heping/broken/table")).status == 404, "off at once"
    assert "看名次" not in (await county.visitor().open("/v/shangba/")).text

    rows = await db.read(
        "SELECT details, actor_id, by FROM core_audit_entry WHERE action = 'core.profile.set' ORDER BY id"
    )
    said = [json.loads(r["details"]) if isinstance(r["details"], str) else r["details"] for r in rows]
    assert [(one["old"], one["new"], one["reason"]) for one in said] == [
        ("cn2026", "wecun2019", "县委会议定的"),
        ("wecun2019", "cn2026", "按新规定来"),
    ]
    assert all(row["actor_id"] for row in rows)


@pytest.mark.parametrize("broken", [GENTLE])
async def test_who_can_do_without_runs_without_and_what_is_marked_is_absent(county: LiveSite, broken: str) -> None:
    visitor = county.visitor()
    assert "没有名次" in (await visitor.open("/v/heping/broken/plain")).text
    assert (await visitor.open("/v/heping/broken/table")).status == 404
    home = (await visitor.open("/v/heping/")).text
    assert "平常的门" in home
    assert "名次的门" not in home
    assert "甲一" in home
    assert "乙零" in home
    assert "丙三" not in home
    await put(county, "wecun2019")
    assert (await visitor.open("/v/heping/broken/table")).status == 200
    assert "有名次" in (await visitor.open("/v/heping/broken/plain")).text
    home = (await county.visitor().open("/v/heping/?again")).text
    assert "名次的门" in home
    assert "乙二" in home
    assert "丙三" in home


async def test_only_a_county_admin_changes_the_profile_and_everybody_in_office_reads_it(county: LiveSite) -> None:
    for who in (await county.village_admin(), await county.township_admin()):
        official = await county.sign_in(who)
        page = await official.open("/admin/profile")
        assert "国办函〔2026〕12号" in page.text
        assert "不是定论" in page.text
        assert "/admin/profile/wecun2019" not in page.html
        assert (await official.open("/admin/profile/wecun2019")).status == 403
        sent = await official.post("/admin/profile/wecun2019", {"was": "cn2026", "reason": "想试试"})
        assert sent.status == 403
    villager = await county.sign_in(await county.villager("张桂秀"))
    assert (await villager.open("/admin/profile")).status == 403
    assert (await profile_now.along((county.county_id,))).id == "cn2026"
    admin = await county.sign_in(await county.county_admin())
    assert (await admin.open("/admin/profile/nothing")).status == 404
    silent = await (await admin.open("/admin/profile/wecun2019")).form("main form[method=post]").send()
    assert silent.status == 422, "a reason is needed"
    late = await admin.post("/admin/profile/wecun2019", {"was": "wecun2019", "reason": "没看就定"})
    assert late.status == 409, "who saw another profile than the one in force looks again"
    assert (await profile_now.along((county.county_id,))).id == "cn2026"
    english = await admin.open("/admin/profile", accept_language="en")
    assert "not settled law" in english.text
    assert "ranking by points" in english.text


@pytest.mark.parametrize("broken", [RANKING])
async def test_a_county_decides_for_itself_and_for_no_other(county: LiveSite, broken: str) -> None:
    await enabling.switch("broken", county["waixiang"].region_id, Mode.ON, village_level=True)
    other = await county.sign_in(await county.county_admin("邻县管理员", "waixiang"))
    page = await other.open("/admin/profile/wecun2019")
    assert "现在有" not in page.text
    await page.form("main form[method=post]").fill(reason="我们县定的").send()
    assert (await county.visitor().open("/v/waixiang/broken/table")).status == 200
    assert (await county.visitor().open("/v/heping/broken/table")).status == 404
    own = await county.sign_in(await county.county_admin())
    assert "我们县定的" not in (await own.open("/admin/profile")).text


@contextmanager
def running(plugin: str) -> Iterator[None]:
    token = current_plugin.set(plugin)
    try:
        yield
    finally:
        current_plugin.reset(token)


@pytest.mark.parametrize("broken", [RANKING])
async def test_asking_for_what_was_not_declared_is_answered_no_and_counted(county: LiveSite, broken: str) -> None:
    registry = county.app.site.registry
    lets = Allowed(registry, profiles.profile("wecun2019"))
    with running("broken"):
        assert lets(Sensitive.RANKING)
        assert not lets(Sensitive.COMMERCE)
    assert "plugins.W140" in {one.id for one in registry.dispatch.health.problems()}
    assert lets(Sensitive.COMMERCE), "the core asks for itself"
    registry.dispatch.health.strict = True
    with running("broken"), pytest.raises(PluginError):
        lets(Sensitive.COMMERCE)


@pytest.mark.parametrize("broken", [RANKING])
async def test_without_the_rule_it_would_have_been_on(
    county: LiveSite, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.compliance.deciding.refusals", lambda plugin, profile: [])
    enabling.forget()
    assert (await county.visitor().open("/v/heping/broken/table")).status == 200


async def test_what_depends_on_a_refused_plugin_is_off_with_it_and_hears_nothing_of_the_county(
    install: Install,
) -> None:
    install("broken", RANKING)
    install("leaning", plugin_source("", manifest="requires=('broken',)"))
    install("free", plugin_source(""))
    registry = Registry.load(["broken", "leaning", "free"])
    from cunli.compliance.deciding import permitted

    assert permitted(registry, profiles.profile("cn2026")) == {"free"}
    assert permitted(registry, profiles.profile("wecun2019")) == {"broken", "leaning", "free"}


@pytest.mark.parametrize(
    ("manifest", "body", "wanted"),
    [
        ("sensitive='ranking'", "", "plugins.E051"),
        ("sensitive=(SensitiveUse(kind=Sensitive.RANKING, does=' '),)", "", "plugins.E051"),
        ("sensitive=(SensitiveUse(kind=Sensitive.POINTS, does='一'),) * 2", "", "plugins.E051"),
        (
            "",
            "@hookimpl\ndef tasks(self):\n    async def run(ctx): pass\n    return (Task(name='wrong.rank', run=run, sensitive=Sensitive.RANKING),)",
            "plugins.E050",
        ),
    ],
)
def test_a_declaration_that_says_nothing_or_lacks_keeps_the_plugin_out(
    install: Install, manifest: str, body: str, wanted: str
) -> None:
    install("wrong", plugin_source(body, manifest=manifest, head="from cunli import Sensitive, SensitiveUse"))
    registry = Registry.load(["wrong"])
    assert [one.id for one in registry.problems] == [wanted]
    assert not registry.running


def test_every_profile_says_something_of_every_kind_and_quotes_what_forbids() -> None:
    assert [one.id for one in profiles.profiles()] == ["cn2026", "wecun2019"]
    strict, old = profiles.profiles()
    assert {k for k in Sensitive if strict.refuses(k)} >= {Sensitive.CHECKIN, Sensitive.RANKING, Sensitive.COMMERCE}
    assert old.allows(Sensitive.RANKING)
    assert old.refuses(Sensitive.FUNDRAISING), "the law of 2016 already said so"
    assert profiles.profile("of another version").id == "cn2026", "what is unknown opens nothing"
    with pytest.raises(profiles.BrokenProfile):
        profiles.parsed("x", _without("ranking"))
    with pytest.raises(profiles.BrokenProfile):
        profiles.parsed("x", _text().replace('source = "measures2026"', "", 1))


def _text() -> str:
    from importlib.resources import files

    return (files("cunli.compliance") / "cn2026.toml").read_text("utf-8")


def _without(kind: str) -> str:
    head, _, rest = _text().partition(f"[{kind}]")
    return head + "[" + rest.partition("\n[")[2]


@pytest.mark.parametrize("broken", [GENTLE])
async def test_a_task_that_is_marked_runs_only_where_it_is_allowed(county: LiveSite, broken: str) -> None:
    from cunli.jobs.running import worker_for
    from cunli.jobs.tasks import OwnedTask, Task

    async def run(ctx: Any) -> None: ...

    worker = worker_for(county.app.site)
    claim: Any = SimpleNamespace(village_id=county["heping"].id)
    marked = OwnedTask(plugin="broken", task=Task(name="broken.rank", run=run, sensitive=Sensitive.RANKING))
    plain = OwnedTask(plugin="broken", task=Task(name="broken.plain", run=run))
    assert await worker._is_on(plain, claim)
    assert not await worker._is_on(marked, claim)
    await put(county, "wecun2019")
    assert await worker._is_on(marked, claim)


@pytest.mark.parametrize("broken", [RANKING])
async def test_work_and_events_of_the_county_stop_for_a_refused_plugin(county: LiveSite, broken: str) -> None:
    registry = county.app.site.registry
    assert "broken" not in await enabling.enabled_in(registry, None)
    assert "sample" in await enabling.enabled_in(registry, None)
    await put(county, "wecun2019")
    assert "broken" not in await enabling.enabled_in(registry, None), (
        "of two counties one refuses it: the default counts"
    )
    assert "broken" in await enabling.enabled_in(registry, county["heping"].id)
    await put(county, "cn2026")
    with pytest.raises(switching.CannotSwitch) as caught:
        await switching.set_rule(registry, "broken", county.county_id, Mode.REQUIRE)
    assert caught.value.why == "profile"


@pytest.mark.parametrize("broken", [RANKING])
async def test_the_operator_reads_and_sets_it_with_a_reason(county: LiveSite, broken: str, tmp_path: Path) -> None:
    here = ("--county", "510999000000")

    async def told(*arguments: str) -> tuple[int, str]:
        found = await cunli(tmp_path, county.settings.database_url, *arguments, plugins="sample,broken")
        assert "Traceback" not in found.err, found.err
        return found.code, found.out + found.err

    code, said = await told("plugin", "enable", "broken", "--village", "shangba")
    assert (code, ARTICLE in said, "article 6 (2)" in said) == (1, False, True), said
    code, said = await told("profile", "show")
    assert (code, "510998000000, 510999000000" in said) == (2, True), "two counties: which one?"
    code, said = await told("profile", "show", *here)
    assert code == 0
    assert all(words in said for words in ("cn2026", "in force", "not settled law", ARTICLE, "refuse  ranking")), said
    code, said = await told("profile", "set", "wecun2019", *here)
    assert (code, "--reason" in said) == (2, True)
    code, said = await told("profile", "set", "wecun2019", *here, "--reason", "县里定的", "--dry-run")
    assert (code, said) == (0, "broken: may be on again, has ranking people, households or villages\n")
    assert (await county.visitor().open("/v/heping/broken/table")).status == 404, "a dry run changes nothing"
    code, said = await told("profile", "set", "wecun2019", *here, "--reason", "县里定的")
    assert (code, "is in force, instead of cn2026" in said) == (0, True), said
    enabling.forget()  # the command was another process
    assert (await county.visitor().open("/v/heping/broken/table")).status == 200
    assert (await told("profile", "set", "wecun2018", *here, "--reason", "错字"))[0] == 2
    (row,) = await db.read("SELECT by FROM core_audit_entry WHERE action = 'core.profile.set'")
    assert row["by"] == "command"
