"""What personal data is used for, and the texts in which people are told. A text that was shown is never changed: a new one gets the next number."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final, Literal

from cunli.web.i18n import LazyText, _

Asked = Literal["at the start", "when used", "may be ended", "of a guardian"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Purpose:
    """One purpose. `version` is the number of its newest text, in `texts/<id>.<version>.txt`.

    `asked`: *at the start* everybody, before anything else (PIPL 14); *when used* by whoever gives the data of their own accord;
    *may be ended* goes with the service until it is withdrawn (PIPL 15); *of a guardian* for a child under fourteen (PIPL 31).
    """

    id: str
    version: int
    label: LazyText
    asked: Asked
    without: LazyText


PURPOSES: Final[Mapping[str, Purpose]] = {
    one.id: one
    for one in (
        Purpose(
            id="service",
            version=1,
            label=_("登录，核对是不是本村的人，在村里发言"),
            asked="at the start",
            without=_("没有它就用不了账号。不想用了，可以注销账号"),
        ),
        Purpose(
            id="messages",
            version=1,
            label=_("用短信、微信送消息"),
            asked="may be ended",
            without=_("消息只放在“消息”里"),
        ),
        Purpose(
            id="away",
            version=1,
            label=_("记下你在外面住的城市"),
            asked="when used",
            without=_("城市和出去的时间删掉，别的不变"),
        ),
        Purpose(
            id="guardian",
            version=1,
            label=_("不满 14 岁的孩子用账号，由监护人同意"),
            asked="of a guardian",
            without=_("孩子的账号只能看，名字不再显示"),
        ),
    )
}


@cache
def text_of(purpose: str, version: int) -> str:
    """The text as it was shown. Raises `FileNotFoundError` for one that never was."""
    return files("cunli.care").joinpath("texts", f"{purpose}.{version}.txt").read_text("utf-8")


@cache
def hash_of(purpose: str, version: int) -> str:
    """What proves which text it was: SHA-256 of its bytes, in hexadecimal."""
    return hashlib.sha256(text_of(purpose, version).encode()).hexdigest()
