"""Somebody whom an official names in a form by phone number."""

from __future__ import annotations

from cunli.people import accounts
from cunli.trust import limits
from cunli.trust.limits import Limit
from cunli.trust.numbers import parse_phone
from cunli.web.errors import Text, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.visit import Visit


async def named_by_phone(visit: Visit, form: Form, limit: Limit, unknown: Text) -> int | None:
    """The account with the number in the field `phone`; `unknown` stands beside it where there is none. Raises `TooMany`."""
    phone = parse_phone(form.text("phone", _("手机号"), required=True, max_length=40))
    if phone is None:
        form.error("phone", _("手机号不对，要 11 位数字"))
        return None
    if wait := await limits.take((limit, str(visit.me.id))):
        raise TooMany(wait)
    found = await accounts.find_by_phone(phone)
    if found is None:
        form.error("phone", unknown)
    return found
