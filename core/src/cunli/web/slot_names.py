"""The slots of the core's pages and what each is for. Their names are promised to plugins; see `deprecation` for renaming one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cunli.web.i18n import LazyText, _

SLOTS: Final[Mapping[str, LazyText]] = {
    "compose.extra": _("写动态的表单里，发送按钮上面：多填一样东西"),
    "post.below": _("一条动态的页面上，正文下面、评论上面；编号是这条动态"),
    "post.card": _("村友圈里每张卡片的下沿；编号是各条动态，一次全问"),
    "village.sidebar": _("村友圈旁边的一栏，只在宽屏上有"),
    "village.top": _("村友圈最上面、第一条动态之前"),
}
