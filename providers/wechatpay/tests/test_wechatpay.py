"""WeChat Pay against a gateway that signs and encrypts as documented, and against one that does not."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from cunli.provide.payment import BadNotice, PaymentError
from cunli.settings import TEST_DATA_KEY, TEST_SECRET, Settings, SettingsError
from cunli.testing.providers import an_order, payment_contract
from cunli_wechatpay import WechatPay, WechatPaySettings, signing, wechatpay
from cunli_wechatpay.sandbox import Gateway


@pytest_asyncio.fixture(loop_scope="session")
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway() as service:
        yield service


def provider(gateway: Gateway) -> WechatPay:
    return WechatPay(WechatPaySettings.model_validate(gateway.settings()))


async def test_it_keeps_the_contract_of_payment_providers(gateway: Gateway) -> None:
    async def pay(key: str) -> None:
        gateway.pay(key)

    await payment_contract(provider(gateway), pay=pay, signed=gateway.notice, given_back=gateway.given_back)


async def a_paid_one(gateway: Gateway) -> tuple[WechatPay, str]:
    pays, order = provider(gateway), an_order()
    assert (await pays.create(order)).pay_url.startswith("weixin://")
    gateway.pay(order.key)
    return pays, order.key


FORGED: dict[str, dict[str, Any]] = {
    "of another merchant": {"mchid": "1900000000"},
    "of another app": {"appid": "wx00000000000000dd"},
    "in another currency": {"amount": {"total": 1250, "currency": "USD"}},
    "signed by somebody else": {"by": "merchant"},
    "six minutes old": {"age": 360},
    "from the future": {"age": -360},
}


@pytest.mark.parametrize("how", FORGED)
async def test_a_notice_that_is_not_genuine_is_refused(gateway: Gateway, how: str) -> None:
    pays, key = await a_paid_one(gateway)
    assert pays.notice(*gateway.notice(key)).state == "paid"
    with pytest.raises(BadNotice):
        pays.notice(*gateway.notice(key, **FORGED[how]))


async def test_without_the_clock_an_old_notice_would_pass(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    pays, key = await a_paid_one(gateway)
    monkeypatch.setattr(signing, "FRESH", 10**9)
    assert pays.notice(*gateway.notice(key, age=86400)).key == key


@pytest.mark.parametrize(
    "spoilt", ["wechatpay-signature", "wechatpay-timestamp", "wechatpay-nonce", "wechatpay-serial"]
)
async def test_a_notice_that_lacks_a_header_is_refused(gateway: Gateway, spoilt: str) -> None:
    pays, key = await a_paid_one(gateway)
    headers, body = gateway.notice(key)
    with pytest.raises(BadNotice):
        pays.notice({name: value for name, value in headers.items() if name != spoilt}, body)
    with pytest.raises(BadNotice):
        pays.notice({**headers, spoilt: ""}, body)


async def test_an_answer_that_somebody_else_signed_is_not_believed(gateway: Gateway) -> None:
    pays, key = await a_paid_one(gateway)
    gateway.signs_with = "merchant"
    with pytest.raises(PaymentError, match="signature"):
        await pays.query(key)


async def test_a_lost_answer_to_a_refund_is_found_again_and_nothing_goes_back_twice(gateway: Gateway) -> None:
    pays, key = await a_paid_one(gateway)
    gateway.faults = []
    await pays.query(key)
    gateway.faults = ["garbage"]  # the query before the refund is answered with rubbish: nothing was asked for yet
    with pytest.raises(PaymentError):
        await pays.refund(key, "refund-1", 250)
    assert gateway.given_back(key) == 0
    await pays.refund(key, "refund-1", 250)
    assert (await pays.refund(key, "refund-1", 250)).done
    assert gateway.given_back(key) == 250


@pytest.mark.parametrize("missing", ["private_key", "api_v3_key", "public_key", "merchant_id", "public_key_id"])
def test_without_a_key_the_site_does_not_start(missing: str) -> None:
    given = {name: value for name, value in Gateway(url="http://127.0.0.1:1").settings().items() if name != missing}
    settings = {"dev": True, "secret": TEST_SECRET, "data_key": TEST_DATA_KEY, "plugin": {"wechatpay": given}}
    with pytest.raises(SettingsError, match=missing):
        wechatpay(Settings.model_validate(settings))
    for wrong in ("", "rubbish"):
        settings["plugin"] = {"wechatpay": {**given, missing: wrong}}
        if missing.endswith("key"):
            with pytest.raises(SettingsError) as refused:
                wechatpay(Settings.model_validate(settings))
            assert "rubbish" not in str(refused.value)
