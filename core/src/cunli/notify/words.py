"""What each kind of message says, in plain words, in the language of whoever reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cunli.web.i18n import LazyText, _


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message. `says` may use the message's params, `%(village)s` (the name of the message's village), and
    `%(name)s` (the display name of person `by`).
    """

    says: LazyText
    icon: str
    quotes: str = ""  # the param that holds words of people or officials, shown below


KINDS: Final[Mapping[str, Kind]] = {
    "membership.verified": Kind(says=_("%(village)s给你盖章了，现在可以发言"), icon="rosette-discount-check"),
    "membership.refused": Kind(says=_("%(village)s没有通过你的申请"), icon="info-circle", quotes="reason"),
    "membership.more_info": Kind(says=_("%(village)s请你补一点资料"), icon="info-circle", quotes="reason"),
    "membership.suspended": Kind(says=_("你在%(village)s暂时不能发言"), icon="alert-circle", quotes="reason"),
    "membership.restored": Kind(says=_("你在%(village)s又可以发言了"), icon="circle-check"),
    "membership.left": Kind(says=_("%(village)s把你登记为迁出了"), icon="info-circle", quotes="reason"),
    "membership.applied": Kind(says=_("%(name)s申请加入%(village)s，等你核对"), icon="user"),
    "role.granted": Kind(says=_("你现在是%(place)s的%(title)s"), icon="rosette-discount-check"),
    "role.revoked": Kind(says=_("你不再担任%(place)s的%(title)s"), icon="info-circle"),
    "post.commented": Kind(says=_("%(name)s评论了你发的动态"), icon="message-circle", quotes="excerpt"),
    "comment.replied": Kind(says=_("%(name)s回复了你"), icon="message-circle", quotes="excerpt"),
    "post.thanked": Kind(says=_("%(name)s向你道谢"), icon="heart", quotes="excerpt"),
    "post.hidden": Kind(says=_("你发的一条动态被村里收起来了，现在只有你自己看得到"), icon="eye-off", quotes="reason"),
    "post.shown": Kind(says=_("你发的动态重新放出来了，乡亲们又能看到"), icon="circle-check"),
    "comment.hidden": Kind(
        says=_("你写的一条评论被村里收起来了，现在只有你自己看得到"), icon="eye-off", quotes="reason"
    ),
    "comment.shown": Kind(says=_("你写的评论重新放出来了"), icon="circle-check"),
    "post.approved": Kind(says=_("你发的动态村里看过了，已经发布"), icon="circle-check"),
    "post.refused": Kind(says=_("你发的一条动态没有通过，没有发布"), icon="info-circle", quotes="reason"),
    "comment.approved": Kind(says=_("你写的评论村里看过了，已经发布"), icon="circle-check"),
    "comment.refused": Kind(says=_("你写的一条评论没有通过，没有发布"), icon="info-circle", quotes="reason"),
    "content.held": Kind(says=_("有一条内容等你看过再发布"), icon="message-report"),
    "report.opened": Kind(says=_("有人举报了一条内容，等你处理"), icon="flag"),
    "report.hidden": Kind(says=_("你举报的内容已经收起来了，谢谢你提醒"), icon="circle-check", quotes="answer"),
    "report.kept": Kind(says=_("你举报的内容村里看过了，决定留着"), icon="info-circle", quotes="answer"),
    "data.ready": Kind(says=_("你要的资料准备好了，24 小时内可以下载"), icon="circle-check"),
    "notice.published": Kind(says=_("%(village)s发了通知：%(title)s"), icon="speakerphone"),
}
UNKNOWN: Final = Kind(says=_("村里有一条新消息"), icon="bell")
SOMEBODY: Final = _("一位乡亲")


def said(kind: str, params: Mapping[str, Any], name: str = "") -> tuple[str, str, str]:
    """The sentence, the quotation below it, and the icon. A kind nobody knows any more still makes a sentence."""
    known = KINDS.get(kind, UNKNOWN)
    given = _Given({**params, "name": name or str(SOMEBODY)})
    sentence = _filled(str(known.says), given)
    return sentence, str(params.get(known.quotes, "")) if known.quotes else "", known.icon


class _Given(dict[str, Any]):
    """Params of an old message may lack what today's words ask for."""

    def __missing__(self, key: str) -> str:
        return ""


def _filled(template: str, given: _Given) -> str:
    return template % given
