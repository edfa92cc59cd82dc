"""What may not be sold here. The words say why, so that nobody has to guess."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from cunli import gettext as _

WHY: Final = (
    (
        ("野生动物", "野味", "穿山甲", "娃娃鱼", "果子狸", "野猪肉", "象牙", "虎骨", "熊胆", "猫头鹰"),
        _("野生动物和制品不许卖（野生动物保护法第二十八条）"),
    ),
    (("香烟", "卷烟", "烟草", "电子烟", "烟丝"), _("烟草要有专卖证，不能在网上卖（烟草专卖法）")),
    (("农药", "百草枯", "老鼠药", "毒鼠强"), _("农药要有经营许可，不能在这里卖（农药管理条例第二十四条）")),
    (("处方药", "胎盘", "罂粟", "大麻", "麻醉药"), _("药品和毒品不能在这里卖")),
    (("烟花", "爆竹", "鞭炮", "炸药", "雷管"), _("烟花爆竹不能在网上卖（烟花爆竹安全管理条例）")),
    (("枪", "弩", "管制刀具", "电鱼机", "捕鸟网"), _("枪弩、管制刀具和禁用的捕猎工具不许卖")),
    (("病死猪", "死猪肉", "河豚"), _("病死的、有毒的不许卖（食品安全法第三十四条）")),
    (("身份证", "银行卡出售", "发票代开", "假币"), _("证件、银行卡、发票不许买卖")),
    (("彩票", "六合彩"), _("彩票不能在这里卖")),
)


def why_not(texts: Iterable[str], local: str = "") -> object:
    """Why this cannot be offered, in words; "" where nothing speaks against it. `local` are the county's own words, one a line."""
    said = " ".join(texts)
    for words, why in WHY:
        for word in words:
            if word in said:
                return _("“%(word)s”：%(why)s", word=word, why=why)
    for line in local.splitlines():
        if line.strip() and line.strip() in said:
            return _("“%(word)s”：县里规定不许卖", word=line.strip())
    return ""
