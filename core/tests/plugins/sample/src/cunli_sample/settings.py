"""What officials decide about the board."""

from __future__ import annotations

from cunli import Setting
from cunli import gettext as _

SHOWN = Setting(
    key="sample.shown",
    label=_("显示几张条子"),
    help=_("最新的在前，多的收起来"),
    default=20,
    minimum=1,
    maximum=50,
)
