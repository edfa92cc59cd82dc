"""What this room holds about a person: the account, its villages, offices, invitations and signed-in devices."""

from __future__ import annotations

from typing import Any, Final

from cunli import db
from cunli.own_data.parts import CorePart, rows_of
from cunli.people import actions, rules, sessions
from cunli.people.models import Membership, MembershipState
from cunli.people.personal import HEAD_NAME, ID_NUMBER, NAME, PHONE
from cunli.people.rules import Move
from cunli.people.words import STATES
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.web.i18n import _

NAMELESS: Final = "已注销用户"


async def export(ctx: DataContext) -> list[ExportFile]:
    """The account in clear, because it is one's own; memberships with their history; offices; devices; invitations."""
    return [
        await _account(ctx.person_id),
        await _villages(ctx.person_id),
        *await _lists(ctx.person_id),
        await _second(ctx.person_id),
        await _identities(ctx.person_id),
    ]


async def _identities(person_id: int) -> ExportFile:
    """By which services the person signs in. Their id there is kept as an index only, and nothing reads it back."""
    rows = await rows_of(
        "SELECT way, created_at, last_used_at FROM core_identity WHERE person_id = ? ORDER BY id",
        person_id,
        moments=("created_at", "last_used_at"),
    )
    columns = {"way": _("登录方式"), "created_at": _("什么时候绑定的"), "last_used_at": _("上次使用")}
    return ExportFile(name="identities.json", label=_("登录方式"), rows=rows, columns=columns)


async def _second(person_id: int) -> ExportFile:
    """That there is an app, and what is left of the codes; neither secret nor codes, which would open the account."""
    rows = await rows_of(
        "SELECT f.created_at, (SELECT COUNT(*) FROM core_recovery_code r WHERE r.person_id = f.person_id AND r.used_at IS NULL)"
        " AS recovery_left FROM core_second_factor f WHERE f.person_id = ?",
        person_id,
        moments=("created_at",),
    )
    columns = {"created_at": _("什么时候绑定的"), "recovery_left": _("还剩几个备用码")}
    return ExportFile(name="second_factor.json", label=_("动态码"), rows=rows, columns=columns)


async def _account(person_id: int) -> ExportFile:
    (row,) = await rows_of(
        "SELECT p.key, p.display_name, p.name, p.phone, p.id_number, p.state, p.locale, p.look, p.created_at,"
        " p.password_hash, v.name AS home_village FROM core_person p LEFT JOIN core_village v ON v.id = p.home_village_id"
        " WHERE p.id = ?",
        person_id,
        moments=("created_at",),
    )
    key = row.pop("key")
    for column in (NAME, PHONE, ID_NUMBER):
        row[column.column] = column.own(row[column.column], key, about=person_id, reader=person_id)
    row["has_password"] = bool(row.pop("password_hash"))
    columns = {
        "display_name": _("大家看到的名字"),
        "name": _("真实姓名"),
        "phone": _("手机号"),
        "id_number": _("身份证号"),
        "state": _("账号的状态"),
        "locale": _("语言"),
        "look": _("字和颜色"),
        "created_at": _("什么时候开的账号"),
        "home_village": _("家乡"),
        "has_password": _("设过密码没有"),
    }
    return ExportFile(name="account.json", label=_("账号"), rows=[row], columns=columns)


async def _villages(person_id: int) -> ExportFile:
    rows = await rows_of(
        "SELECT m.id, m.key, v.name AS village, g.name AS village_group, h.number AS household, m.head_name, m.state, m.away,"
        " m.away_city, m.away_since, m.applied_at, m.decided_at, m.reason FROM core_membership m"
        " JOIN core_village v ON v.id = m.village_id LEFT JOIN core_village_group g ON g.id = m.group_id"
        " LEFT JOIN core_household h ON h.id = m.household_id WHERE m.person_id = ? ORDER BY m.id",
        person_id,
        moments=("applied_at", "decided_at"),
        switches=("away",),
    )
    for row in rows:
        row["head_name"] = HEAD_NAME.own(row["head_name"], row.pop("key"), about=person_id, reader=person_id)
        row["state"] = str(STATES[row["state"]])
        row["steps"] = await _steps(row.pop("id"))
    columns = {
        "village": _("村"),
        "village_group": _("组"),
        "household": _("户号"),
        "head_name": _("户主姓名"),
        "state": _("办到哪一步"),
        "away": _("在外面"),
        "away_city": _("在哪个城市"),
        "away_since": _("什么时候出去的"),
        "applied_at": _("什么时候申请的"),
        "decided_at": _("什么时候定的"),
        "reason": _("村里说的话"),
        "steps": _("经过"),
    }
    return ExportFile(name="villages.json", label=_("我的村"), rows=rows, columns=columns)


async def _steps(membership_id: int) -> list[dict[str, Any]]:
    return await rows_of(
        "SELECT before, after, note, at FROM core_membership_step WHERE membership_id = ? ORDER BY id",
        membership_id,
        moments=("at",),
    )


async def _lists(person_id: int) -> list[ExportFile]:
    roles = await rows_of(
        "SELECT r.kind, r.title, g.name AS region, r.granted_at, r.revoked_at, r.reason FROM core_role r"
        " JOIN core_region g ON g.id = r.region_id WHERE r.person_id = ? ORDER BY r.id",
        person_id,
        moments=("granted_at", "revoked_at"),
    )
    devices = await rows_of(
        "SELECT device, created_at, last_seen_at, expires_at, revoked_at FROM core_session WHERE person_id = ? ORDER BY id",
        person_id,
        moments=("created_at", "last_seen_at", "expires_at", "revoked_at"),
    )
    invites = await rows_of(
        "SELECT v.name AS village, i.created_at, i.expires_at, i.use_count FROM core_invite i"
        " JOIN core_village v ON v.id = i.village_id WHERE i.created_by_id = ? ORDER BY i.id",
        person_id,
        moments=("created_at", "expires_at"),
    )
    return [
        ExportFile(
            name="offices.json",
            label=_("担任过的职务"),
            rows=roles,
            columns={
                "kind": _("哪一种"),
                "title": _("头衔"),
                "region": _("地方"),
                "granted_at": _("什么时候开始"),
                "revoked_at": _("什么时候结束"),
                "reason": _("为什么结束"),
            },
        ),
        ExportFile(
            name="devices.json",
            label=_("登录过的设备"),
            rows=devices,
            columns={
                "device": _("设备"),
                "created_at": _("登录的时间"),
                "last_seen_at": _("上次使用"),
                "expires_at": _("最晚用到"),
                "revoked_at": _("退出的时间"),
            },
        ),
        ExportFile(
            name="invites.json",
            label=_("发过的邀请"),
            rows=invites,
            columns={
                "village": _("村"),
                "created_at": _("什么时候"),
                "expires_at": _("最晚用到"),
                "use_count": _("用过几次"),
            },
        ),
    ]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """End memberships, sessions and invitations, destroy name, numbers and password; the row stays, without a person in it."""
    await _end_memberships(ctx.person_id)
    villages = await db.write(
        "UPDATE core_membership SET head_name = '', away_city = '', away_since = NULL, reason = '', household_id = NULL,"
        " group_id = NULL WHERE person_id = ?",
        ctx.person_id,
    )
    await db.write(
        "UPDATE core_membership_step SET note = '' WHERE membership_id IN (SELECT id FROM core_membership WHERE person_id = ?)",
        ctx.person_id,
    )
    await db.write("UPDATE core_role SET reason = '' WHERE person_id = ?", ctx.person_id)
    await db.write("DELETE FROM core_office_import WHERE person_id = ?", ctx.person_id)
    invites = await db.write("UPDATE core_invite SET created_by_id = NULL WHERE created_by_id = ?", ctx.person_id)
    await _forget_codes(ctx.person_id)
    await db.write("DELETE FROM core_recovery_code WHERE person_id = ?", ctx.person_id)
    await db.write("DELETE FROM core_identity WHERE person_id = ?", ctx.person_id)
    await db.write("DELETE FROM core_second_factor WHERE person_id = ?", ctx.person_id)
    await sessions.end_sessions(ctx.person_id)
    account = await db.write(
        "UPDATE core_person SET display_name = ?, name = '', phone = '', phone_index = NULL, id_number = '',"
        " id_number_index = NULL, password_hash = '', state = 'closed', home_village_id = NULL, locale = '', look = ''"
        " WHERE id = ?",
        NAMELESS,
        ctx.person_id,
    )
    steps = await _count(
        "core_membership_step WHERE membership_id IN (SELECT id FROM core_membership WHERE person_id = ?)", ctx
    )
    devices = await _count("core_session WHERE person_id = ?", ctx)
    offices = await _count("core_role WHERE person_id = ?", ctx)
    kept = (
        Kept(
            what=_("加入和离开村子的登记，没有姓名"), count=steps, reason=_("村务记录要连贯，人数和进出的时间要对得上")
        ),
        Kept(what=_("登录记录，没有姓名"), count=devices, reason=_("网络安全法：网络日志至少留六个月，到期自动删")),
        Kept(what=_("担任过的职务，没有姓名"), count=offices, reason=_("公职的任免记录要能查")),
    )
    erased = {"account": account, "memberships": villages, "invites": invites}
    return ErasureReport(erased=erased, kept=tuple(one for one in kept if one.count))


async def _end_memberships(person_id: int) -> None:
    """By the same moves as by hand, so that the villages' counters, the history and plugins hear of it."""
    rows = await db.read(
        "SELECT id, village_id FROM core_membership WHERE person_id = ? AND state IN ('verified', 'applied', 'more_info')",
        person_id,
    )
    for found in rows:
        with db.scope(found["village_id"]):
            row = await Membership.get(id=found["id"])
            move = next(m for m in (Move.LEAVE, Move.WITHDRAW) if MembershipState(row.state) in rules.MOVES[m].before)
            await actions.end(row, move)


async def _forget_codes(person_id: int) -> None:
    await db.write(
        "DELETE FROM core_login_code WHERE phone_index IN (SELECT phone_index FROM core_person WHERE id = ?)", person_id
    )


async def _count(what: str, ctx: DataContext) -> int:
    rows = await db.read(f"SELECT COUNT(*) AS n FROM {what}", ctx.person_id)  # noqa: S608 constants only
    return int(rows[0]["n"])


PART: Final = CorePart(
    name="people",
    label=_("账号和我的村"),
    export=export,
    erase=erase,
    covers=frozenset(
        {
            "core_person.id",
            "core_membership.person",
            "core_role.person",
            "core_session.person",
            "core_identity.person",
            "core_second_factor.person",
            "core_recovery_code.person",
            "core_invite.created_by",
        }
    ),
    left_out={
        "core_membership_step.by": "who decided about others is about them; what was decided about oneself is in villages.json",
        "core_role.granted_by": "offices that one gave to others are about them; the audit part names the act",
        "core_role.revoked_by": "offices that one took from others are about them; the audit part names the act",
        "core_office_import.person": "a table of other people's offices, which is gone after a week",
    },
)
