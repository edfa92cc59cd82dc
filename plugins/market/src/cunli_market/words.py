"""What things are called. One table for each kind, in the order in which it is offered."""

from __future__ import annotations

from typing import Final

from cunli import gettext as _

KINDS: Final = {
    "own": (_("卖自家种养的"), _("自产的农副产品，不用办执照")),
    "craft": (_("卖手工做的"), _("家庭手工业产品，不用办执照")),
    "petty": (_("零星小买卖"), _("便民劳务和小额交易，一年不到十万元，不用办执照")),
    "coop": (_("合作社"), _("有营业执照")),
    "business": (_("公司、个体户"), _("有营业执照")),
}
LICENSED: Final = frozenset({"coop", "business"})
EXEMPT: Final = {
    "own": _("个人销售自产农副产品，依法不用办理登记（电子商务法第十条）"),
    "craft": _("个人销售家庭手工业产品，依法不用办理登记（电子商务法第十条）"),
    "petty": _("零星小额交易，依法不用办理登记（电子商务法第十条）"),
}
CATEGORIES: Final = {
    "fruit": _("水果"),
    "vegetable": _("蔬菜"),
    "grain": _("粮油"),
    "meat": _("肉禽蛋"),
    "honey": _("蜂蜜茶叶"),
    "dried": _("干货腌货"),
    "craft": _("手工"),
    "other": _("别的"),
}
SEASONS: Final = {
    "spring": _("春天"),
    "summer": _("夏天"),
    "autumn": _("秋天"),
    "winter": _("冬天"),
    "year": _("一年都有"),
}
UNITS: Final = {"jin": _("斤"), "box": _("箱"), "kg": _("公斤"), "bag": _("袋"), "jar": _("瓶"), "piece": _("个")}
DELIVERIES: Final = {"pickup": _("自己来取"), "own": _("店家送上门"), "courier": _("快递")}
CARRIERS: Final = {
    "ems": _("邮政 EMS"),
    "sf": _("顺丰"),
    "zto": _("中通"),
    "yto": _("圆通"),
    "sto": _("申通"),
    "yunda": _("韵达"),
    "jt": _("极兔"),
    "jd": _("京东"),
    "other": _("别家"),
}
WAYS: Final = {"online": _("网上付"), "transfer": _("银行转账"), "cash": _("货到付现钱")}
STATES: Final = {
    "placed": (_("等付钱"), "gold", "clock"),
    "claimed": (_("说转了钱，等店家看"), "gold", "clock"),
    "contested": (_("村里在查钱到没到"), "seal", "scale"),
    "late": (_("过时以后说转了钱，在查"), "seal", "scale"),
    "unfound": (_("没查到钱，取消了"), "gold", "x"),
    "paid": (_("等店家发货"), "", "package"),
    "on_cash": (_("等店家发货，货到付钱"), "", "package"),
    "packed": (_("装好了"), "", "package"),
    "sent": (_("在路上"), "", "truck-delivery"),
    "received": (_("收到了"), "", "circle-check"),
    "settled": (_("买好了"), "", "circle-check"),
    "disputed": (_("村里在评理"), "seal", "scale"),
    "canceled": (_("取消了"), "gold", "x"),
    "expired": (_("过时没付，取消了"), "gold", "clock"),
    "refunded": (_("钱退了"), "seal", "refresh"),
}


def state(order_state: str, delivery: str) -> tuple[object, str, str]:
    """What an order is called, with hue and icon. What is fetched is not on its way to anybody."""
    if order_state == "sent" and delivery == "pickup":
        return _("店家说取走了"), "", "package"
    return STATES[order_state]


SELLER_STATES: Final = {
    "placed": _("等买家付钱"),
    "claimed": _("买家说转了钱，看看户头"),
    "paid": _("等你装货"),
    "on_cash": _("等你装货，货到收钱"),
    "sent": _("在路上，等买家收到"),
    "received": _("买家收到了"),
    "settled": _("钱结给你了"),
}


def seller_state(order_state: str, delivery: str) -> tuple[object, str, str]:
    """The same as the shop reads it."""
    said, hue, symbol = state(order_state, delivery)
    return said if delivery == "pickup" and order_state == "sent" else SELLER_STATES.get(order_state, said), hue, symbol


NEXT: Final = {
    "placed": _("付了钱，店家就装货。过时没付会自己取消，货放回货架。"),
    "claimed": _("店家看到钱到了就装货。三天没答复，村委会会来查，钱不会没了下落。"),
    "contested": _("村委会看你的转账单号和店家的户头，定了会告诉你们。"),
    "late": _("店家和村委会都收到了。查到钱就退给你。"),
    "unfound": _("村委会查过了，店家的户头里没有这笔钱。请再问问银行；不服可以到镇上说。"),
    "paid": _("钱先存着，店家收不到。等店家装货。"),
    "on_cash": _("等店家装货，拿到货再给钱。"),
    "packed": _("货装好了，马上就到你手里。"),
    "sent": _("拿到货以后，请点“我收到了”，钱才会结给店家。"),
    "received": _("有坏的、少的，现在就可以说，店家会退钱。"),
    "settled": _("钱已经结给店家。谢谢你照顾乡亲的生意。"),
    "disputed": _("村委会看双方说的和照片，定了会告诉你们。钱先不动。"),
    "canceled": _("这一单取消了，货放回了货架。"),
    "expired": _("这一单过了付钱的时间，货放回了货架。想要再买一次就行。"),
    "refunded": _("钱退回去了。"),
}
NEXT_SELLER: Final = {
    "placed": _("等买家付钱。转账的，看到钱到了就点“钱到了”。"),
    "claimed": _("买家说钱转了。请看看户头，到了就点“钱到了”；三天没答复，村委会会来查。"),
    "contested": _("村委会在查这笔钱到没到，请把户头的流水给他们看。找到了也可以点“钱到了”。"),
    "late": _("这一单已经取消，买家说转过钱。请看看户头，到了就退给他。"),
    "unfound": _("村委会查过了，没有这笔钱。这一单取消了。"),
    "paid": _("钱付好了，先存着。请装货。"),
    "on_cash": _("请装货，货到了再收钱。"),
    "packed": _("装好了就送出去。自己来取的，等买家来。"),
    "sent": _("等买家收到。他七天没说话，也算收到。"),
    "received": _("过了能退的日子，钱就结给你。"),
    "settled": _("这一单的钱已经结给你。"),
    "disputed": _("村委会看双方说的和照片，定了会告诉你们。钱先不动。"),
    "canceled": _("这一单取消了，货放回了货架。"),
    "expired": _("买家没有付钱，货放回了货架。"),
    "refunded": _("钱退回给买家了。"),
}
NEXT_OFFICE: Final = {
    "contested": _("请看买家写的转账单号和店家户头的流水，查到没查到都写明。"),
    "late": _("这一单已经取消，买家说转过钱。查到了就退给他，没有也写明。"),
    "disputed": _("请听双方说，看照片。怎么定、为什么都写明，双方都看得到。"),
}
HIGHER: Final = (_("镇里在评理"), _("村里评过一次，还有人不服，由镇里来定。钱先不动。"))
HAPPENED: Final = {
    "place": _("下了单"),
    "pay": _("付了钱"),
    "confirm": _("店家说钱到了"),
    "claim": _("买家说转了钱"),
    "retract": _("买家说弄错了，没转钱"),
    "contest": _("店家没看到钱，请村委会查"),
    "ask_office": _("店家三天没答复，村委会来查"),
    "found": _("村委会：钱到了店家"),
    "not_found": _("村委会：没有这笔钱"),
    "claim_late": _("取消以后，买家说转过钱"),
    "late_came": _("钱到了，要退给买家"),
    "late_not": _("村委会：没有这笔钱"),
    "expire": _("过时没付，取消了"),
    "cancel": _("买家不买了"),
    "refuse": _("店家接不了"),
    "give_up": _("买家不要了"),
    "cannot": _("店家发不了货"),
    "pack": _("货装好了"),
    "send": _("寄出了"),
    "set_out": _("送出门了"),
    "hand_over": _("店家说买家取走了"),
    "collect": _("货交了，钱收了"),
    "fail": _("没人收，拿回来了"),
    "receive": _("买家收到了"),
    "fetch": _("买家取到了"),
    "arrive": _("七天没说没收到，算收到"),
    "settle": _("钱结给了店家"),
    "dispute": _("请村委会评理"),
    "unanswered": _("店家没答复退钱，由村委会评理"),
    "go_on": _("评理：按原来的办"),
    "give_part": _("评理：退一部分，别的照旧"),
    "give_back": _("评理：钱全退"),
    "refund_all": _("钱全退完了"),
}
TOLD: Final = {
    "place": "placed",
    "send": "sent",
    "set_out": "sent",
    "unanswered": "unanswered",
    "go_on": "judged",
    "give_part": "judged",
    "give_back": "judged",
    "ask": "asked",
    "offer": "offered",
    "back": "back",
}  # what is told in words of its own; the rest is “有新进展”


MESSAGES: Final = (
    ("moved", _("%(village)s“%(shop)s”的订单有新进展"), "basket"),
    ("placed", _("%(village)s“%(shop)s”来了新订单"), "basket"),
    ("sent", _("%(village)s“%(shop)s”：你买的货在路上了"), "truck-delivery"),
    ("ready", _("%(village)s“%(shop)s”：货装好了，可以去取"), "package"),
    ("asked", _("%(village)s“%(shop)s”：买家要退钱，等你答复"), "refresh"),
    ("answer_by", _("%(village)s“%(shop)s”：买家要退钱，%(day)s还不答复，就由村委会评理"), "clock"),
    ("unanswered", _("%(village)s“%(shop)s”：退钱的事店家没答复，由村委会来评理"), "scale"),
    ("return", _("%(village)s“%(shop)s”：买家七天内退货，货回来了请退钱"), "refresh"),
    ("harvest", _("%(village)s“%(shop)s”：你预订的，采收改到 %(day)s"), "leaf"),
    ("offered", _("%(village)s“%(shop)s”：店家收成不好，想少发一点，等你答复"), "leaf"),
    ("back", _("%(village)s“%(shop)s”：要退的钱退好了"), "coin"),
    ("judge", _("%(village)s“%(shop)s”的一单，等你评理、查钱"), "scale"),
    ("judged", _("%(village)s“%(shop)s”的那一单，评理有结果了"), "scale"),
)


def told(what: str, delivery: str = "") -> str:
    """The kind of message that says what happened to an order."""
    if what == "pack" and delivery == "pickup":
        return "market.ready"
    return f"market.{TOLD.get(what, 'moved')}"


REFUNDS: Final = {
    "asked": _("等店家答复"),
    "offered": _("店家想少发一点，退这些钱，等买家答复"),
    "declined": _("买家要原来的数，不少"),
    "agreed": _("同意退，钱在路上"),
    "done": _("退好了"),
    "refused": _("店家没同意"),
    "decided": _("评理定了"),
}
ADS: Final = {
    "sell": (_("卖"), "tag"),
    "buy": (_("买"), "basket"),
    "work": (_("找工"), "users"),
    "cattle": (_("找牛"), "search"),
}
LEVELS: Final = {"village": _("村委会"), "township": _("乡镇"), "county": _("县里的部门")}
