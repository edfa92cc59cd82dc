"""What people are told who may not answer for somebody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cunli.web.i18n import LazyText, _

WHY_NOT: Final[Mapping[str, LazyText]] = {
    "self": _("这是你自己的数码，要请监护人用他自己的账号填"),
    "minor": _("监护人要满 18 岁"),
    "village": _("你还没有在孩子的村里认证。先加入村，或者带上证件到村委会签纸质同意书"),
    "household": _("村里登记的你和孩子不在一户。带上户口本到村委会签纸质同意书"),
    "twice": _("你已经是这个孩子的监护人了"),
    "most": _("这个孩子已经登记了四位监护人。不对的话，请村委会看一看"),
}
