"""How long things are kept, as one table: what, how long, by which law, and what happens then. The page and the nightly task read it alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from cunli import db
from cunli.clock import now
from cunli.own_data.actions import COOLING
from cunli.own_data.actions import KEPT as ARCHIVE_KEPT
from cunli.people.rules import CODE_LIFE
from cunli.people.sessions import KEPT as SESSIONS_KEPT
from cunli.web.i18n import LazyText, _

LEGAL_FLOOR: Final = timedelta(days=184)  # six months, whichever they are (网络安全法 23)
BATCH: Final = 500
Then = Literal["deleted", "nameless", "cut"]
THEN: Final[dict[Then, LazyText]] = {
    "deleted": _("删掉"),
    "nameless": _("写的话和姓名抹掉，只留下次数和日期"),
    "cut": _("从最早的清起，清到哪里也记下来"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line of the table. `act` is what the nightly task does, with one moment as its argument; without it another task does it.

    `task` names who sees to it. `log` marks what counts as a network log: no setting may shorten it below the floor of the law.
    """

    id: str
    what: LazyText
    days: float
    law: LazyText
    then: Then
    task: str = "care.retention"
    act: str = ""
    log: bool = False

    @property
    def kept(self) -> timedelta:
        return timedelta(days=self.days)


_FIXED: Final = (
    Rule(
        id="sessions",
        what=_("登录记录：什么时候用什么手机登录"),
        days=SESSIONS_KEPT.days,
        law=_("网络安全法第二十三条：网络日志至少留六个月"),
        then="deleted",
        task="people.sweep",
        log=True,
    ),
    Rule(
        id="codes",
        what=_("登录验证码"),
        days=CODE_LIFE / timedelta(days=1),
        law=_("用完就没有用了"),
        then="deleted",
        task="people.sweep",
    ),
    Rule(
        id="archives",
        what=_("你要的资料包"),
        days=ARCHIVE_KEPT / timedelta(days=1),
        law=_("放久了不安全"),
        then="deleted",
        task="own_data.sweep",
    ),
    Rule(
        id="closing",
        what=_("申请注销以后的账号"),
        days=COOLING.days,
        law=_("个人信息保护法第四十七条；这几天里可以后悔"),
        then="deleted",
        task="own_data.erase",
    ),
    Rule(
        id="messages",
        what=_("看过的消息"),
        days=365,
        law=_("个人信息保护法第十九条：留够用的时间就行"),
        then="deleted",
        act="DELETE FROM core_notification WHERE id IN (SELECT id FROM core_notification WHERE read_at < ? LIMIT 500)",
    ),
    Rule(
        id="drafts",
        what=_("没有发出去的草稿"),
        days=180,
        law=_("个人信息保护法第十九条：留够用的时间就行"),
        then="deleted",
        act="DELETE FROM core_draft WHERE id IN (SELECT id FROM core_draft WHERE updated_at < ? LIMIT 500)",
    ),
    Rule(
        id="applications",
        what=_("没通过、撤回了的入村申请里写的户主和城市"),
        days=365,
        law=_("个人信息保护法第四十七条：目的没有达到，就删"),
        then="nameless",
        act="UPDATE core_membership SET head_name = '', away_city = '', away_since = NULL WHERE id IN (SELECT id FROM"
        " core_membership WHERE state IN ('refused', 'withdrawn') AND (head_name <> '' OR away_city <> '')"
        " AND COALESCE(decided_at, applied_at) < ? LIMIT 500)",
    ),
    Rule(
        id="reports",
        what=_("举报里写的话"),
        days=3 * 365,
        law=_("处理过三年，申诉的时间也过了"),
        then="nameless",
        act="UPDATE core_report SET note = '' WHERE id IN (SELECT id FROM core_report WHERE note <> '' AND state <> 'open'"
        " AND decided_at < ? LIMIT 500)",
    ),
)


def rules(audit_days: int) -> tuple[Rule, ...]:
    """The table, with what the county's settings decide."""
    trail = Rule(
        id="audit",
        what=_("操作记录：管理员做了什么，谁看过谁的资料"),
        days=audit_days,
        law=_("网络安全法第二十三条；个人信息保护法第五十四条、第五十六条"),
        then="cut",
        task="trust.cut",
        log=True,
    )
    return (_FIXED[0], trail, *_FIXED[1:])


async def apply(audit_days: int) -> dict[str, int]:
    """Do what is due by every rule that is ours, a batch per unit; how many rows by rule."""
    done: dict[str, int] = {}
    for rule in rules(audit_days):
        if rule.act:
            done[rule.id] = 0
            while touched := await db.run_unit(db.write, rule.act, now() - rule.kept):
                done[rule.id] += touched
                if touched < BATCH:
                    break
    return done
