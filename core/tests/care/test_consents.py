"""Consent by purpose and words: asked, given, withdrawn, and what stops then (DP-6); who looked at one's data."""

from __future__ import annotations

import json
import zipfile
from io import BytesIO

import pytest

from cunli import db
from cunli.care import consents, purposes
from cunli.care.purposes import PURPOSES, hash_of
from cunli.care.queries import consents_of, ended
from cunli.jobs.tasks import TaskContext
from cunli.notify import channels
from cunli.notify.actions import tell
from cunli.notify.queries import Message
from cunli.own_data import exporting
from cunli.people.residence import set_away
from cunli.testing.accounts import account, give_real_name
from cunli.testing.live import LiveSite


async def rows(person_id: int) -> list[tuple[str, int, bool]]:
    found = await db.read("SELECT purpose, version, given FROM core_consent WHERE person_id = ? ORDER BY id", person_id)
    return [(row["purpose"], row["version"], bool(row["given"])) for row in found]


async def test_everybody_is_told_what_for_and_what_they_said_is_kept_with_the_words(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    page = await visitor.open("/me/consent")
    assert "实名" in page.text
    page = await visitor.press(page, "#service form button")
    assert "第 1 版" in page.text
    assert not page.all("#service form")
    (row,) = await db.read("SELECT * FROM core_consent WHERE person_id = ?", who.id)
    assert (row["purpose"], row["version"], row["text_hash"]) == ("service", 1, hash_of("service", 1))
    refused = await visitor.post("/me/consent", {"purpose": "advertising", "do": "give"})
    assert refused.response.status_code == 404


async def test_new_words_are_asked_about_again_and_old_answers_stay(
    site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    await consents.give(who.id, "service")
    assert not (await consents_of(who.id))[0].open
    newer = {**PURPOSES, "service": _renewed()}
    for module in (purposes, consents):
        monkeypatch.setattr(module, "PURPOSES", newer)
    monkeypatch.setattr("cunli.care.queries.PURPOSES", newer)
    monkeypatch.setattr("cunli.care.queries.text_of", lambda *_: "新的说明")
    monkeypatch.setattr(consents, "hash_of", lambda *_: "f" * 64)
    assert await consents.ask_again() >= 1
    assert await consents.ask_again() == 0
    told = await db.read("SELECT url FROM core_notification WHERE person_id = ? AND kind = 'consent.asked'", who.id)
    assert [row["url"] for row in told] == ["/me/consent"]
    page = await visitor.open("/me/consent")
    assert "换了新的" in page.text
    await visitor.press(page, "#service form button")
    assert await rows(who.id) == [("service", 1, True), ("service", 2, True)]


def _renewed() -> purposes.Purpose:
    from dataclasses import replace

    return replace(PURPOSES["service"], version=2)


async def test_withdrawing_the_city_deletes_it_and_the_rest_goes_on(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    await set_away(who.id, site["heping"].id, away=True, city="成都")
    assert await rows(who.id) == [("away", 1, True)]
    visitor = await site.sign_in(who)
    page = await visitor.press(await visitor.open("/me/consent"), "#away form button")
    assert "撤回了" in page.text
    (row,) = await db.read("SELECT away, away_city, away_since, state FROM core_membership WHERE person_id = ?", who.id)
    assert (bool(row["away"]), row["away_city"], row["away_since"], row["state"]) == (True, "", None, "verified")
    assert (await visitor.open("/v/heping/new")).response.status_code == 200


class Box:
    """A channel that keeps what it was given."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    async def send(self, message: Message) -> None:
        self.sent.append(message.person_id)


async def test_messages_stay_in_the_inbox_for_whoever_withdrew_and_go_out_for_others(site: LiveSite) -> None:
    quiet, loud, box = await site.villager("安静"), await site.villager("响亮"), Box()
    own = await site.sign_in(quiet)
    await own.press(await own.open("/me/consent"), "#messages form button")
    assert await ended({quiet.id, loud.id}, "messages") == {quiet.id}
    channels.send_through({"box": box})
    try:
        for who in (quiet, loud):
            await tell(who.id, "membership.restored", village_id=site["heping"].id, url="/v/heping/")
        ids = [row["id"] for row in await db.read("SELECT id FROM core_notification ORDER BY id")]
        await channels.send(_context({"channel": "box", "messages": ids}))
    finally:
        channels.send_through({})
    assert loud.id in box.sent
    assert quiet.id not in box.sent
    inbox = await db.read(
        "SELECT 1 FROM core_notification WHERE person_id = ? AND kind = 'membership.restored'", quiet.id
    )
    assert len(inbox) == 1
    await consents.give(quiet.id, "messages")  # the control: it was the withdrawal
    assert await ended({quiet.id}, "messages") == frozenset()


def _context(payload: dict[str, object]) -> TaskContext:
    return TaskContext(task="test", payload=payload, village_id=None, attempt=1, key="test")


async def test_what_the_account_rests_on_is_ended_by_closing_it(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    with pytest.raises(consents.NotToBeEnded):
        await consents.withdraw(who.id, "service")
    answer = await (await site.sign_in(who)).post("/me/consent", {"purpose": "service", "do": "withdraw"}, follow=False)
    assert answer.response.headers["location"] == "/me/data/close"


async def test_every_look_is_shown_to_the_person_by_office_and_to_nobody_else(site: LiveSite) -> None:
    who, other, admin = await site.villager("罗春秀"), await site.villager("别人"), await site.village_admin("田守义")
    await give_real_name(who, "罗春秀")
    (row,) = await db.read("SELECT key FROM core_membership WHERE person_id = ?", who.id)
    mine = await site.sign_in(who)
    assert "还没有人看过" in (await mine.open("/me/data/seen")).text
    page = await (await site.sign_in(admin)).open(f"/v/heping/members/{row['key']}")
    opened = await page.form(f"form[action$='/members/{row['key']}/reveal']").send()
    assert "罗春秀" in opened.text
    seen = await mine.open("/me/data/seen")
    assert "书记" in seen.text
    assert "姓名" in seen.text
    assert "田守义" not in seen.text  # the office answers for it
    assert "还没有人看过" in (await (await site.sign_in(other)).open("/me/data/seen")).text


async def test_the_archive_holds_consents_and_looks_in_words(site: LiveSite) -> None:
    who = await account("13900139000", "罗春秀", password="")
    await consents.give(who.id, "service")
    visitor = await site.sign_in(who)
    await (await visitor.open("/me/data")).form("form[action='/me/data/export']").send()
    (row,) = await db.read("SELECT key FROM core_data_export WHERE person_id = ?", who.id)
    await exporting.export(site.app.site, _context({"key": row["key"]}))
    answer = await (await visitor.open("/me/data")).form("form[action='/me/data/download']").send()
    with zipfile.ZipFile(BytesIO(answer.response.content)) as archive:
        page = archive.read("index.html").decode()
        given = json.loads(archive.read("core/care/consents.json"))
    assert "同意过什么" in page
    assert "谁看过你的资料" in page
    assert given[0]["text_hash"] == hash_of("service", 1)


def test_a_text_that_was_shown_is_never_changed() -> None:
    """Whoever changes one finds this: write a new one with the next number, and put its hash here."""
    assert {(one.id, number): hash_of(one.id, number)[:16] for one in PURPOSES.values() for number in range(1, one.version + 1)} == {
        ("service", 1): "8d790ddc90111cfc",
        ("messages", 1): "1d646fdf3dfff1a6",
        ("away", 1): "d8068e9705c9a06c",
        ("guardian", 1): "94ff6a90152b6540",
    }  # fmt: skip
