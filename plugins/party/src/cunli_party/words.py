"""What things are called. Keys are stored; words are for people."""

from __future__ import annotations

from typing import Any, Final

from cunli import AUDIO, DOCUMENTS, TEXTS
from cunli import gettext as _

Words = dict[str, Any]

BRANCHES: Final[Words] = {
    "committee": _("党委"),
    "general": _("党总支"),
    "branch": _("党支部"),
    "group": _("党小组"),
    "temporary": _("临时党支部"),
}
STATUSES: Final[Words] = {"full": _("正式党员"), "probationary": _("预备党员")}
AWAY: Final[Words] = {"": _("在村"), "out": _("流出（在外）"), "in": _("流入（外来）")}
STANDINGS: Final[Words] = {
    "applied": _("等支部核实"),
    "verified": _("已核实"),
    "refused": _("没有通过"),
    "joined": _("并到原来登记的一条"),
    "moved": _("已转出"),
    "left": _("已离开"),
}
ROLES: Final[Words] = {
    "": _("党员"),
    "secretary": _("书记"),
    "deputy": _("副书记"),
    "organiser": _("组织委员"),
    "publicist": _("宣传委员"),
    "inspector": _("纪检委员"),
    "group": _("党小组组长"),
}
LEADS: Final = frozenset({"secretary", "deputy", "organiser", "publicist", "inspector"})
EDUCATION: Final[Words] = {
    "": _("没有填"),
    "primary": _("小学及以下"),
    "middle": _("初中"),
    "high": _("高中、中专"),
    "college": _("大专"),
    "university": _("本科及以上"),
}
HAPPENED: Final[Words] = {
    "applied": _("申请核实"),
    "entered": _("支部登记"),
    "imported": _("从表格导入"),
    "verified": _("支部核实通过"),
    "refused": _("支部没有通过"),
    "joined": _("和原来登记的一条合并"),
    "status": _("身份变了"),
    "role": _("职务变了"),
    "branch": _("换了党小组或支部"),
    "away": _("流动情况变了"),
    "profile": _("改了资料"),
    "moved_out": _("开了介绍信，转出"),
    "moved_in": _("凭介绍信转入"),
    "left": _("离开"),
    "together": _("编入临时党支部"),
}
CATEGORIES: Final[Words] = {
    "thought": _("习近平新时代中国特色社会主义思想"),
    "congress": _("党的全国代表大会精神"),
    "policy": _("党的政策"),
    "congresses": _("各级党代会精神"),
    "farming": _("农村实用技术"),
}
ITEM_KINDS: Final[Words] = {"article": _("文章"), "video": _("视频"), "document": _("文件"), "audio": _("音频")}
ITEM_ICONS: Final = {"article": "file-text", "video": "video", "document": "clipboard-list", "audio": "volume"}
ITEM_FILES: Final = {
    "document": DOCUMENTS,
    "audio": AUDIO,
    "video": TEXTS,
}  # what each may have; of a video its captions
FILES: Final[Words] = {"document": _("文件"), "audio": _("录音"), "video": _("字幕文件")}
FILE_HINTS: Final[Words] = {
    "document": _("PDF、Word、Excel、PPT 最大 20 MB，文本最大 2 MB。文件里写着的姓名、电话会一起给出去，先看一遍。"),
    "audio": _("MP3、M4A、OGG，最大 40 MB。MP3、M4A 里手机写的地点会去掉。"),
    "video": _("SRT、VTT 或者纯文本，最大 2 MB"),
}
PROOFS: Final[Words] = {
    "quiz": _("答对随堂题"),
    "discussion": _("写一段学习心得"),
    "attendance": _("到场，由支部记下"),
}


def choices(table: Words) -> list[tuple[str, Any]]:
    """For a form."""
    return list(table.items())


MEETINGS: Final[Words] = {
    "congress": _("党员大会"),
    "committee": _("支委会"),
    "group": _("党小组会"),
    "lecture": _("党课"),
    "day": _("主题党日"),
    "life": _("组织生活会"),
    "review": _("民主评议党员"),
}
MEETING_STATES: Final[Words] = {"planned": _("要开"), "held": _("开过了"), "off": _("没开")}
ATTENDED: Final[Words] = {"person": _("到场"), "remote": _("视频、电话参加"), "minutes": _("会后看记录")}
EVERY: Final[Words] = {"month": _("每月一次"), "quarter": _("每季度一次"), "year": _("每年一次")}
STUDY_STATES: Final[Words] = {"told": _("等支部看"), "counted": _("算进学时"), "refused": _("没算")}
DIARY_STATES: Final[Words] = {"private": _("只有自己看"), "branch": _("支部看"), "public": _("全村看")}
REASONS: Final[Words] = {
    "work": _("务工"),
    "trade": _("经商"),
    "study": _("上学"),
    "family": _("跟家人"),
    "other": _("其他"),
}
DEED_STATES: Final[Words] = {"told": _("等这一户确认"), "confirmed": _("这一户确认了"), "denied": _("这一户说没有")}
STAGES: Final[Words] = {
    "heard": _("听说了"),
    "talking": _("在谈"),
    "helping": _("在帮着办"),
    "started": _("办起来了"),
    "dropped": _("不办了"),
}
EXCHANGES: Final[Words] = {
    "diary": _("给支部或全村看的日记"),
    "remark": _("日记下面的话"),
    "reply": _("通知下面的话"),
    "meeting": _("到场或远程参加一次会"),
    "lesson": _("一段学习心得"),
}
