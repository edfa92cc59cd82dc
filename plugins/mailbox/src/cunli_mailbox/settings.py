"""What a county, township or village decides. Terms can only be made shorter than the law says."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

FINISH = Setting(
    key="mailbox.finish",
    label=_("求助、咨询几个工作日办结"),
    help=_("规定是 5 个工作日，可以更短"),
    default=5,
    minimum=1,
    maximum=5,
)
SILENCE = Setting(
    key="mailbox.silence",
    label=_("答复以后等几天"),
    help=_("写信人到期没有回话，就归档，单独统计，不算满意"),
    default=15,
    minimum=7,
    maximum=15,
)
SHOWN = Setting(
    key="mailbox.shown",
    label=_("村友圈旁边放几封办好的信"),
    help=_("写 0 就不放"),
    default=3,
    minimum=0,
    maximum=10,
)
DUTY_FROM = Setting(
    key="mailbox.duty_from",
    label=_("几点开始有人看信"),
    help=_("写成 8:30 这样；不在这段时间的信自动回复，急事叫值班的人"),
    default="8:30",
    max_length=5,
)
DUTY_TO = Setting(
    key="mailbox.duty_to",
    label=_("几点以后没人看信"),
    help=_("写成 17:30 这样"),
    default="17:30",
    max_length=5,
)
DISCIPLINE = Setting(
    key="mailbox.discipline",
    label=_("举报交给哪个部门"),
    help=_("部门地址里的名字，一般是纪委监委；没有这个部门或者部门里没有人，举报的页面就不收"),
    default="jiwei",
    scope="county",
    max_length=40,
)
SHORTER = {"R14-finish": FINISH, "M2-silence": SILENCE}
