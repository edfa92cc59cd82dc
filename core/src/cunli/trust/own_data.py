"""What this room holds about a person: reports they made, and what the audit trail says of them."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.clock import now
from cunli.own_data.parts import CorePart, rows_of
from cunli.plugin_data import DataContext, ErasureReport, ExportFile, Kept
from cunli.reviewing.rules import KINDS, REASONS, RULES, SAID
from cunli.web.i18n import LazyText, _

ABOUT: Final = (
    "(actor_id = ? OR (object_kind = 'person' AND object_id = ?)"
    " OR (object_kind = 'membership' AND object_id IN (SELECT CAST(id AS VARCHAR(20)) FROM core_membership WHERE person_id = ?)))"
)
ACTS: Final[dict[str, LazyText]] = {
    "core.person.added": _("开了这个账号"),
    "core.person.password_changed": _("改了密码"),
    "core.person.reveal": _("看了完整的姓名或号码"),
    "core.people.search": _("用手机号找到了你"),
    "core.person.suspended": _("停用了账号"),
    "core.person.active": _("恢复了账号"),
    "core.person.closed": _("注销了账号"),
    "core.data.requested": _("要了自己的资料"),
    "core.data.downloaded": _("下载了自己的资料"),
    "core.guardian.downloaded": _("监护人下载了孩子的资料"),
    "core.erasure.requested": _("申请注销"),
    "core.erasure.withdrawn": _("撤回了注销"),
    "core.member.verify": _("盖章认证"),
    "core.member.refuse": _("没有通过申请"),
    "core.member.ask_more": _("请补资料"),
    "core.member.suspend": _("停用了发言"),
    "core.member.resume": _("恢复了发言"),
    "core.member.mark_left": _("登记为迁出"),
    "core.member.placed": _("改了组或者户"),
    "content.hide": _("收起了一条内容"),
    "content.show": _("放出了一条内容"),
    "content.keep": _("留下了被举报的内容"),
    "content.approve": _("看过以后发布了一条内容"),
    "content.refuse": _("没有让一条内容发布"),
    "content.basis": _("说明依据，公开了个人信息"),
    "appeal.opened": _("提出了申诉"),
    "appeal.restore": _("申诉改判"),
    "appeal.uphold": _("申诉维持原来的决定"),
    "review.undo": _("撤回了一个处理决定"),
}
BY_ONESELF, BY_OTHERS, BY_SERVER = _("你自己"), _("管理员"), _("服务器上的命令")


async def export(ctx: DataContext) -> list[ExportFile]:
    """Reports with their answer; of the audit trail what one did and what was done to one, without the names of officials."""
    reports = await rows_of(
        "SELECT v.name AS village, r.object_kind, r.reason, r.note, r.state, r.answer, r.created_at, r.decided_at"
        " FROM core_report r JOIN core_village v ON v.id = r.village_id WHERE r.reporter_id = ? ORDER BY r.id",
        ctx.person_id,
        moments=("created_at", "decided_at"),
    )
    for row in reports:
        row["reason"] = str(REASONS.get(row["reason"], row["reason"]))
    columns = {
        "village": _("村"),
        "object_kind": _("举报了什么"),
        "reason": _("理由"),
        "note": _("写的话"),
        "state": _("办到哪一步"),
        "answer": _("村里的答复"),
        "created_at": _("什么时候"),
        "decided_at": _("什么时候定的"),
    }
    return [
        ExportFile(name="reports.json", label=_("举报过的内容"), rows=reports, columns=columns),
        await _decisions(ctx.person_id),
        await _reading(ctx.person_id),
        await _audit(ctx.person_id),
    ]


async def _decisions(person_id: int) -> ExportFile:
    """What was decided about what somebody wrote, and how they appealed; without who decided."""
    rows = await rows_of(
        "SELECT v.name AS village, c.kind, c.object_kind, c.rule, c.state, c.outcome, c.reason, c.words, c.opened_at, c.decided_at"
        " FROM core_review_case c JOIN core_village v ON v.id = c.village_id WHERE c.author_id = ? ORDER BY c.id",
        person_id,
        moments=("opened_at", "decided_at"),
    )
    for row in rows:
        row["kind"] = str(KINDS.get(row["kind"], row["kind"]))
        row["rule"] = str(RULES.get(row["rule"], row["rule"]))
        row["outcome"] = str(SAID.get(row["outcome"], row["outcome"]))
    columns = {
        "village": _("村"),
        "kind": _("来自"),
        "object_kind": _("内容"),
        "rule": _("哪一条"),
        "state": _("办到哪一步"),
        "outcome": _("结果"),
        "reason": _("原因"),
        "words": _("申诉写的话"),
        "opened_at": _("什么时候"),
        "decided_at": _("什么时候定的"),
    }
    return ExportFile(name="decisions.json", label=_("对我发的内容的处理"), rows=rows, columns=columns)


async def _reading(person_id: int) -> ExportFile:
    rows = await rows_of(
        "SELECT g.name AS region, a.granted_at, a.revoked_at FROM core_audit_reader a JOIN core_region g ON g.id = a.region_id"
        " WHERE a.person_id = ? ORDER BY a.id",
        person_id,
        moments=("granted_at", "revoked_at"),
    )
    columns = {"region": _("地方"), "granted_at": _("什么时候开始"), "revoked_at": _("什么时候结束")}
    return ExportFile(name="audit_reader.json", label=_("看操作记录的差事"), rows=rows, columns=columns)


async def _audit(person_id: int) -> ExportFile:
    found = await rows_of(
        f"SELECT at, action, actor_id, by FROM core_audit_entry WHERE {ABOUT} ORDER BY id",  # noqa: S608 constants only
        person_id,
        str(person_id),
        person_id,
        moments=("at",),
    )
    rows = [
        {
            "at": row["at"],
            "what": str(ACTS.get(row["action"], row["action"])),
            "who": str(
                BY_ONESELF if row["actor_id"] == person_id else BY_SERVER if row["by"] == "command" else BY_OTHERS
            ),
        }
        for row in found
    ]
    columns = {"at": _("什么时候"), "what": _("做了什么"), "who": _("谁做的")}
    return ExportFile(name="audit.json", label=_("留痕：和你有关的操作"), rows=rows, columns=columns)


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """Words in reports go; that something was reported, and the audit trail, stay: they name nobody."""
    notes = await db.write("UPDATE core_report SET note = '' WHERE reporter_id = ? AND note <> ''", ctx.person_id)
    words = await db.write(
        "UPDATE core_review_case SET words = '', reason = '' WHERE author_id = ? AND (words <> '' OR reason <> '')",
        ctx.person_id,
    )
    cases = await db.read("SELECT COUNT(*) AS n FROM core_review_case WHERE author_id = ?", ctx.person_id)
    reports = await db.read("SELECT COUNT(*) AS n FROM core_report WHERE reporter_id = ?", ctx.person_id)
    await db.write(
        "UPDATE core_audit_reader SET revoked_at = ? WHERE person_id = ? AND revoked_at IS NULL", now(), ctx.person_id
    )
    entries = await db.read(
        f"SELECT COUNT(*) AS n FROM core_audit_entry WHERE {ABOUT}",  # noqa: S608 constants only
        ctx.person_id,
        str(ctx.person_id),
        ctx.person_id,
    )
    kept = (
        Kept(what=_("举报，没有姓名和写的话"), count=int(reports[0]["n"]), reason=_("对内容的处理要能查")),
        Kept(what=_("处理记录，没有姓名和写的话"), count=int(cases[0]["n"]), reason=_("对内容的处理要能查")),
        Kept(
            what=_("留痕，只有编号，没有姓名和号码"),
            count=int(entries[0]["n"]),
            reason=_("网络安全法和个人信息保护法：谁动过个人资料要能查"),
        ),
    )
    return ErasureReport(erased={"notes": notes, "appeals": words}, kept=tuple(one for one in kept if one.count))


PART: Final = CorePart(
    name="trust",
    label=_("举报和留痕"),
    export=export,
    erase=erase,
    covers=frozenset(
        {"core_report.reporter", "core_review_case.author", "core_audit_entry.actor", "core_audit_reader.person"}
    ),
    left_out=dict.fromkeys(
        (
            "core_report.decided_by",
            "core_review_case.decided_by",
            "core_compliance.changed_by",
            "core_offline_payment.confirmed_by",
            "core_plugin_export.person",
            "core_audit_reader.granted_by",
        ),
        "an official's work is about others or the county; the audit part names the act",
    ),
)
