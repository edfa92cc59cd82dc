"""Who reads the audit trail of the county without holding an office: appointed and ended by the county's admins."""

from __future__ import annotations

from typing import Final

from starlette.responses import Response

from cunli import db
from cunli.console.frame import framed
from cunli.people import accounts
from cunli.trust import limits, readers
from cunli.trust.limits import Limit
from cunli.trust.numbers import parse_phone
from cunli.trust.readers import InOffice, NoSuchReader, ReadsAlready
from cunli.web.errors import NotFound, TooMany
from cunli.web.forms import Form
from cunli.web.i18n import _
from cunli.web.pages import Page
from cunli.web.visit import Visit

APPOINT: Final = "core.audit.appoint"
HOME: Final = "/admin/audit/readers"
LOOK_UPS: Final = Limit(name="phones looked up by an official", most=60, seconds=3600)


async def _counties(visit: Visit) -> dict[str, str]:
    """The counties that this admin is in charge of, by number."""
    own = [role.region_id for role in visit.me.roles if role.kind == "county_admin"]
    rows = await db.read(f"SELECT id, short FROM core_region WHERE id IN ({db.marks(own)}) ORDER BY id", *own)  # noqa: S608 marks only
    return {str(row["id"]): row["short"] for row in rows}


async def show(visit: Visit) -> Response:
    """Who reads the trail of this county."""
    return await _show(visit, Form.blank())


async def _show(visit: Visit, form: Form) -> Response:
    counties = await _counties(visit)
    found = await readers.readers([int(region) for region in counties])
    context = {"readers": found, "counties": list(counties.items()), "form": form}
    return await framed(visit, "console/audit_readers.html", context, status=422 if form.errors else 200)


async def appoint(visit: Visit) -> Response:
    """Let somebody with this phone number read it."""
    form, counties = await visit.form(), await _counties(visit)
    region = form.choice("region", _("县"), counties)
    phone = parse_phone(form.text("phone", _("手机号"), required=True, max_length=40))
    if phone is None and "phone" not in form.errors:
        form.error("phone", _("手机号不对，要 11 位数字"))
    if form and phone is not None:
        if wait := await limits.take((LOOK_UPS, str(visit.me.id))):
            raise TooMany(wait)
        person_id = await accounts.find_by_phone(phone)
        if person_id is None:
            form.error("phone", _("这个号码还没登录过。请本人先用它登录一次"))
        else:
            await _grant(visit, form, person_id, int(region))
    if form:
        return visit.redirect(HOME, toast=_("好了，对方在“消息”里看得到"))
    return await _show(visit, form)


async def _grant(visit: Visit, form: Form, person_id: int, region: int) -> None:
    async def act() -> str:
        await readers.grant(visit.me.id, person_id, region)
        return HOME

    try:
        await form.once(act)
    except InOffice:
        form.error("phone", _("这个人担任着职务。看操作记录的人不能担任职务：谁也不能自己查自己"))
    except ReadsAlready:
        form.error("phone", _("这个人已经在看了"))


async def end(visit: Visit) -> Response:
    """Take it back."""
    number, form = visit.path_params["reader"], await visit.form()
    mine = {str(one.id): one.id for one in await readers.readers([int(r) for r in await _counties(visit)])}
    if number not in mine:
        raise NotFound

    async def act() -> str:
        await readers.revoke(visit.me.id, mine[number])
        return HOME

    try:
        await form.once(act)
    except NoSuchReader:
        raise NotFound from None
    return visit.redirect(HOME, toast=_("好了，不再看得到"))


PAGES: Final = (
    Page(path=HOME, view=show, to=APPOINT, scope="county", name="audit-readers"),
    Page(path=HOME, view=appoint, to=APPOINT, methods=("POST",), scope="county", name="audit-readers-add"),
    Page(path=f"{HOME}/{{reader}}", view=end, to=APPOINT, methods=("POST",), scope="county", name="audit-readers-end"),
)
