"""What a county or village decides."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

ONLINE = Setting(
    key="tourism.online",
    label=_("网上付款"),
    help=_("县里接好了支付服务再开。关了，都是到了再付"),
    default=False,
    scope="county",
)
SPECIAL = Setting(
    key="tourism.special",
    label=_("民宿要特种行业许可证"),
    help=_("各省规定不一样，省里不要的可以关"),
    default=True,
    scope="county",
)
FIRE = Setting(
    key="tourism.fire",
    label=_("民宿要消防证明"),
    help=_("2022 年 5 月起消防不再是开业的前置条件，本地还要的再开"),
    default=False,
    scope="county",
)
ANSWER = Setting(
    key="tourism.answer",
    label=_("主人几小时内答复"),
    help=_("过了没答复，房自己放出来"),
    default=12,
    minimum=1,
    maximum=72,
)
CALENDARS = Setting(
    key="tourism.calendars",
    label=_("自动读哪些网站的日历"),
    help=_(
        "一行写一个网站的开头，以 / 结尾，如 https://ical.booking.com/v1/；主人填的网址只有在这下面的才读。空着就只能放文件"
    ),
    default="",
    scope="county",
    max_length=2000,
    multiline=True,
)
KEEP = Setting(
    key="tourism.keep",
    label=_("住客登记留几天"),
    help=_("从离店那天算，到日子自动删掉；当地公安有规定的按规定填"),
    default=90,
    minimum=1,
    maximum=730,
    scope="county",
)
SHELF = Setting(
    key="tourism.shelf",
    label=_("村友圈旁边放几处"),
    help=_("写 0 就不放"),
    default=3,
    minimum=0,
    maximum=6,
)
