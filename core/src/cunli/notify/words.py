"""What each kind of message says, in plain words, in the language of whoever reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from cunli.doors.declared import MessageKind
from cunli.web import times
from cunli.web.i18n import LazyText, _


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of message. `says` may use the message's params, `%(village)s` (the name of the message's village), and
    `%(name)s` (the display name of person `by`).
    """

    says: str | LazyText
    icon: str
    quotes: str = ""  # the param that holds words of people or officials, shown below
    open: bool = False  # may stand on a locked screen, where others read along


KINDS: Final[Mapping[str, Kind]] = {
    "membership.verified": Kind(says=_("%(village)s给你盖章了，现在可以发言"), icon="rosette-discount-check"),
    "membership.refused": Kind(says=_("%(village)s没有通过你的申请"), icon="info-circle", quotes="reason"),
    "membership.more_info": Kind(says=_("%(village)s请你补一点资料"), icon="info-circle", quotes="reason"),
    "membership.suspended": Kind(says=_("你在%(village)s暂时不能发言"), icon="alert-circle", quotes="reason"),
    "membership.restored": Kind(says=_("你在%(village)s又可以发言了"), icon="circle-check"),
    "membership.left": Kind(says=_("%(village)s把你登记为迁出了"), icon="info-circle", quotes="reason"),
    "membership.applied": Kind(says=_("%(name)s申请加入%(village)s，等你核对"), icon="user"),
    "role.granted": Kind(says=_("你现在是%(place)s的%(title)s"), icon="rosette-discount-check"),
    "role.revoked": Kind(says=_("你不再担任%(place)s的%(title)s"), icon="info-circle", quotes="reason"),
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
    "post.waits": Kind(says=_("你发的一条动态等管理员看，看过之前乡亲看不到"), icon="clock"),
    "comment.waits": Kind(says=_("你写的一条评论等管理员看，看过之前乡亲看不到"), icon="clock"),
    "appeal.opened": Kind(says=_("%(village)s有人申诉，等你来看"), icon="scale"),
    "appeal.restore": Kind(says=_("你的申诉改判了，内容已经放出来"), icon="circle-check", quotes="reason"),
    "appeal.uphold": Kind(says=_("你的申诉看过了，维持原来的决定"), icon="info-circle", quotes="reason"),
    "content.held": Kind(says=_("有一条内容等你看过再发布"), icon="message-report"),
    "report.opened": Kind(says=_("有人举报了一条内容，等你处理"), icon="flag"),
    "report.hidden": Kind(says=_("你举报的内容已经收起来了，谢谢你提醒"), icon="circle-check", quotes="answer"),
    "report.kept": Kind(says=_("你举报的内容村里看过了，决定留着"), icon="info-circle", quotes="answer"),
    "codes.near": Kind(says=_("24 小时里登录短信已经发了 %(n)s 条，快到上限 %(most)s 条了"), icon="alert-triangle"),
    "codes.over": Kind(says=_("24 小时里的登录短信用完了（%(most)s 条），现在只能用密码登录"), icon="alert-triangle"),
    "codes.refused": Kind(
        says=_("短信公司不给发登录短信，要看看账号、签名、模板和余额"), icon="alert-triangle", quotes="code"
    ),
    "audit.reader": Kind(says=_("%(place)s请你看操作记录"), icon="history"),
    "audit.reader_ended": Kind(says=_("你不再看%(place)s的操作记录"), icon="info-circle"),
    "audit.anchored": Kind(says=_("操作记录今天的指纹，请抄下来或者留着这条消息"), icon="shield-check", quotes="head"),
    "consent.asked": Kind(says=_("怎么用你的资料，写了新的说明，请你看一看"), icon="shield-check"),
    "sign_in.refused": Kind(says=_("第三方登录用不了，要看看账号和密钥"), icon="alert-triangle", quotes="code"),
    "identity.linked": Kind(
        says=_("你的账号绑定了一个新的登录方式。不是你绑的话，去“密码和登录的设备”解绑"), icon="key"
    ),
    "second.recovered": Kind(
        says=_("有人用你的备用码登录了，还剩 %(left)s 个。不是你的话，马上改密码，告诉上级"), icon="alert-triangle"
    ),
    "second.reset": Kind(says=_("上级停了你的动态码，下次登录重新绑定"), icon="key", quotes="reason"),
    "second.reset_by_you": Kind(says=_("你停了%(who)s的动态码，本人下次登录重新绑定"), icon="key", quotes="reason"),
    "guardian.added": Kind(says=_("%(name)s是你的监护人了，同意你用账号"), icon="users"),
    "guardian.recorded": Kind(says=_("%(village)s登记了你监护人签的同意书"), icon="users"),
    "guardian.withdrawn": Kind(says=_("你的监护人撤回了同意，现在你的账号只能看"), icon="info-circle"),
    "guardian.data_ready": Kind(says=_("你给%(name)s要的资料准备好了，24 小时内可以下载"), icon="circle-check"),
    "guardian.closing": Kind(says=_("你的监护人申请注销你的账号，15 天后删掉"), icon="info-circle"),
    "minor.undeclared": Kind(says=_("%(village)s改正了：你登记成未成年人是弄错了"), icon="circle-check"),
    "minor.adult": Kind(says=_("你满 18 岁了，存的出生年月和监护人都删掉了"), icon="circle-check"),
    "minor.look_asked": Kind(says=_("%(name)s要看一位未成年人的资料，等你同意"), icon="eye"),
    "minor.look_allowed": Kind(says=_("你要看的未成年人资料，另一位管理员同意了，一天内能看一次"), icon="circle-check"),
    "minor.look_refused": Kind(says=_("你要看的未成年人资料，另一位管理员没有同意"), icon="info-circle"),
    "mail.refused": Kind(says=_("你的邮箱收不到信，先不发了。去“邮箱”里看一看，重新确认"), icon="mail"),
    "site.wrong": Kind(says=_("平台有 %(n)s 处出了问题，去“健康”页看怎么办"), icon="alert-triangle", quotes="what"),
    "review.late": Kind(says=_("%(village)s有 %(n)s 件事超期没有处理，去审核台看"), icon="clock"),
    "handbook.asked": Kind(says=_("管理员手册出了第 %(version)s 版，请看完点一下“我看过了”"), icon="book-2"),
    "tutor.appointed": Kind(says=_("请你当助教，去“助教”里排日子、帮乡亲写"), icon="rosette-discount-check"),
    "tutor.ended": Kind(says=_("助教的事办完了，谢谢你"), icon="info-circle"),
    "tutor.wrote": Kind(says=_("%(name)s替你写了一段话，看看要不要用"), icon="pencil"),
    "data.ready": Kind(says=_("你要的资料准备好了，24 小时内可以下载"), icon="circle-check"),
    "department.notice": Kind(says=_("%(department)s通知：%(title)s"), icon="speakerphone"),
    "department.appointed": Kind(says=_("你现在可以给%(department)s写通知和文章"), icon="rosette-discount-check"),
    "department.dismissed": Kind(says=_("你不再给%(department)s写通知和文章"), icon="info-circle"),
    "notice.published": Kind(says=_("%(village)s发了通知：%(title)s"), icon="speakerphone", open=True),
}
UNKNOWN: Final = Kind(says=_("村里有一条新消息"), icon="bell")
SOMEBODY: Final = _("一位乡亲")


_of_plugins: dict[str, Kind] = {}


def use(kinds: Iterable[MessageKind]) -> None:
    """The kinds of message of the plugins that run in this process; once at start."""
    _of_plugins.clear()
    for one in kinds:
        _of_plugins[one.id] = Kind(says=one.says, icon=one.icon, quotes=one.quotes)


def said(kind: str, params: Mapping[str, Any], name: str = "") -> tuple[str, str, str]:
    """The sentence, the quotation below it, and the icon. A kind nobody knows any more still makes a sentence."""
    known = KINDS.get(kind) or _of_plugins.get(kind, UNKNOWN)
    days = {key: _as_day(value) for key, value in params.items()}
    given = _Given({**days, "name": name or str(SOMEBODY)})
    try:
        sentence = _filled(str(known.says), given)
    except (ValueError, TypeError):  # a plugin's sentence with a stray per cent sign
        known, sentence = UNKNOWN, str(UNKNOWN.says)
    return sentence, str(params.get(known.quotes, "")) if known.quotes else "", known.icon


_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


def _as_day(value: Any) -> Any:
    """A param that is a day, as the reader says it: 2027年1月11日. Anything else stays as it is."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        return value
    try:
        return times.full_day(date.fromisoformat(value))
    except ValueError:  # the 31st of February: somebody's words
        return value


def brief(kind: str, sentence: str) -> str:
    """What a locked screen may show: the sentence where it names nobody, else only that there is something."""
    return sentence if kind in KINDS and KINDS[kind].open else str(UNKNOWN.says)


class _Given(dict[str, Any]):
    """Params of an old message may lack what today's words ask for."""

    def __missing__(self, key: str) -> str:
        return ""


def _filled(template: str, given: _Given) -> str:
    return template % given
