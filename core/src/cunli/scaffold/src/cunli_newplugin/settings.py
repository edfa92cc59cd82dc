"""What officials decide about the wall, for the county, a township or a village."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

SHOWN = Setting(
    key="newplugin.shown",
    label=_("墙上挂几个心愿"),
    help=_("挂最新的，多的收起来"),
    default=50,
    minimum=1,
    maximum=200,
)
