"""A page for machines of others: let in without a form token, recognising nobody, and only for posts to everybody."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from cunli import EVERYONE, SIGNED_IN, Page, Visit


async def view(visit: Visit) -> Response:
    return Response()


def test_what_comes_from_outside_is_posted_and_to_everybody() -> None:
    assert Page(path="/notice", view=view, to=EVERYONE, methods=("POST",), outside=True).outside
    for wrong in (
        {"to": SIGNED_IN, "methods": ("POST",)},
        {"to": EVERYONE},
        {"to": EVERYONE, "methods": ("GET", "POST")},
    ):
        with pytest.raises(ValueError, match="from outside"):
            Page(path="/notice", view=view, outside=True, **wrong)
