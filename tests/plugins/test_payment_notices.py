"""The page to which a payment service posts: a signature speaks, and what it says is only a reason to ask."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

from cunli.testing.live import LiveSite
from cunli.testing.payments import PaymentSandbox, payments_through
from cunli.testing.providers import an_order

SOURCE = """
from cunli import EVERYONE, Manifest, Page, Plugin, Visit, answer_payment_notice, find_payment, hookimpl

looked, forged = [], []

async def look(key):
    found = await find_payment(key)
    looked.append((key, found.state if found else None))

async def refused():
    forged.append(1)

async def notice(visit: Visit):
    return await answer_payment_notice(visit, look, refused=refused)

class Till(Plugin):
    manifest = Manifest(label="钱匣子", summary="")

    @hookimpl
    def pages(self):
        return (Page(path="/notice", view=notice, to=EVERYONE, methods=("POST",), outside=True),)

plugin = Till()
"""
ADDRESS = "/v/heping/broken/notice"


@pytest.fixture
def till() -> Iterator[PaymentSandbox]:
    with payments_through(PaymentSandbox()) as sandbox:
        yield sandbox


@pytest.mark.parametrize("broken", [SOURCE])
async def test_genuine_notices_are_followed_by_a_question_and_forged_ones_by_an_alarm(
    county: LiveSite, till: PaymentSandbox, broken: str
) -> None:
    plugin: Any = sys.modules["cunli_broken"]
    machine, order = county.visitor().client, an_order()
    await till.create(order)
    headers, body = till.signed(order.key)
    for wrong in ({}, {"x-signature": "0" * 64}, {"x-signature": headers["x-signature"][:-1]}):
        answer = await machine.post(ADDRESS, content=body, headers=wrong)
        assert (answer.status_code, answer.json()["message"]) == (401, "signature")
    for wrong_body in (b"", b"\x00", body + b" ", b"x" * 10_000):
        assert (await machine.post(ADDRESS, content=wrong_body, headers=headers)).status_code == 401
    assert (plugin.looked, len(plugin.forged)) == ([], 7), "nothing is asked for whoever forges"
    assert (await machine.post(ADDRESS, content=body, headers=headers)).status_code == 204
    assert plugin.looked == [(order.key, "waiting")], "the control: the notice says paid, and the service no"
    till.down = True
    later = await machine.post(ADDRESS, content=body, headers=headers)
    assert (later.status_code, later.json()["message"]) == (503, "later"), "the service sends it again"
    till.down = False
    await till.pay(order.key)
    assert (await machine.post(ADDRESS, content=body, headers=headers)).status_code == 204
    assert plugin.looked[-1] == (order.key, "paid")
    assert len(plugin.forged) == 7
