"""What a county decides."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

FEEDS = Setting(
    key="party.feeds",
    label=_("资料从哪些地方来"),
    help=_("每行一个：名称 网址 类别（thought、congress、policy、congresses、farming） 许可说明。只有县里能定。"),
    default="",
    scope="county",
    multiline=True,
    max_length=4000,
)
CATEGORIES = Setting(
    key="party.categories",
    label=_("资料库自己的类别"),
    help=_("五类以外的，每行一个名称，二十个字以内"),
    default="",
    scope="county",
    multiline=True,
    max_length=500,
)
