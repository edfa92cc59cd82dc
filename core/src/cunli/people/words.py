"""What the states, steps and offices of people are called, and what is wrong with a password, in words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from cunli.people.common_passwords import is_common, resembles
from cunli.people.models import MembershipState as State
from cunli.people.passwords import LONGEST, SHORTEST
from cunli.people.rules import Move
from cunli.web.i18n import LazyText, _

STATES: Final[dict[State, LazyText]] = {
    State.APPLIED: _("等核对"),
    State.MORE_INFO: _("等补资料"),
    State.VERIFIED: _("已认证"),
    State.REFUSED: _("没通过"),
    State.WITHDRAWN: _("已撤回"),
    State.SUSPENDED: _("已停用"),
    State.LEFT: _("已迁出"),
    State.DECEASED: _("已去世"),
}
STAMPS: Final[dict[State, LazyText]] = {
    State.APPLIED: _("核对中"),
    State.MORE_INFO: _("待补"),
    State.VERIFIED: _("已认证"),
    State.REFUSED: _("没通过"),
    State.WITHDRAWN: _("已撤回"),
    State.SUSPENDED: _("停用"),
    State.LEFT: _("已迁出"),
    State.DECEASED: _("已去世"),
}
_STEPS: Final[dict[State, LazyText]] = {
    State.APPLIED: _("交了资料"),
    State.MORE_INFO: _("村里请补资料"),
    State.VERIFIED: _("村里盖章认证"),
    State.REFUSED: _("村里没有通过"),
    State.WITHDRAWN: _("撤回了申请"),
    State.SUSPENDED: _("村里停用了发言"),
    State.LEFT: _("登记为迁出"),
    State.DECEASED: _("登记为去世"),
}
DONE: Final[dict[Move, LazyText]] = {
    Move.VERIFY: _("认证好了，已经告诉本人"),
    Move.ASK_MORE: _("已经请本人补资料"),
    Move.REFUSE: _("没有通过，已经把原因告诉本人"),
    Move.SUSPEND: _("停用了，已经把原因告诉本人"),
    Move.RESUME: _("恢复了，已经告诉本人"),
    Move.MARK_LEFT: _("登记为迁出，已经告诉本人"),
    Move.MARK_DECEASED: _("登记好了"),
    Move.MISTAKEN: _("改回来了"),
}


def step_words(before: str, after: str) -> LazyText:
    """What a step of a membership's history is called."""
    if after == State.VERIFIED and before == State.SUSPENDED:
        return _("村里恢复了发言")
    if after == State.VERIFIED and before == State.DECEASED:
        return _("更正：登记错了")
    if after == State.APPLIED and before:
        return _("改好又交了一次")
    return _STEPS[State(after)]


def password_problem(password: str, about: Sequence[str] = ()) -> LazyText | None:
    """Why a password is not taken, or None. `about`: what others know of its owner, such as the phone number."""
    if len(password) < SHORTEST:
        return _("密码至少 %(n)s 位，可以用一句话，带空格也行", n=SHORTEST)
    if len(password) > LONGEST:
        return _("密码最多 %(n)s 位", n=LONGEST)
    if is_common(password):
        return _("这个密码太多人用，一猜就中。换一句只有你自己想得到的话")
    if resembles(password, *about):
        return _("密码里别用自己的手机号和名字，熟人一猜就中")
    return None
