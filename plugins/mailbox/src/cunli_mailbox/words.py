"""What things are called. The choices of forms, the states on pages, the sentences of the timeline."""

from __future__ import annotations

from typing import Final

from cunli import gettext as _

KINDS: Final = {
    "snapshot": (_("随手拍"), _("路、灯、水、垃圾，拍一张就行"), "camera"),
    "help": (_("求助"), _("家里有难处，要人帮"), "hand-stop"),
    "suggestion": (_("建议"), _("村里哪里可以更好"), "bulb"),
    "question": (_("咨询"), _("政策、手续怎么办"), "help-circle"),
    "complaint": (_("投诉"), _("事情没办好、不公平"), "scale"),
}
COUNTED_APART: Final = {"about1": _("反映村干部"), "about2": _("反映镇干部")}  # see `tallying.kind_of`
TRACK_OF: Final = {
    "snapshot": "help",
    "help": "help",
    "suggestion": "suggestion",
    "question": "question",
    "complaint": "appeal",
}
TRACKS: Final = {
    "help": _("求助、报修"),
    "suggestion": _("建议意见"),
    "question": _("咨询"),
    "appeal": _("申诉求决（信访）"),
}
URGENCIES: Final = {
    "general": _("一般：24 小时内派单"),
    "utility": _("水电气热、极端天气：2 小时内派单"),
    "life": _("人身、财产有危险：1 小时内派单"),
}
RANKS: Final = {1: _("村（社区）"), 2: _("镇（街道）"), 3: _("县（市、区）")}
RANK_OF: Final = {"village": 1, "township": 2, "county": 3}
CHANNELS: Final = {"online": _("网上"), "phone": _("电话"), "visit": _("当面"), "paper": _("纸信")}
OUTCOMES: Final = {"support": _("支持，已办"), "explain": _("解释说明"), "decline": _("不予支持")}
SATISFACTION: Final = {3: _("满意"), 2: _("一般"), 1: _("不满意")}
STATES: Final = {
    "draft": _("草稿"),
    "submitted": _("已寄到"),
    "triaged": _("已登记"),
    "assigned": _("在办"),
    "paused": _("等写信人补充"),
    "replied": _("已答复"),
    "closed": _("已办结"),
    "reopened": _("退回重办"),
    "review": _("复查中"),
    "rereview": _("复核中"),
    "transferred": _("已转送"),
    "not_accepted": _("未受理"),
    "merged": _("已并入"),
    "withdrawn": _("已撤回"),
}
TONES: Final = {
    "replied": "",
    "closed": "",
    "paused": "wait",
    "submitted": "wait",
    "triaged": "wait",
    "assigned": "wait",
}
CLOSED: Final = {"confirmed": _("写信人确认"), "called_back": _("回访确认"), "silent": _("到期没有回话")}
HAPPENED: Final = {
    "submit": _("收到来信"),
    "triage": _("登记分类"),
    "assign": _("派给办理人"),
    "hand_over": _("转办"),
    "object": _("退回"),
    "progress": _("进展"),
    "note": _("内部备注"),
    "join": _("请部门协办"),
    "supervise": _("督办"),
    "greet": _("自动回复"),
    "pause": _("请写信人补充"),
    "supplement": _("写信人补充"),
    "go_on": _("接着办"),
    "extend": _("延长期限"),
    "reply": _("答复"),
    "answer_review": _("复查答复"),
    "transfer": _("转送"),
    "refuse": _("不予受理"),
    "merge": _("并入同一件事"),
    "separate": _("分出来单独办"),
    "confirm": _("写信人说办好了"),
    "call_back": _("回访：办好了"),
    "fall_silent": _("到期没有回话，归档"),
    "not_done": _("没办好，退回重办"),
    "reopen": _("又出问题了，重新打开"),
    "contest": _("写信人不同意"),
    "ask_review": _("请上一级复查"),
    "ask_rereview": _("请再上一级复核"),
    "withdraw": _("写信人撤回"),
}
REPORT_STATES: Final = {
    "received": _("收到"),
    "accepted": _("已受理"),
    "talking": _("谈话函询"),
    "looking": _("初步核实"),
    "kept": _("暂存待查"),
    "ended": _("已了结"),
}
REPORT_SHOWN: Final = {"received": _("收到了"), "ended": _("已经办完")}  # to its writer; everything between is 正在办
REPORT_HAPPENED: Final = {
    "accept": _("受理了"),
    "ask": _("问举报人"),
    "note": _("内部备注"),
    "talk": _("谈话函询"),
    "look": _("初步核实"),
    "keep": _("暂存待查"),
    "end": _("办完，告诉结果"),
    "more": _("举报人补充"),
}
REPORT_PARTS: Final = {
    "about": _("反映谁"),
    "title": _("什么事"),
    "body": _("详细说说"),
    "name": _("姓名"),
    "phone": _("电话"),
}
WEEKDAYS: Final = (_("周一"), _("周二"), _("周三"), _("周四"), _("周五"), _("周六"), _("周日"))
DEPARTMENT: Final = "d:"  # before a slug, among the choices of a form


def place_of(office: str) -> tuple[int, str]:
    """(level, slug of the department or nothing) of a choice: departments are the county's."""
    if office.startswith(DEPARTMENT):
        return 3, office.removeprefix(DEPARTMENT)
    return int(office), ""
