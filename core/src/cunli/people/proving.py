"""Before something that cannot be undone: whether the form comes from the person, and not from whoever holds their phone."""

from __future__ import annotations

from cunli.people import accounts, codes, passwords
from cunli.people.codes import Purpose, SendingFailed, TooOften
from cunli.people.sending_words import NOT_SENT
from cunli.web.errors import TooMany
from cunli.web.forms import NOTICE_FIELD, Form
from cunli.web.i18n import _
from cunli.web.visit import Visit


async def proved(visit: Visit, form: Form, purpose: Purpose) -> bool:
    """Whether the form proves that it is the person: by a `code` for this purpose, or by the `current` password.

    Where it does not, the form says why. Raises `TooMany`.
    """
    code = form.text("code", _("验证码"), max_length=12).replace(" ", "")
    current = form.raw("current")[: passwords.LONGEST]
    try:
        if code:
            phone = await accounts.own_phone(visit.me.id)
            right = phone is not None and await codes.spend_code(phone, purpose, code, address=visit.address)
            if not right:
                form.error("code", _("验证码不对，或者过了时间。再看看短信，或者重新发一个"))
        else:
            right = bool(current) and await accounts.proves_password(visit.me.id, current, address=visit.address)
            if not right:
                form.error("current", _("现在的密码不对。忘了就用验证码"))
    except TooOften as exc:
        raise TooMany(exc.seconds) from None
    return right


async def send_code(visit: Visit, form: Form, purpose: Purpose) -> int:
    """Send the person a code for this purpose; the status of the page that follows. Where it is not 200, the form says why.

    Raises `TooMany`.
    """
    phone = await accounts.own_phone(visit.me.id)
    if phone is None:
        form.error(NOTICE_FIELD, _("这个账号没有登记手机号，发不了验证码"))
        return 422
    try:
        await codes.send_code(phone, purpose, address=visit.address)
    except TooOften as exc:
        raise TooMany(exc.seconds) from None
    except SendingFailed as exc:
        form.error(NOTICE_FIELD, NOT_SENT[exc.why])
        return 503
    return 200
