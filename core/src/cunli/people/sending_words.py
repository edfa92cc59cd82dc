"""What a page says when a code was not sent."""

from __future__ import annotations

from typing import Final

from cunli.people.codes import Why
from cunli.web.i18n import LazyText, _

NOT_SENT: Final[dict[Why, LazyText]] = {
    "later": _("短信这会儿发不出去，过几分钟再试，或者用密码登录"),
    "unsure": _("短信可能已经发出去了。等一分钟看看手机，没收到再发一个"),
    "throttled": _("这个手机号今天收的验证码太多了，短信公司先不发了。过一阵再试，或者用密码登录"),
    "number": _("这个手机号收不了短信。看看号码写对没有，或者用密码登录"),
    "account": _("短信这会儿发不出去，县里的管理员已经知道了。先用密码登录"),
}
