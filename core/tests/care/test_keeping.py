"""How long things are kept, with the clock moved; what is frozen instead of erased; what is closed again after a restore."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cunli import db
from cunli.care import holds, retention
from cunli.care.retention import LEGAL_FLOOR, Rule
from cunli.clock import now, today
from cunli.notify.actions import tell
from cunli.own_data import actions, erasing, replaying
from cunli.people import sessions
from cunli.people.models import MembershipState
from cunli.settings import Settings, SettingsError, load
from cunli.testing.live import LiveSite

OURS = [rule for rule in retention.rules(1830) if rule.act]


async def plant(site: LiveSite, rule: Rule, at: datetime) -> None:
    """One row of what the rule is about, as old as `at`."""
    who = await site.villager("旧人" if at < now() - rule.kept else "新人", state=MembershipState.REFUSED)
    village = site["heping"].id
    match rule.id:
        case "messages":
            await tell(who.id, "membership.refused", village_id=village, url="/", reason="x")
            await _write("UPDATE core_notification SET read_at = ? WHERE person_id = ?", at, who.id)
        case "drafts":
            await _write(
                "INSERT INTO core_draft (village_id, person_id, body, place, audience, uploads, updated_at)"
                " VALUES (?, ?, '半句话', '', 'village', '', ?)",
                village,
                who.id,
                at,
            )
        case "applications":
            await _write(
                "UPDATE core_membership SET head_name = 'sealed', away_city = '成都', decided_at = ? WHERE person_id = ?",
                at,
                who.id,
            )
        case "reports":
            await _write(
                "INSERT INTO core_report (key, village_id, object_kind, object_id, reporter_id, reason, note, state, answer,"
                " created_at, decided_at) VALUES (?, ?, 'post', ?, ?, 'other', '他说的不对', 'kept', '', ?, ?)",
                f"report{who.id}",
                village,
                who.id,
                who.id,
                at,
                at,
            )
        case _:
            raise AssertionError(f"plant something for the rule {rule.id}")


LEFT = {
    "messages": "SELECT COUNT(*) FROM core_notification WHERE kind = 'membership.refused'",
    "drafts": "SELECT COUNT(*) FROM core_draft",
    "applications": "SELECT COUNT(*) FROM core_membership WHERE away_city = '成都' AND head_name = 'sealed'",
    "reports": "SELECT COUNT(*) FROM core_report WHERE note <> ''",
}


async def _write(sql: str, *args: Any) -> None:
    await db.run_unit(db.write, sql, *args)


@pytest.mark.parametrize("rule", OURS, ids=lambda rule: rule.id)
async def test_what_is_too_old_goes_and_what_is_not_stays(site: LiveSite, rule: Rule) -> None:
    await plant(site, rule, now() - rule.kept - timedelta(days=1))
    await plant(site, rule, now() - rule.kept + timedelta(days=1))
    assert (await db.read(LEFT[rule.id]))[0][0] == 2
    done = await retention.apply(1830)
    assert done[rule.id] == 1
    assert (await db.read(LEFT[rule.id]))[0][0] == 1
    assert (await retention.apply(1830))[rule.id] == 0


async def test_sign_ins_are_kept_for_six_months_and_then_go(site: LiveSite) -> None:
    """LG-2: one day before and one day after."""
    who = await site.villager("罗春秀")
    for days in (-1, 1):
        await sessions.open_session(who.id)
        at = now() - sessions.KEPT + timedelta(days=days)
        await _write("UPDATE core_session SET revoked_at = ? WHERE revoked_at IS NULL", at)
    assert await sessions.sweep() == 1
    assert len(await db.read("SELECT 1 FROM core_session")) == 1


def test_no_log_is_kept_for_less_than_the_law_asks(tmp_path: Path) -> None:
    """LG-2: a setting below the floor is refused; at the floor it is taken."""
    for rule in retention.rules(184):
        assert not rule.log or rule.kept >= LEGAL_FLOOR, rule.id
    with pytest.raises(SettingsError, match="audit_days"):
        load(environ={"CUNLI_AUDIT_DAYS": "183", "CUNLI_CONFIG": ""} | _no_file(tmp_path))
    assert load(environ={"CUNLI_AUDIT_DAYS": "184"} | _no_file(tmp_path)).audit_days == 184
    assert Settings.model_validate({}).audit_days >= 184


def _no_file(folder: Path) -> dict[str, str]:
    (folder / "cunli.toml").write_text("", "utf-8")
    return {"CUNLI_CONFIG": str(folder / "cunli.toml")}


async def test_the_table_can_be_read_by_everybody(site: LiveSite) -> None:
    page = await site.visitor().open("/privacy/keeping")
    assert page.response.status_code == 200
    for rule in retention.rules(site.settings.audit_days):
        assert str(rule.what) in page.text
    assert "1830 天" in page.text
    assert "10 分钟" in page.text


# ---- frozen ---------------------------------------------------------------------------------------------------------


async def state(person_id: int) -> tuple[str, str]:
    (row,) = await db.read(
        "SELECT p.state, p.display_name FROM core_person p WHERE p.id = ?",
        person_id,
    )
    return row["state"], row["display_name"]


async def _due(person_id: int) -> None:
    await actions.request_erasure(person_id, remove=False)
    await _write("UPDATE core_erasure SET due_at = ? WHERE person_id = ?", now() - timedelta(hours=1), person_id)


async def test_what_a_law_holds_is_frozen_and_erased_when_its_day_is_over(site: LiveSite) -> None:
    held, free = await site.villager("老赖"), await site.villager("清白")
    visitor = await site.sign_in(held)
    await holds.place(held.id, law="民事诉讼法第六十七条", reason="有一桩官司", until=today() + timedelta(days=30))
    assert "有一桩官司" in (await visitor.open("/me/data")).text
    for who in (held, free):
        await _due(who.id)
    registry = site.app.site.registry
    assert await holds.freeze_due() == 1
    await erasing.erase_due(registry)
    assert await state(held.id) == ("frozen", "老赖")
    assert (await state(free.id))[0] == "closed"  # the control: without a hold it is erased
    gone = await visitor.open("/me", follow=False)
    assert gone.response.status_code == 303
    assert "/sign-in" in gone.response.headers["location"]
    assert await tell(held.id, "membership.restored", url="/") in (True, False)
    await _write("UPDATE core_hold SET until = ?", today() - timedelta(days=1))
    await erasing.erase_due(registry)
    assert (await state(held.id))[0] == "closed"


async def test_a_hold_can_be_ended_before_its_day(site: LiveSite) -> None:
    who = await site.villager("罗春秀")
    with pytest.raises(holds.NoHold):
        await holds.release(who.id)
    await holds.place(who.id, law="法", reason="因", until=today())
    assert [one.reason for one in await holds.held(who.id)] == ["因"]
    await holds.release(who.id)
    assert await holds.held(who.id) == []


# ---- after a restore -------------------------------------------------------------------------------------------------


async def test_accounts_closed_after_the_backup_are_closed_again(site: LiveSite) -> None:
    """DP-4: the backup is stood in for by putting back what erasing changed."""
    who, neighbour = await site.villager("罗春秀"), await site.villager("邻居")
    path, registry = Path(site.settings.tombstones), site.app.site.registry
    await _due(who.id)
    await erasing.erase_due(registry, path)
    assert (await state(who.id))[0] == "closed"
    assert list(replaying.stones(path)) == [who.key]
    await _restored(who.id)
    assert await state(who.id) == ("active", "罗春秀")
    assert await replaying.replay(registry, path) == 1
    assert await state(who.id) == ("closed", "已注销用户")
    assert (await state(neighbour.id))[0] == "active"
    assert await replaying.replay(registry, path) == 0
    acts = [row["action"] for row in await db.read("SELECT action FROM core_audit_entry ORDER BY id")]
    assert "core.erasure.replayed" in acts
    await _restored(who.id)  # the control: without the file nothing is closed again
    assert await replaying.replay(registry, path.with_name("nothing.jsonl")) == 0
    assert (await state(who.id))[0] == "active"


async def _restored(person_id: int) -> None:
    await _write("DELETE FROM core_erasure_part")
    await _write("DELETE FROM core_erasure")
    await _write("UPDATE core_person SET state = 'active', display_name = '罗春秀' WHERE id = ?", person_id)


async def test_a_damaged_file_of_tombstones_is_named(tmp_path: Path) -> None:
    path = tmp_path / "stones.jsonl"
    path.write_text('{"key": "a", "remove": false}\nnonsense\n', "utf-8")
    with pytest.raises(replaying.TombstonesUnreadable, match="line 2"):
        replaying.stones(path)
