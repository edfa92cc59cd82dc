"""The page to which a payment service posts its notices: what it is answered. Nothing is believed here but a signature."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.responses import Response

from cunli.provide.chosen import ProviderSlow
from cunli.provide.paying import noticed_payment
from cunli.provide.payment import BadNotice, PaymentError

if TYPE_CHECKING:
    from cunli.web import Visit


async def answer_payment_notice(
    visit: Visit, look: Callable[[str], Awaitable[object]], *, refused: Callable[[], Awaitable[object]]
) -> Response:
    """Answer a notice, on a `Page(to=EVERYONE, methods=("POST",), outside=True)`. `look` is given the key of the payment and asks
    `find_payment` what is so; a service that is told 503 sends its notice again later.

    `refused` is called where the signature is wrong: write down that somebody forges notices.
    """
    try:
        key = noticed_payment(dict(visit.request.headers), await visit.request.body())
    except BadNotice:
        await refused()
        return _failed("signature", 401)
    try:
        await look(key)
    except (PaymentError, ProviderSlow):
        return _failed("later", 503)
    return Response(status_code=204)


def _failed(why: str, status: int) -> Response:
    return Response(f'{{"code":"FAIL","message":"{why}"}}', status, media_type="application/json")
