"""What counties, townships and villages decide about the core itself while it runs, on the page `/admin/settings`.

This is the one place where such a setting is declared. What the operator decides about the machine (addresses, keys,
folders) is not here: see `settings`. A plugin declares its own in its manifest.

To add one:

1. Declare it below. The key is `core.<name>`; the label is what officials read, the help says what changes for whom.
   `scope` is the lowest level that may say otherwise; what no place decided is inherited from above.

       QUIET_DAYS = Setting(key="core.quiet_days", label=_("…"), help=_("…"), default=30, minimum=7, maximum=365)

2. Put it into the group of `GROUPS` where officials would look for it, or add a group. The form, the inheritance, the
   way back, the audit entry (`core.setting.set`) and `cunli plugin settings core` come from the declaration.

3. Read it where it counts, and let the tests set it with `await site.set_value(QUIET_DAYS, 14)`:

       (await plugin_values.values_for(visit.village))(QUIET_DAYS)   # a page; without a village: the county at hand
       (await plugin_values.values_of(chain))(QUIET_DAYS)            # a region, of which the chain goes up to the root
       await plugin_values.setting_of(QUIET_DAYS)                    # in a village's scope
       ctx.setting(QUIET_DAYS)                                       # in a task

   Reading costs no query: each process keeps a copy, which is renewed within a second of a change.

4. Translate the words in `locale/en`, and name the setting in the guide of whoever will look for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from cunli.plugin_setting import Setting
from cunli.web.i18n import LazyText, _

OWNER: Final = "core"

INVITE_DAYS: Final = Setting(
    key="core.invite_days",
    label=_("邀请的有效天数"),
    help=_("新做的邀请（链接、二维码和六位数字）过这么多天就用不了。已经做好的不变。"),
    default=90,
    minimum=1,
    maximum=365,
)
DONE_JOBS_DAYS: Final = Setting(
    key="core.done_jobs_days",
    label=_("做完的后台任务留几天"),
    help=_("发消息、收拾旧照片这类任务做完以后，记录留这么多天备查，再自动清掉。没做成的不清。"),
    default=7,
    minimum=1,
    maximum=190,
    scope="county",
)
OWN_PHONE: Final = Setting(
    key="core.own_phone",
    label=_("乡亲可以公开自己的手机号"),
    help=_(
        "开着：发动态、卖东西时可以留自己登记的手机号，发之前会再问一遍。关上：号码一律遮住。别人的号码无论怎样都要遮住。"
    ),
    default=True,
)
REVIEW_HOURS: Final = Setting(
    key="core.review_hours",
    label=_("举报和等着发布的，几小时内处理"),
    help=_("审核台按这个时限排先后，超了会标红；公开的处理记录也按它算及时率。"),
    default=24,
    minimum=1,
    maximum=240,
    scope="township",
)
APPEAL_HOURS: Final = Setting(
    key="core.appeal_hours",
    label=_("申诉，几小时内答复"),
    help=_("从乡亲提出申诉算起。"),
    default=72,
    minimum=1,
    maximum=720,
    scope="county",
)
APPEAL_DAYS: Final = Setting(
    key="core.appeal_days",
    label=_("处理以后几天内可以申诉"),
    help=_("内容被收起来、没让发布的人，过了这么多天就不能再申诉。"),
    default=7,
    minimum=1,
    maximum=60,
    scope="county",
)
REPORTS_HIDE: Final = Setting(
    key="core.reports_hide",
    label=_("几户举报就先收起来"),
    help=_("这么多户分别举报同一条内容，就先收起来，等管理员看过再定。0 是不自动收。同一户只算一次，刚认证的不算。"),
    default=5,
    minimum=0,
    maximum=100,
)
TERM_DAYS: Final = Setting(
    key="core.term_days",
    label=_("公示期一般几天"),
    help=_("发公示时没有填到哪天，就是这么多天（从当天算起）。低保、补贴名单这些一般 7 天。"),
    default=7,
    minimum=1,
    maximum=365,
)
TERM_MOST: Final = Setting(
    key="core.term_most",
    label=_("公示期最多几天"),
    help=_("到期那天过完，内容自动撤下，只留标题和公示过的日子。时间不能比办事需要的更长（个人信息保护法第十九条）。"),
    default=30,
    minimum=1,
    maximum=365,
    scope="county",
)
APPROVE_FIRST: Final = Setting(
    key="core.approve_first",
    label=_("先审后发"),
    help=_("发的内容先等管理员看过再给乡亲看。发的人看得到“等待审核”和多久有结果。通知和管理员发的不用等。"),
    default="off",
    choices=(("off", _("不用，直接发")), ("posts", _("动态先看")), ("all", _("动态和评论都先看"))),
)
NEWCOMERS: Final = Setting(
    key="core.newcomer_limits",
    label=_("刚认证的头几天限量"),
    help=_(
        "认证后头 3 天，一天最多 3 条动态、20 条评论，一条里 3 张照片、不能带网址；到第 14 天，一天最多 10 条动态、60 条评论，一条里 2 个网址；以后不限。到日子自动放宽。"
    ),
    default=True,
)

COLUMNS: Final = Setting(
    key="core.columns",
    label=_("村首页的栏目"),
    help=_("插件的入口按哪一种分栏。没有入口的栏不显示。"),
    default="four",
    choices=(
        ("four", _("四为：为党建、为服务、为治理、为产业")),
        ("five", _("五务：党务、政务、村务、商务、服务")),
        ("plain", _("不分栏")),
    ),
    scope="county",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Settings that stand together on the page."""

    label: LazyText
    settings: tuple[Setting[Any], ...]


GROUPS: Final = (
    Group(label=_("村首页"), settings=(COLUMNS,)),
    Group(label=_("乡亲加入"), settings=(INVITE_DAYS,)),
    Group(
        label=_("内容和审核"),
        settings=(
            TERM_DAYS,
            TERM_MOST,
            APPROVE_FIRST,
            NEWCOMERS,
            OWN_PHONE,
            REVIEW_HOURS,
            APPEAL_HOURS,
            APPEAL_DAYS,
            REPORTS_HIDE,
        ),
    ),
    Group(label=_("后台"), settings=(DONE_JOBS_DAYS,)),
)
ALL: Final = {one.key: one for group in GROUPS for one in group.settings}
