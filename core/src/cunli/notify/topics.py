"""Which messages are about what, for officials who have some of them sent by e-mail."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from cunli.web.i18n import LazyText, _

TOPICS: Final[Mapping[str, LazyText]] = {
    "duty": _("要我办的事：申请、举报、先审、申诉、要我同意的"),
    "late": _("超期没办的"),
    "site": _("平台出了问题：备份没做成、短信用完、任务没办成"),
    "office": _("任免和账号安全"),
}
_KINDS: Final[Mapping[str, str]] = {
    "membership.applied": "duty",
    "report.opened": "duty",
    "content.held": "duty",
    "appeal.opened": "duty",
    "minor.look_asked": "duty",
    "minor.look_allowed": "duty",
    "minor.look_refused": "duty",
    "handbook.asked": "duty",
    "review.late": "late",
    "site.wrong": "site",
    "codes.near": "site",
    "codes.over": "site",
    "codes.refused": "site",
    "sign_in.refused": "site",
    "audit.anchored": "site",
    "role.granted": "office",
    "role.revoked": "office",
    "second.recovered": "office",
    "second.reset": "office",
    "second.reset_by_you": "office",
    "identity.linked": "office",
    "audit.reader": "office",
    "audit.reader_ended": "office",
}


def topic_of(kind: str) -> str | None:
    """The topic of a kind of message; None for what everybody gets, and for what plugins tell."""
    return _KINDS.get(kind)
