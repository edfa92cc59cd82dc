"""Village against village: ids, tokens and foreign keys of one, used in another by somebody who may act in both (TN-1..TN-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from cunli import db
from cunli.feed import queries, rules
from cunli.testing.canaries import Inhabited
from cunli.testing.photos import photo_file
from cunli.web.tokens import Signer

from .asks import ASKS, WRITTEN, Ask
from .matrix import BESIDES, rows_of
from .roles import BY_ID, HERE
from .world import Answer, World

COUNTY = BY_ID["county_admin"]  # may do everything an official may, in heping, shangba and donghu alike
SECOND = "shangba"
KEYED = [
    (row, route, variant)
    for row, route, variant in rows_of()
    if route.split(" ")[1].startswith("/v/{village}/") and route.count("{") == 2
    # an office on the township or county is one of both villages
    if not ("/officials/" in route and variant in ("township", "county"))
]


async def asked(world: World, ask: Ask, method: str = "POST", role: str = "county_admin") -> tuple[Answer, list[str]]:
    """The answer, and the tables that it changed; everything is put back."""
    answer = await world.send(BY_ID[role], method, ask)
    changes = await world.rows.changes(but=BESIDES)
    await world.put_back()
    return answer, sorted(changes)


async def test_an_id_of_one_village_is_unknown_in_another(lived_in: World) -> None:
    """The path says one village and the id belongs to the other: 404 and nothing done, for somebody who may do it in both."""
    assert len(KEYED) > 80
    wrong, tried = [], 0
    for row, route, variant in KEYED:
        method, ask = route.split(" ")[0], ASKS[route][variant](lived_in, COUNTY)
        there = replace(ask, path=ask.path.replace(f"/v/{HERE}/", f"/v/{SECOND}/"))
        answer, changed = await asked(lived_in, there, method)
        tried += 1
        if answer.status not in NOWHERE.get(route, (404,)) or changed:
            wrong.append(f"{row}: {answer.status} {changed}")
    assert tried == len(KEYED)
    assert wrong == []


NOWHERE: Mapping[str, tuple[int, ...]] = {  # where nothing there is no 404, still nothing is done
    "POST /v/{village}/uploads/{key}/remove": (204,),
    "POST /v/{village}/members/{key}/review": (409,),
    "POST /v/{village}/members/{key}/state": (409,),
    "POST /v/{village}/young/looks/{key}": (409,),
}


def _foreign_keys(here: Inhabited, there: Inhabited) -> dict[str, Ask]:
    """Forms of one village that name a group, household, person, photo or comment of another."""
    url, group, household = f"/v/{HERE}", str(there.village.group_ids[0]), str(there.household_id)
    applicant = f"{url}/members/{here.members['applicant']}/review"
    member = f"{url}/members/{here.members['author']}/place"
    post = f"{url}/p/{here.posts['village']}"
    joining = {"display_name": "甲", "name": "甲甲", "head_name": "乙乙", "away": "", "group": group}
    return {
        "verify into its group": Ask(path=applicant, fields={"do": "verify", "group": group, "household": ""}),
        "verify into its household": Ask(path=applicant, fields={"do": "verify", "group": "", "household": household}),
        "place into its group": Ask(path=member, fields={"group": group, "household": ""}),
        "place into its household": Ask(path=member, fields={"group": "", "household": household}),
        "join its group": Ask(path=f"{url}/join", fields=joining),
        "register a household in its group": Ask(
            path=f"{url}/households", fields={"number": "9", "group": group, "head_name": "丙"}
        ),
        "move a household to its group": Ask(
            path=f"{url}/households/{here.households['empty']}", fields={"number": "9", "group": group, "head_name": ""}
        ),
        "rename its group": Ask(path=f"{url}/settings/groups/{group}", fields={"name": "别村的组"}),
        "appoint its member": Ask(
            path=f"{url}/officials", fields={"kind": "village_admin", "title": "", "member": there.members["author"]}
        ),
        "tell its household": Ask(
            path=f"{url}/p/{here.posts['notice']}/receipts",
            fields={"household": there.households["lived_in"], "do": "phone"},
        ),
        "publish its photo": Ask(path=f"{url}/new", fields={**WRITTEN, "upload": there.photos["unused"]}),
        "publish its used photo": Ask(path=f"{url}/new", fields={**WRITTEN, "upload": there.photos["private"]}),
        "answer its comment": Ask(path=f"{post}/comments", fields={"body": "答", "parent": there.comments["public"]}),
        "answer a comment of another post": Ask(
            path=f"{post}/comments", fields={"body": "答", "parent": here.comments["public"]}
        ),
    }


async def test_a_form_cannot_name_what_belongs_to_another_village(lived_in: World) -> None:
    """Refused with 4xx; what the form wanted is not done. A draft may be kept for whoever typed it."""
    for name, ask in _foreign_keys(lived_in.here, lived_in.villages[SECOND]).items():
        answer, changed = await asked(lived_in, ask)
        assert 400 <= answer.status < 500, name
        assert [table for table in changed if table not in ("core_draft", "core_person")] == [], name


async def test_somebody_elses_photo_cannot_be_used_or_kept(lived_in: World) -> None:
    """An admin above the village names the unused photo of a villager: in a post, in a draft, and to throw it away."""
    mine = lived_in.here.photos["unused"]
    answer, changed = await asked(lived_in, Ask(path=f"/v/{HERE}/new", fields={**WRITTEN, "upload": mine}))
    assert (answer.status, changed) == (422, ["core_draft"])
    assert mine not in answer.body
    drafted = Ask(path=f"/v/{HERE}/draft", fields={"body": "", "audience": "village", "uploads": mine})
    assert (await asked(lived_in, drafted))[1] in ([], ["core_draft"])
    await lived_in.send(COUNTY, "POST", drafted)
    page = await lived_in.send(COUNTY, "GET", Ask(path=f"/v/{HERE}/new"))
    assert f"/media/{mine}" not in page.body
    assert (await lived_in.send(COUNTY, "GET", Ask(path=f"/media/{mine}/large"))).status == 404
    await lived_in.put_back()


async def test_tokens_of_one_village_or_person_open_nothing_elsewhere(lived_in: World) -> None:
    """Sessions, invitations, messages, devices and form tokens, replayed by somebody else or elsewhere."""
    here, there = lived_in.here, lived_in.villages[SECOND]
    for tail in ("print", "qr.svg"):
        ask = Ask(path=f"/v/{SECOND}/invites/{here.invite}/{tail}")
        assert (await asked(lived_in, ask, "GET"))[0].status == 404
    revoked = await asked(lived_in, Ask(path=f"/v/{SECOND}/invites/{here.invite}/revoke"))
    assert (revoked[0].status, revoked[1]) == (404, [])
    await lived_in.send(BY_ID["elsewhere"], "POST", _join_with(lived_in, SECOND, here.invite))
    used = await db.read("SELECT use_count FROM core_invite WHERE token = ?", here.invite)
    assert used[0]["use_count"] == 0
    await lived_in.put_back()
    message = Ask(path=f"/inbox/{there.message_id}/go")
    assert [(await asked(lived_in, message, "POST", role))[0].status for role in ("author", "admin")] == [404, 404]
    unsigned = Signer(lived_in.site.settings.model_copy(update={"secret": _other_secret()}))
    token = unsigned.form_token("nobody")
    sent = Ask(path="/me", fields={"display_name": "改", "_form": token})
    assert (await lived_in.send(BY_ID["verified"], "POST", sent, sec_fetch_site=None)).status == 403


def _join_with(world: World, slug: str, invite: str) -> Ask:
    ask = ASKS["POST /v/{village}/join"][""](world, COUNTY)
    group = str(world.villages[slug].village.group_ids[0])
    return Ask(path=f"/v/{slug}/join", fields={**ask.fields, "group": group, "invite": invite})


def _other_secret() -> object:
    from pydantic import SecretStr

    return SecretStr("somebody-elses-secret-0123456789-abcdef")


async def test_a_photo_sent_in_one_village_is_not_there_in_another(lived_in: World) -> None:
    upload = Ask(path=f"/v/{HERE}/uploads", files=(("photo", photo_file()),))
    assert (await lived_in.send(COUNTY, "POST", upload)).status == 201
    rows = await db.read("SELECT key FROM core_upload WHERE owner_id = ?", lived_in.people["county_admin"].id)
    elsewhere = Ask(path=f"/v/{SECOND}/new", fields={**WRITTEN, "upload": rows[0]["key"]})
    assert (await lived_in.send(COUNTY, "POST", elsewhere)).status == 422
    here = Ask(path=f"/v/{HERE}/new", fields={**WRITTEN, "upload": rows[0]["key"]})
    assert (await lived_in.send(COUNTY, "POST", here)).status == 303


async def test_without_the_village_in_the_look_up_another_villages_post_would_open(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = queries.find_post

    async def anywhere(key: str, village_id: int, who: rules.Reader, **_: str) -> queries.PostNow | None:
        rows = await db.read("SELECT village_id FROM core_post WHERE key = ?", key)
        return await honest(key, rows[0]["village_id"] if rows else village_id, who)

    monkeypatch.setattr(queries, "find_post", anywhere)
    ask = Ask(path=f"/v/{SECOND}/p/{lived_in_sqlite.here.posts['village']}")
    assert (await asked(lived_in_sqlite, ask, "GET"))[0].status == 200
