"""Notices as villages write them, made up: with all the numbers that are nobody's, and with personal data planted on request."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stdnum import luhn
from stdnum.cn import ric

SURNAMES: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢"
)
GIVEN: Final = "国建明德桂秀春兰满仓福贵玉珍光荣志强永红素芳大勇小梅文斌学军天才"
COUNTIES: Final = ("510123", "510131", "513401", "620102", "330108", "440981", "110105", "530402", "522601", "430122")
CARDS: Final = (
    *(("621700", 19), ("622202", 19), ("622848", 19), ("621226", 19), ("6225", 16), ("4367420", 19), ("955880", 19)),
    *(("4514", 16), ("5218", 16), ("601382", 19), ("623059", 19), ("940034", 16)),
)
FULL: Final = str.maketrans("0123456789X-+ ", "０１２３４５６７８９Ｘ－＋　")


@dataclass(frozen=True, slots=True)
class Planted:
    """A notice, and what was put into it: its kind and the digits or words that must be found."""

    text: str
    kind: str
    value: str
    typed: str


def name(r: random.Random) -> str:
    return r.choice(SURNAMES) + "".join(r.choices(GIVEN, k=r.choice((1, 2, 2))))


def identity(r: random.Random) -> str:
    body = (
        f"{r.choice(COUNTIES)}{r.randint(1930, 2020)}{r.randint(1, 12):02}{r.randint(1, 28):02}{r.randint(0, 999):03}"
    )
    return body + str(ric.calc_check_digit(body))


def old_identity(r: random.Random) -> str:
    county = r.choice(("510123", "110105", "430122", "530402"))
    return f"{county}{r.randint(20, 99):02}{r.randint(1, 12):02}{r.randint(1, 28):02}{r.randint(0, 999):03}"


def card(r: random.Random) -> str:
    prefix, length = r.choice(CARDS)
    body = prefix + "".join(r.choices("0123456789", k=length - len(prefix) - 1))
    return body + str(luhn.calc_check_digit(body))


def mobile(r: random.Random) -> str:
    return f"1{r.choice('3456789')}{r.randint(0, 999999999):09}"


def landline(r: random.Random) -> tuple[str, str]:
    area, length = r.choice((("028", 8), ("010", 8), ("021", 8), ("0834", 7), ("0571", 8), ("0873", 7)))
    return area, str(r.randint(2, 8)) + "".join(r.choices("0123456789", k=length - 1))


def split(text: str, *sizes: int, by: str = " ") -> str:
    parts, at = list[str](), 0
    for size in sizes:
        parts.append(text[at : at + size])
        at += size
    return by.join(part for part in (*parts, text[at:]) if part)


# -- what is planted ---------------------------------------------------------------------------------------------------


def _typed_identity(r: random.Random) -> tuple[str, str, str]:
    number = identity(r)
    typed = r.choice(
        (
            number,
            number.lower(),
            split(number, 6, 8),
            split(number, 6, 4, 4),
            split(number, 3, 3, 4, 4),
            split(number, 6, 8, by="-"),
            number.translate(FULL),
            " ".join(number),
            split(number, 6, 8, by="\u200b"),
            number[:17] + " " + number[17],
        )
    )
    return "id_number", number, typed


def _typed_old(r: random.Random) -> tuple[str, str, str]:
    number = old_identity(r)
    return "id_number", number, r.choice((number, number.translate(FULL), split(number, 6, 6)))


def _typed_card(r: random.Random) -> tuple[str, str, str]:
    number = card(r)
    fours = split(number, 4, 4, 4, 4)
    return "card", number, r.choice((number, fours, fours.replace(" ", "-"), number.translate(FULL), split(number, 6)))


def _typed_mobile(r: random.Random) -> tuple[str, str, str]:
    number = mobile(r)
    typed = r.choice(
        (
            number,
            split(number, 3, 4),
            split(number, 3, 4, by="-"),
            split(number, 3, 4, by="."),
            "+86" + number,
            "+86 " + split(number, 3, 4),
            "0086" + number,
            "86-" + number,
            number.translate(FULL),
            split(number, 3, 4).translate(FULL),
            "０" + number,
            " ".join(number),
            split(number, 4, 3),
        )
    )
    return "phone", number, typed


def _typed_landline(r: random.Random) -> tuple[str, str, str]:
    area, local = landline(r)
    typed = r.choice(
        (
            f"{area}-{local}",
            f"{area} {local}",
            f"({area}){local}",
            f"（{area}）{local}",
            area + local,
            f"{area}-{split(local, len(local) - 4)}",
            f"{area}—{local}",
            f"{area}- {local}",
            f"{area}-{local}".translate(FULL),
        )
    )
    return "phone", area + local, typed


def _typed_place(r: random.Random) -> tuple[str, str, str]:
    chinese = "一二三四五六七八九"
    lat, lng = f"{r.uniform(22, 45):.{r.randint(4, 7)}f}", f"{r.uniform(85, 125):.{r.randint(4, 7)}f}"
    typed = r.choice(
        (
            f"{r.randint(1, 19)}组{r.randint(1, 199)}号",
            f"{r.choice(chinese)}组{r.choice(chinese)}十{r.choice(chinese)}号",
            f"第{r.randint(1, 9)}村民小组{r.randint(32, 99)}号",
            f"{r.randint(1, 9)}社{r.randint(1, 99)}号",
            f"{r.randint(1, 19)}组附{r.randint(1, 99)}号",
            f"{r.randint(1, 40)}栋{r.randint(1, 6)}单元{r.randint(1, 18)}0{r.randint(1, 4)}",
            f"{r.randint(1, 40)}栋{r.randint(1, 6)}单元{r.randint(1, 18)}0{r.randint(1, 4)}室",
            f"{r.randint(1, 40)}号楼{r.randint(101, 1804)}室",
            f"{r.randint(1, 40)}幢{r.randint(101, 999)}号",
            f"{r.choice('ABC')}座{r.randint(101, 1804)}室",
            f"幸福小区{r.randint(1, 30)}-{r.randint(1, 4)}-{r.randint(101, 999)}",
            f"{r.randint(1, 40)}栋{r.randint(1, 6)}单元{r.randint(1, 9)}楼{r.randint(1, 4)}号",
            f"{lat},{lng}",
            f"{lng}，{lat}",
            f"北纬{lat}，东经{lng}",
            f"N{lat} E{lng}",
            f"{r.randint(22, 45)}°{r.randint(0, 59)}′{r.randint(0, 59)}″",
        )
    )
    return "place", typed, typed


PLANTS: Final[tuple[Callable[[random.Random], tuple[str, str, str]], ...]] = (
    _typed_identity,
    _typed_identity,
    _typed_old,
    _typed_card,
    _typed_mobile,
    _typed_landline,
    _typed_place,
)

# -- what is nobody's --------------------------------------------------------------------------------------------------


def _money(r: random.Random) -> str:
    amount = r.choice((r.randint(10, 999), r.randint(1000, 99999), r.randint(100000, 99999999)))
    return r.choice(
        (
            f"{amount}元",
            f"{amount:,}元",
            f"{amount}.{r.randint(0, 99):02}元",
            f"￥{amount}",
            f"{amount / 10000:.4f}万元",
        )
    )


def _date(r: random.Random) -> str:
    year, month, day = r.randint(2019, 2027), r.randint(1, 12), r.randint(1, 28)
    return r.choice(
        (
            f"{year}年{month}月{day}日",
            f"{year}-{month:02}-{day:02}",
            f"{year}.{month}.{day}",
            f"{year}/{month}/{day} {r.randint(0, 23):02}:{r.randint(0, 59):02}",
            f"{month}月{day}日上午{r.randint(8, 11)}:30",
            f"{year}{month:02}{day:02}",
            f"{year}-{year + 1}年",
            f"{year}年1月1日至{year + 1}年12月31日",
        )
    )


def _number(r: random.Random) -> str:
    """A number that belongs to a thing, a paper or a firm."""
    digits = "".join(r.choices("0123456789", k=20))
    return r.choice(
        (
            f"禾委发〔{r.randint(2019, 2027)}〕{r.randint(1, 99)}号",
            f"川农函[{r.randint(2019, 2027)}]{r.randint(1, 999)}号",
            f"({r.randint(2019, 2027)})川01民初{r.randint(1, 9999)}号",
            f"订单号{digits[:18]}",
            f"订单编号：{r.randint(2019, 2027)}{digits[:14]}",
            f"快递单号SF{digits[:13]}",
            f"运单号：{digits[:13]}",
            f"发票号码：{digits[:8]}",
            f"ISBN 978-7-{r.randint(100, 999)}-{digits[:5]}-{digits[5]}",
            f"条码69{digits[:11]}",
            f"车牌川A{digits[:5]}",
            f"川W·{r.randint(1, 9)}K{digits[:3]}",
            f"地块编码{r.choice(COUNTIES)}{digits[:13]}",
            f"宗地代码{r.choice(COUNTIES)}{digits[:6]}JC{digits[6:11]}",
            f"不动产单元号{r.choice(COUNTIES)}{digits[:6]}GB{digits[6:11]}F{digits[11:19]}",
            f"统一社会信用代码91510100MA{digits[:8]}",
            f"统一社会信用代码N2{r.choice(COUNTIES)}{digits[:10]}",
            f"农药登记证PD{r.randint(2001, 2026)}{digits[:4]}",
            f"区划代码{r.choice(COUNTIES)}{digits[:6]}",
            f"热线{r.choice(('12345', '12388', '12316', '110', '120', '119', '95598', '400-830-2110', '400 666 8800'))}",
            f"QQ群{r.randint(100000, 999999999)}",
            f"IP 192.168.{r.randint(0, 255)}.{r.randint(0, 255)}",
            f"https://www.example.gov.cn/art/{r.randint(2019, 2027)}/11/29/art_{digits[:6]}.html",
            f"IMG_{r.randint(2019, 2027)}1129_{digits[:6]}.jpg",
        )
    )


def _count(r: random.Random) -> str:
    return r.choice(
        (
            f"{r.randint(1, 19)}组{r.randint(5, 90)}户{r.randint(20, 300)}人",
            f"{r.randint(1, 19)}组",
            f"新建大棚{r.randint(1, 9)}座{r.randint(100, 900)}亩",
            f"安置房{r.randint(1, 20)}栋{r.randint(100, 999)}套",
            f"{r.randint(1, 20)}栋{r.randint(100, 999)}平方米",
            f"流转土地{r.uniform(1, 900):.3f}亩",
            f"{r.randint(1, 9)}组{r.randint(1, 31)}号上午开会",
            f"{r.randint(1, 9)}组{r.randint(1, 31)}号前交齐",
            f"{r.randint(1, 9)}组{r.randint(1, 9)}号变压器检修",
            f"人民路{r.randint(1, 300)}号村委会",
            f"长{r.uniform(1, 90):.4f}公里、宽{r.uniform(2, 9):.1f}米",
            f"气温{r.randint(-5, 39)}°到{r.randint(-5, 39)}°",
            f"第{r.randint(1, 60)}号选手得{r.randint(80, 99)}.{r.randint(0, 99):02}分",
            f"完成率{r.uniform(0, 100):.2f}%",
            f"{r.randint(2015, 2020)} {r.randint(2020, 2022)} {r.randint(2022, 2024)} {r.randint(2024, 2027)}四个年度",
            f"编号{r.randint(1, 999):03}-{r.randint(1, 999):03}",
        )
    )


def _table(r: random.Random) -> str:
    rows = [
        f"{n} {name(r)} {r.randint(1, 9)}组 {r.uniform(0.3, 20):.2f} {r.randint(30, 900)} {r.randint(100, 5000)}.{r.randint(0, 99):02}"
        for n in range(1, r.randint(3, 9))
    ]
    sums = " ".join(str(r.randint(1, 99) * 100) for _ in range(r.randint(3, 6)))
    return "序号 姓名 组别 面积 单价 金额\n" + "\n".join(rows) + f"\n合计 {sums}"


OPENINGS: Final = (
    "关于发放耕地地力保护补贴的公示",
    "停水通知：因管道检修",
    "召开村民代表会议的通知",
    "城乡居民医保缴费提醒",
    "高龄补贴名单公示",
    "道路硬化工程招标公告",
    "秋季防火通知",
    "土地流转收益分配表",
    "低保动态调整结果公示",
    "疫苗接种安排",
)
NOBODYS: Final = (_money, _date, _number, _count, _table)


def clean_notice(r: random.Random) -> str:
    """A notice without any personal data but names."""
    parts = [r.choice(OPENINGS)]
    for _ in range(r.randint(3, 8)):
        made = r.choices(NOBODYS, weights=(4, 4, 4, 4, 1))[0](r)
        parts.append(r.choice(("请", "涉及", "其中", "合计", "", "详见", "本次", "按照")) + made)
    parts.append(f"特此通知。禾坪村村民委员会 {_date(r)}")
    return r.choice(("，", "。", "；", "\n")).join(parts)


BEFORE: Final = {
    "id_number": ("身份证号", "身份证：", "证件号 ", "（", "", "，"),
    "card": ("卡号", "打到 ", "一卡通账号：", "银行卡", "", "，"),
    "phone": ("电话", "联系电话：", "打 ", "微信同号", "", "（", "，"),
    "place": ("家住", "地址：", "在", "送到", " "),
}


def planted_notice(r: random.Random) -> Planted:
    """A notice with one piece of personal data somewhere in it."""
    kind, value, typed = r.choice(PLANTS)(r)
    lines = clean_notice(r).split("\n")
    who = f"{name(r)}{r.choice(BEFORE[kind])}{typed}{r.choice(('，', '。', '）', '', ' '))}"
    at = r.randint(0, len(lines))
    lines.insert(at, who)
    return Planted("\n".join(lines), kind, value, typed)
