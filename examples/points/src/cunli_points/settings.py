"""What officials decide about points, for the county, a township or a village."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

MOST = Setting(
    key="points.most",
    label=_("一次最多记几分"),
    help=_("记分的时候不能超过这个数"),
    default=20,
    minimum=1,
    maximum=1000,
)
FEED = Setting(
    key="points.feed",
    label=_("记分后发到村友圈"),
    help=_("关了就只在积分页里看得到"),
    default=True,
)
LATEST = Setting(
    key="points.latest",
    label=_("村友圈上面放几条记分"),
    help=_("只有本村认证的乡亲看得到；写 0 就不放"),
    default=3,
    minimum=0,
    maximum=10,
)
