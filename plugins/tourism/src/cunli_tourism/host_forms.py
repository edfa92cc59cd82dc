"""What a host writes, read and checked."""

from __future__ import annotations

import re
from datetime import date
from typing import Any, Final

from cunli import Form
from cunli import gettext as _

from . import where, words
from .keeping import OfferForm, PlaceForm, SeasonForm
from .models import PLACE_PHONE, Offer, Place
from .where import MILLION, Spot

PHONE = re.compile(r"[0-9+\-]{5,20}")
SLOT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
MOST_FEN: Final = 1_000_000
SYSTEMS: Final = {"gcj02": _("高德、腾讯地图上抄的"), "wgs84": _("手机定位的")}


def read_place(form: Form) -> PlaceForm:
    """What is said of a place. Coordinates are copied from whichever map the host has."""
    kind = form.choice("kind", _("是什么"), words.KINDS)
    phone = form.text("phone", _("电话"), required=True, max_length=20).replace(" ", "")
    if phone and not PHONE.fullmatch(phone):
        form.error("phone", _("电话写成 13812345678 或 0731-1234567 这样"))
    prepay = form.choice("prepay", _("什么时候付"), words.PREPAY, default="0")
    return PlaceForm(
        kind=kind,
        name=form.text("name", _("叫什么"), required=True, max_length=24),
        called=form.text("called", _("主人怎么称呼"), required=True, max_length=10),
        story=form.text("story", _("说说这里"), max_length=1000, multiline=True),
        included=form.text("included", _("包含什么"), max_length=200),
        rules=form.text("rules", _("要客人知道的"), max_length=200),
        facilities=tuple(one for one in form.keys("facilities", most=20) if one in words.FACILITIES),
        access=form.text("access", _("老人、轮椅、小孩方便吗"), max_length=200),
        speaks=form.text("speaks", _("主人会说"), max_length=60),
        way=form.text("way", _("怎么来"), max_length=300, multiline=True),
        address=form.text("address", _("地址"), required=True, max_length=60),
        spot=_spot(form),
        phone=phone,
        capacity=form.integer("capacity", _("一天最多接待几位"), minimum=0, maximum=100_000, required=False) or 0,
        instant=form.flag("instant"),
        prepay=int(prepay or "0"),
        policy=form.choice("policy", _("退订"), words.POLICIES, default="middle"),
        paused=form.flag("paused"),
    )


def _spot(form: Form) -> Spot | None:
    text = form.text("spot", _("在地图上哪里"), max_length=60)
    system = form.choice("system", _("哪里抄来的"), SYSTEMS, default="gcj02")
    if not text:
        return None
    found = where.read(text, chinese=system != "wgs84")
    if found is None:
        form.error("spot", _("写成 29.560210, 109.951320 这样：先纬度，后经度"))
    return found


def said_of(place: Place, reader: int) -> dict[str, object]:
    """The form as it stands in the row. The phone in clear, for whoever keeps the place."""
    names = ("kind", "name", "called", "story", "included", "rules", "access", "speaks", "way", "address", "policy")
    phone = PLACE_PHONE.own(place.phone, place.key, about=reader, reader=reader) if place.phone else ""
    spot = (
        f"{place.lat6 / MILLION:.6f}, {place.lng6 / MILLION:.6f}"
        if place.lat6 is not None and place.lng6 is not None
        else ""
    )
    return {
        **{name: getattr(place, name) for name in names},
        "facilities": ",".join(place.facilities),
        "phone": phone,
        "spot": spot,
        "system": "wgs84",
        "capacity": str(place.capacity) if place.capacity else "",
        "instant": "1" if place.instant else "",
        "prepay": str(place.prepay),
        **({"paused": "1"} if place.state == "paused" else {}),
    }


def read_offer(form: Form) -> OfferForm:
    """What can be booked. A seat needs the times at which it begins."""
    kind = form.choice("kind", _("订什么"), words.OFFERS)
    slots: tuple[str, ...] = ()
    text = form.text("slots", _("几点的场次"), max_length=60)
    if kind == "seat":
        slots = _slots(text)
        if not slots:
            form.error("slots", _("写上开始的时间，用逗号分开，比如 9:00，14:00"))
    least = form.integer("least", _("最少住几晚"), minimum=1, maximum=14, required=False) or 1
    return OfferForm(
        kind=kind,
        name=form.text("name", _("叫什么"), required=True, max_length=24),
        about=form.text("about", _("说明"), max_length=100),
        count=form.integer("count", _("有几间、几位、几桌"), minimum=1, maximum=5000) or 1,
        holds=form.integer("holds", _("一间、一桌几个人"), minimum=1, maximum=20) or 1,
        included=form.integer("included", _("房价含几个人"), minimum=0, maximum=20, required=False) or 0,
        least=least if kind == "room" else 1,
        fen=form.fen("fen", _("平日价"), minimum=0, maximum=MOST_FEN) or 0,
        weekend_fen=_fen(form, "weekend_fen", _("周末价")),
        holiday_fen=_fen(form, "holiday_fen", _("节日价")),
        extra_fen=_fen(form, "extra_fen", _("多一个人加多少")),
        slots=slots,
        open=not form.flag("closed"),
    )


def _fen(form: Form, name: str, label: Any) -> int:
    return form.fen(name, label, minimum=0, maximum=MOST_FEN, required=False) or 0


def _slots(text: str) -> tuple[str, ...]:
    found = []
    for one in re.split(r"[,，、;；\s]+", text.replace("：", ":").strip()):
        matched = SLOT.fullmatch(one)
        if matched is None:
            return ()
        found.append(f"{int(matched[1]):02d}:{matched[2]}")
    return tuple(sorted(set(found)))[:8]


def offer_said(offer: Offer, money: Any) -> dict[str, object]:
    """The form as it stands in the row."""
    numbers = {name: str(getattr(offer, name)) for name in ("count", "holds", "least")}
    fens = {
        name: money(getattr(offer, name)) if getattr(offer, name) or name == "fen" else ""
        for name in ("fen", "weekend_fen", "holiday_fen", "extra_fen")
    }
    more = {"included": str(offer.included) if offer.included else "", "slots": "，".join(offer.slots)}
    closed = {} if offer.open else {"closed": "1"}
    return {"kind": offer.kind, "name": offer.name, "about": offer.about, **numbers, **fens, **more, **closed}


def read_season(form: Form) -> SeasonForm | None:
    """Other prices for a time. None where the form is wrong."""
    name = form.text("name", _("什么时候"), required=True, max_length=20)
    first = form.date("first", _("哪天起"), required=True)
    last = form.date("last", _("到哪天"), required=True)
    yearly = form.flag("yearly")
    fen = form.fen("fen", _("平日价"), minimum=0, maximum=MOST_FEN)
    weekend, holiday = _fen(form, "weekend_fen", _("周末价")), _fen(form, "holiday_fen", _("节日价"))
    if first and last and last < first and not yearly:
        form.error("last", _("要在开始那天以后"))
    if not form or first is None or last is None or fen is None:
        return None
    return SeasonForm(
        name=name, since=first, until=last, yearly=yearly, fen=fen, weekend_fen=weekend, holiday_fen=holiday
    )


def read_papers(form: Form) -> list[tuple[str, str, date | None]]:
    """Every paper with its number and last day; an empty number takes it away."""
    return [
        (kind, form.text(f"number-{kind}", label, max_length=40), form.date(f"until-{kind}", label))
        for kind, label in words.PAPERS.items()
    ]
