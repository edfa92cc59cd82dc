"""What things are called. One table for each kind, in the order in which it is offered."""

from __future__ import annotations

from typing import Final

from cunli import gettext as _

KINDS: Final = {  # what it is called, its drawing, its icon
    "homestay": (_("民宿"), "stay_out", "building-cottage"),
    "restaurant": (_("农家乐"), "longtable", "tools-kitchen-2"),
    "camp": (_("露营地"), "stay_night", "moon"),
    "spot": (_("景点"), "terrace", "map-pin"),
    "picking": (_("采摘园"), "orange_branch", "leaf"),
    "workshop": (_("手艺坊"), "trays", "tools"),
    "walk": (_("跟着走"), "paddy", "road"),
}
OUTINGS: Final = {"festival": _("节会"), "route": _("路线")}
OFFERS: Final = {
    "room": (_("住"), _("按晚，一间一间订")),
    "seat": (_("吃、玩、看"), _("按场次，一位或一桌")),
    "meal": (_("跟着住的饭"), _("住的人加订，按人算")),
    "take": (_("带走的"), _("来的人加订，按份算，到了再装")),
}
FACILITIES: Final = {
    "bath": (_("独立卫生间"), "bath"),
    "air": (_("冷暖空调"), "air-conditioning"),
    "parking": (_("能停车"), "parking"),
    "wifi": (_("有网"), "wifi"),
    "kitchen": (_("柴火饭"), "tools-kitchen-2"),
    "fetch": (_("可以接站"), "bus"),
    "crib": (_("有婴儿床"), "baby-carriage"),
    "level": (_("没有台阶"), "hand-stop"),
    "ground": (_("住一楼"), "bed"),
    "charge": (_("能充电"), "bolt"),
}
PAPERS: Final = {
    "business": _("营业执照"),
    "special": _("特种行业许可证"),
    "hygiene": _("公共场所卫生许可证"),
    "food": _("食品经营许可证"),
    "fire": _("消防证明"),
}
POLICIES: Final = {
    "loose": (_("宽"), _("前一天 18:00 前全退，当天 18:00 前退一半")),
    "middle": (_("中"), _("三天前 18:00 前全退，前一天 18:00 前退一半")),
    "strict": (_("严"), _("七天前 18:00 前全退，三天前退一半，前一天退两成")),
}
PREPAY: Final = {"0": _("到了再付"), "30": _("先付三成"), "50": _("先付一半"), "100": _("先付全款")}
RUNGS: Final = {"plain": "", "weekend": _("周末"), "holiday": _("节日")}
PLACE_STATES: Final = {
    "waiting": (_("等村里核对"), "gold"),
    "open": (_("开着"), ""),
    "paused": (_("歇着"), "gold"),
    "refused": (_("没通过"), "seal"),
}
STATES: Final = {
    "requested": (_("等主人答应"), "gold", "clock"),
    "held": (_("给你留着，等付钱"), "gold", "wallet"),
    "confirmed": (_("订好了"), "", "circle-check"),
    "arrived": (_("到了"), "", "user-check"),
    "completed": (_("走了"), "", "circle-check"),
    "reviewed": (_("走了，评价过"), "", "star"),
    "declined": (_("主人接不了"), "seal", "x"),
    "expired": (_("过时了，没有订成"), "gold", "clock"),
    "canceled": (_("取消了"), "gold", "x"),
    "called_off": (_("主人取消了"), "seal", "x"),
    "no_show": (_("没有来"), "gold", "ban"),
}
NEXT: Final = {
    "requested": _("主人会尽快答复，过了时间没答复，这一单自己取消，不收钱。"),
    "held": _("请在时间以前付，过了时间房会放出来。"),
    "confirmed": _("到的时候把短码给主人看，打印的也行，没网也能进门。"),
    "arrived": _("住得好，玩得开心。有事找主人，主人解决不了就写信给村里。"),
    "completed": _("谢谢你来。说说怎么样，后来的人看得到。"),
    "reviewed": _("谢谢你的话，主人看到了。"),
    "declined": _("没有收钱；收过的全退。换一家看看吧。"),
    "expired": _("没有收钱；过后收到的全退。还想来，再订一次就行。"),
    "canceled": _("该退的钱按订的时候说好的退。"),
    "called_off": _("付过的钱全退。对不住，换一家看看吧。"),
    "no_show": _("过了时间没有来，按订的时候说好的办。"),
}
HAPPENED: Final = {
    "book": _("订了"),
    "accept": _("主人答应了"),
    "agree": _("主人答应了"),
    "decline": _("主人接不了"),
    "pay": _("付了钱"),
    "expire": _("过时没答复或没付钱"),
    "withdraw": _("客人不订了"),
    "cancel": _("客人取消了"),
    "call_off": _("主人取消了，全退"),
    "arrive": _("客人到了"),
    "miss": _("没有来"),
    "finish": _("客人走了"),
    "review": _("客人评价了"),
    "move": _("换了房间"),
}
IDENTITY: Final = {"card": _("身份证"), "passport": _("护照"), "permit": _("通行证、居留证")}
WAYS: Final = {"online": _("网上付"), "arrival": _("到了再付")}
