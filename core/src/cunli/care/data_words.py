"""The words of the data map: what a column can be about, what it is for, how long it is kept, who sees it. In Chinese, for lawyers.

Spans are those that the rest of the house goes by, so that the map cannot promise another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Final

from cunli.care import retention
from cunli.care.purposes import PURPOSES
from cunli.console.exports import KEPT as PLUGIN_EXPORTS
from cunli.county_settings import DONE_JOBS_DAYS
from cunli.drafts.rules import KEPT as FORM_DRAFTS
from cunli.feed.rules import FORGET_AFTER
from cunli.jobs.housekeeping import KEPT as RECEIPTS
from cunli.people.identities import KEPT as SPENT
from cunli.people.invites import KEPT as INVITES
from cunli.people.office_imports import KEPT as IMPORTS
from cunli.settings import Settings
from cunli.team.tutors import KEPT as WRITTEN_FOR

ABOUT: Final[Mapping[str, str]] = {
    "none": "不是个人信息",
    "person": "个人信息",
    "sensitive": "个人信息，按敏感的对待",
    "words": "自己写的话，里面可能有个人信息",
    "office": "管理员履职的记录",
}
PERSONAL: Final = frozenset(ABOUT) - {"none"}
SEEN: Final[Mapping[str, str]] = {
    "everybody": "谁都能看",
    "readers": "看得到这个人、这条内容的人（作者选的范围）",
    "villagers": "本村认证的人",
    "self": "本人",
    "author": "作者本人，管审看的管理员",
    "masked": "本人；管理员看到的是遮住的，要看全就留下记录，本人查得到",
    "admins": "本人；管这个村的管理员",
    "officials": "管这一片的管理员",
    "reviewers": "管审看的管理员",
    "uploader": "要的或者传的那个管理员",
    "auditors": "管这一片的管理员和看操作记录的人；谁看过自己的资料，本人也看得到",
    "operators": "县管理员和管服务器的人",
    "program": "只有程序用，页面上不出现",
}
_OURS: Final[Mapping[str, str]] = {
    "village": "村务、公示和村民自治（个人信息保护法第十三条第一款第三项：履行法定职责）",
    "review": "处理举报、先审和申诉（同上：履行法定义务）",
    "netlog": "留网络日志（网络安全法第二十三条）",
    "security": "防冒用、防撞库（个人信息保护法第五十一条）",
    "audit": "谁动过个人信息要能查（个人信息保护法第五十一条、第五十四条）",
    "rights": "本人查、要、撤回、注销，和证明办过（个人信息保护法第十五条、第四十四条到第五十条）",
    "running": "让系统跑起来，不为了解谁",
}
LOG_DAYS: Final[int] = Settings.model_fields["log_days"].default


def purposes() -> dict[str, str]:
    """What for: the purposes that people are asked about, then those that a law or the running of the site asks for."""
    asked = {one.id: f"{one.label}（个人信息保护法第十三条第一款第一项：本人同意）" for one in PURPOSES.values()}
    return {**asked, **_OURS}


def span(much: timedelta) -> str:
    """A span as people say it."""
    if much >= timedelta(days=1):
        return f"{much.days} 天"
    minutes = int(much.total_seconds() // 60)
    return f"{minutes // 60} 小时" if minutes % 60 == 0 else f"{minutes} 分钟"


@cache
def kept() -> dict[str, str]:
    """How long: the rules of the table that everybody can read, and what lasts as long as something else."""
    audit_days: int = Settings.model_fields["audit_days"].default
    ruled = {rule.id: f"{span(rule.kept)}（{rule.what}）" for rule in retention.rules(audit_days)}
    others = {
        "account": "到注销账号；注销时删掉或者抹掉，留下的行没有姓名和号码",
        "words_for": span(WRITTEN_FOR),
        "grown": "到满 18 岁那个月；注销时删掉",
        "content": f"到作者删掉（{span(FORGET_AFTER)}后清掉）；注销时按本人选的，删掉，或者不带姓名留下",
        "village": "村务和系统的底账，长期留；注销后没有姓名",
        "register": "户口册在，就留；改名、销户由村管理员办，注销账号不动它",
        "decided": "处理的记录长期留；注销时抹掉写的话",
        "books": "账，按会计的规定留",
        "proof": "长期留，证明办过；没有姓名",
        "applications": f"到注销账号；申请没通过或者撤回的，{span(_days(audit_days, 'applications'))}后抹掉",
        "reports": f"处理以后 {span(_days(audit_days, 'reports'))}抹掉",
        "messages": f"看过以后 {span(_days(audit_days, 'messages'))}",
        "day": span(SPENT),
        "week": span(IMPORTS),
        "invites": f"到期以后 {span(INVITES)}",
        "receipts": span(RECEIPTS),
        "window": "数满一个时段就删",
        "jobs": f"办完以后 {DONE_JOBS_DAYS.default} 天（县里可以改）；没办成的留到有人处理",
        "export": span(PLUGIN_EXPORTS),
        "form_drafts": span(FORM_DRAFTS),
    }
    return {**ruled, **others}


def _days(audit_days: int, rule: str) -> timedelta:
    return next(one.kept for one in retention.rules(audit_days) if one.id == rule)
