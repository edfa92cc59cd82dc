"""What each sensitive kind is called, for people who decide about it."""

from __future__ import annotations

from typing import Final

from cunli.compliance.kinds import Sensitive
from cunli.web.i18n import LazyText, _

WORDS: Final[dict[Sensitive, LazyText]] = {
    Sensitive.CHECKIN: _("打卡签到"),
    Sensitive.RANKING: _("积分排名、排行榜"),
    Sensitive.VIEWING_TIME: _("记在线时长、学习时长"),
    Sensitive.POPULARITY: _("拿点击、点赞、投票、转发来考评"),
    Sensitive.QUOTAS: _("考核安装率、登录率"),
    Sensitive.POINTS: _("记积分、兑换"),
    Sensitive.COMMERCE: _("买卖和收款"),
    Sensitive.FUNDRAISING: _("公开募捐"),
    Sensitive.MINORS: _("收集、展示不满十四周岁孩子的信息"),
}
ENGLISH: Final[dict[Sensitive, str]] = {
    Sensitive.CHECKIN: "signing in for attendance",
    Sensitive.RANKING: "ranking people, households or villages",
    Sensitive.VIEWING_TIME: "measuring time spent online or studying",
    Sensitive.POPULARITY: "judging by clicks, likes, votes or forwards",
    Sensitive.QUOTAS: "quotas of installation or signing in",
    Sensitive.POINTS: "points that are given and exchanged",
    Sensitive.COMMERCE: "buying, selling and payment",
    Sensitive.FUNDRAISING: "public fundraising",
    Sensitive.MINORS: "collecting or showing data of children under 14",
}
