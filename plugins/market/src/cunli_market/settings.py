"""What a county, township or village decides."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

ONLINE = Setting(
    key="market.online",
    label=_("网上付款"),
    help=_("县里接好了支付服务再开，付的钱先存着，收到货再结给店家"),
    default=False,
    scope="county",
)
BAZAAR = Setting(
    key="market.bazaar",
    label=_("货上全县大集"),
    help=_("关了，本村的货只在本村的货架上"),
    default=True,
)
AD_DAYS = Setting(
    key="market.ad_days",
    label=_("小广告挂几天"),
    help=_("到期自己下来"),
    default=14,
    minimum=1,
    maximum=60,
)
SHELF = Setting(
    key="market.shelf",
    label=_("村友圈旁边放几样好货"),
    help=_("写 0 就不放"),
    default=4,
    minimum=0,
    maximum=8,
)
FORBIDDEN = Setting(
    key="market.forbidden",
    label=_("本地还不许卖的"),
    help=_("一行一个词，写了的货上不了架；国家不许卖的已经在里面"),
    default="",
    scope="county",
    max_length=1000,
    multiline=True,
)
