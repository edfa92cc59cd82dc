"""The gate: who is let in, where forms may come from, and old addresses."""

from __future__ import annotations

import pytest

from cunli.people.models import MembershipState
from cunli.testing.live import LiveSite
from cunli.web.app import UnguardedRoute, routes
from cunli.web.pages import EVERYONE, Page


async def _view(visit):  # type: ignore[no-untyped-def]
    raise AssertionError


def test_a_page_without_an_audience_cannot_be_built() -> None:
    with pytest.raises(TypeError):
        Page(path="/x", view=_view)  # type: ignore[call-arg]
    with pytest.raises(TypeError):
        Page(path="/x", view=_view, to="")
    with pytest.raises(ValueError, match="PUT"):
        Page(path="/x", view=_view, to=EVERYONE, methods=("PUT",))


async def test_two_pages_for_one_method_and_path_stop_the_start(odd: LiveSite) -> None:
    odd.app.site.pages.append((None, Page(path="/healthz", view=_view, to=EVERYONE, scope="county")))
    with pytest.raises(UnguardedRoute, match="/healthz"):
        routes(odd.app.site)
    odd.app.site.pages.pop()


async def test_each_audience_lets_in_its_own_and_nobody_else(odd: LiveSite) -> None:
    stranger = await odd.sign_in(await odd.stranger())
    applicant = await odd.sign_in(await odd.villager("等着的人", state=MembershipState.APPLIED))
    suspended = await odd.sign_in(await odd.villager("停用的人", state=MembershipState.SUSPENDED))
    villager = await odd.sign_in(await odd.villager("罗春秀"))
    neighbour = await odd.sign_in(await odd.villager("邻村人", "shangba"))
    admin = await odd.sign_in(await odd.village_admin())
    township = await odd.sign_in(await odd.township_admin())
    county = await odd.sign_in(await odd.county_admin())
    elsewhere = await odd.sign_in(await odd.county_admin("外江县管理员", "waixiang"))
    inside, outside = (villager, admin, township, county), (stranger, applicant, suspended, neighbour, elsewhere)
    for who in inside:
        assert (await who.open("/v/heping/odd/member")).status == 200
    for who in outside:
        assert (await who.open("/v/heping/odd/member")).status == 403
    for who in (admin, township, county):
        assert (await who.open("/v/heping/odd/admin")).status == 200
    for who in (villager, *outside):
        assert (await who.open("/v/heping/odd/admin")).status == 403
    assert (await admin.open("/v/shangba/odd/admin")).status == 403
    assert (await township.open("/v/shangba/odd/admin")).status == 200
    assert (await township.open("/v/donghu/odd/admin")).status == 403
    for who in (*inside, *outside):
        assert (await who.open("/v/heping/odd/nobody")).status == 403


async def test_the_refusal_says_why_and_offers_the_way_out(odd: LiveSite) -> None:
    stranger = await odd.sign_in(await odd.stranger())
    page = await stranger.open("/v/heping/odd/member")
    assert "你还没加入这个村" in page.text
    assert "/v/heping/join" in page.links()
    waiting = await odd.sign_in(await odd.villager("等着的人", state=MembershipState.APPLIED))
    page = await waiting.open("/v/heping/odd/member")
    assert "等村里认证" in page.text
    assert "/v/heping/join/waiting" in page.links()


async def test_an_anonymous_visitor_is_sent_to_sign_in_and_back_but_a_form_is_never_thrown_away_silently(
    odd: LiveSite,
) -> None:
    visitor = odd.visitor()
    page = await visitor.open("/odd/signed-in?x=1", follow=False)
    assert (page.status, page.headers["location"]) == (303, "/sign-in?next=/odd/signed-in%3Fx%3D1")
    assert (await visitor.post("/odd/signed-in", follow=False)).status == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "", "origin": "null"},
        {"sec-fetch-site": "", "origin": "https://evil.example"},
        {"sec-fetch-site": ""},
    ],
)
async def test_a_form_from_elsewhere_is_refused(odd: LiveSite, headers: dict[str, str]) -> None:
    visitor = await odd.sign_in(await odd.villager("罗春秀"))
    assert (await visitor.post("/odd/signed-in", headers=headers)).status == 403
    assert (await visitor.post("/odd/signed-in", headers={"sec-fetch-site": "same-origin"})).status == 200
    assert (
        await visitor.post("/odd/signed-in", headers={"sec-fetch-site": "", "origin": "http://127.0.0.1:8000"})
    ).status == 200


async def test_the_same_forged_form_passes_where_the_guard_is_off(
    odd: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.web.gate.provenance", lambda headers, host: "ours")
    visitor = await odd.sign_in(await odd.villager("罗春秀"))
    assert (await visitor.post("/odd/signed-in", headers={"sec-fetch-site": "cross-site"})).status == 200


async def test_an_old_browser_is_let_in_by_the_token_of_its_own_session_only(odd: LiveSite) -> None:
    visitor = await odd.sign_in(await odd.villager("罗春秀"))
    other = await odd.sign_in(await odd.villager("石满仓"))
    token = (await visitor.open("/nothing")).one("form#act input[name=_form]").get("value", "")
    assert (await visitor.post("/odd/signed-in", {"_form": token}, headers={"sec-fetch-site": ""})).status == 200
    assert (await other.post("/odd/signed-in", {"_form": token}, headers={"sec-fetch-site": ""})).status == 403


async def test_a_page_for_people_is_never_stored_by_a_cache(odd: LiveSite) -> None:
    visitor = await odd.sign_in(await odd.villager("罗春秀"))
    page = await visitor.open("/odd/signed-in")
    assert page.headers["cache-control"] == "no-store"
    assert "Cookie" in page.headers["vary"]
    assert "HX-Request" in page.headers["vary"]


async def test_a_village_is_found_by_its_code_too_and_an_unknown_one_is_not(odd: LiveSite) -> None:
    visitor = await odd.sign_in(await odd.villager("罗春秀"))
    page = await visitor.open("/v/510999001200/odd/member?x=1", follow=False)
    assert (page.status, page.headers["location"]) == (301, "/v/heping/odd/member?x=1")
    assert (await visitor.open("/v/nowhere/odd/member")).status == 404
