"""What holds for every provider of a kind, as functions that the tests of a package call with theirs. Each raises `AssertionError`.

async def test_payment() -> None:
    await payment_contract(provider, pay=pay_at_the_sandbox, signed=a_notice)
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from cunli.clock import now
from cunli.media.storage import Storage
from cunli.moderation import DEADLINE, Moderation, Verdict
from cunli.notify.channels import Channel
from cunli.notify.queries import Message
from cunli.people.codes import CodeSender, SendingFailed
from cunli.people.sign_in_ways import SignInWay, WayFailed
from cunli.provide.holidays import Calendar, add_working_days, working_days_between
from cunli.provide.maps import MapTiles, Tiles
from cunli.provide.metrics import Metric, Metrics, Period, Reading
from cunli.provide.payment import (
    BadNotice,
    KeyTaken,
    NotPossible,
    Payment,
    PaymentOrder,
    PaymentProvider,
    TooMuch,
    UnknownPayment,
)
from cunli.web.tokens import new_key

Pay = Callable[[str], Awaitable[None]]
Signed = Callable[[str], tuple[Mapping[str, str], bytes]]
PATIENCE: Final = 10.0


async def refused(work: Awaitable[Any], kind: type[Exception], why: str) -> None:
    """The work raises this, and nothing else."""
    try:
        await work
    except kind:
        return
    except Exception as exc:
        raise AssertionError(f"{why}: it raised {type(exc).__name__}, not {kind.__name__}") from exc
    raise AssertionError(f"{why}: it went through, and must raise {kind.__name__}")


def an_order(key: str = "", fen: int = 1250) -> PaymentOrder:
    """An order with a key of its own."""
    site = "https://village.example"
    return PaymentOrder(
        key=key or new_key(),
        fen=fen,
        title="土鸡蛋",
        back_url=f"{site}/v/heping/market",
        notice_url=f"{site}/market/notices",
        expires_at=now() + timedelta(minutes=15),
    )


async def payment_contract(
    provider: PaymentProvider, *, pay: Pay, signed: Signed | None = None, given_back: Callable[[str], int] | None = None
) -> None:
    """`pay` makes somebody pay the payment of this key. `signed` gives a genuine notice about it; None for who sends none.

    `given_back` says how much went back, from the books of your service's sandbox; for services that do not tell it themselves.
    """
    await _created_once(provider)
    await _closed_is_over(provider)
    order = an_order()
    await provider.create(order)
    await refused(provider.refund(order.key, new_key(), 1), NotPossible, "what is not paid cannot go back")
    await pay(order.key)
    paid = await provider.query(order.key)
    assert (paid.state, paid.fen, paid.refunded_fen) == ("paid", order.fen, 0), (
        "a paid payment says so, with its amount"
    )
    assert paid.paid_at is not None, "paid_at is missing"
    assert paid.paid_at.tzinfo is not None, "paid_at has no time zone"
    await refused(provider.close(order.key), NotPossible, "what is paid cannot be closed")
    await _refunded_within(provider, order, given_back)
    await _notices(provider, order.key, signed)


async def _created_once(provider: PaymentProvider) -> None:
    order = an_order()
    both = await asyncio.gather(provider.create(order), provider.create(order))
    first: Payment = both[0]
    assert both[0] == both[1], "the same key at the same time is one payment"
    assert await provider.create(order) == first, "the same key later is the same payment"
    assert (first.key, first.fen, first.state) == (order.key, order.fen, "waiting"), "a new payment waits"
    dearer = an_order(order.key, order.fen + 1)
    await refused(provider.create(dearer), KeyTaken, "the same key for another amount")
    assert (await provider.query(order.key)).fen == order.fen, "the amount stays what it was"
    await refused(provider.query(new_key()), UnknownPayment, "a key that nobody used")


async def _closed_is_over(provider: PaymentProvider) -> None:
    order = an_order()
    await provider.create(order)
    assert (await provider.close(order.key)).state == "closed", "closing closes"
    assert (await provider.close(order.key)).state == "closed", "closing again does nothing"
    await refused(provider.refund(order.key, new_key(), 1), NotPossible, "what is closed has nothing to give back")


async def _went_back(provider: PaymentProvider, key: str, given_back: Callable[[str], int] | None) -> int:
    return given_back(key) if given_back is not None else (await provider.query(key)).refunded_fen


async def _refunded_within(
    provider: PaymentProvider, order: PaymentOrder, given_back: Callable[[str], int] | None
) -> None:
    part, again = order.fen // 3, new_key()
    first = await provider.refund(order.key, again, part)
    assert (first.fen, first.payment_key) == (part, order.key), "a refund says what went back of which payment"
    assert (await provider.refund(order.key, again, part)).key == first.key, "the same refund key gives back once"
    assert await _went_back(provider, order.key, given_back) == part, "the same refund key gives back once"
    await refused(provider.refund(order.key, again, part - 1), KeyTaken, "the refund key for another amount")
    rest = order.fen - part
    await refused(provider.refund(order.key, new_key(), rest + 1), TooMuch, "more than was paid, in two refunds")
    tries = (provider.refund(order.key, new_key(), rest) for _ in range(2))
    ended = await asyncio.gather(*tries, return_exceptions=True)
    wrong = [one for one in ended if isinstance(one, BaseException) and not isinstance(one, TooMuch)]
    assert not wrong, f"two refunds at once: {wrong}"
    whole = await _went_back(provider, order.key, given_back)
    assert whole == order.fen, f"two refunds of the rest at once gave back {whole} of {order.fen} fen"


async def _notices(provider: PaymentProvider, key: str, signed: Signed | None) -> None:
    for body in (b"", b'{"state": "paid"}'):
        _unread(provider, {"content-type": "application/json"}, body, "a notice without a signature")
    if signed is None:
        return
    headers, body = signed(key)
    assert provider.notice(headers, body).key == key, "a genuine notice says which payment it is about"
    _unread(provider, headers, body + b" ", "a genuine signature on another body")
    for name, value in headers.items():
        spoilt = {**headers, name: "".join(chr(ord(c) ^ 1) for c in value)}
        if spoilt[name] != value and "sign" in name:
            _unread(provider, spoilt, body, f"a spoilt {name}")


def _unread(provider: PaymentProvider, headers: Mapping[str, str], body: bytes, what: str) -> None:
    try:
        provider.notice(headers, body)
    except BadNotice:
        return
    raise AssertionError(f"{what} was taken for a notice, and must raise BadNotice")


def map_tiles_contract(provider: MapTiles) -> None:
    """The tiles are the same at each call and lead to https addresses of the hosts that are let in."""
    tiles = provider.tiles()
    assert tiles == provider.tiles(), "the tiles are asked for once, and must not change"
    if tiles is None:
        return
    assert isinstance(tiles, Tiles), f"tiles() gives Tiles, not {type(tiles).__name__}"
    for z in (tiles.min_zoom, tiles.max_zoom):
        for x in range(4):
            address = tiles.address(z, x, 1)
            assert address.startswith(tuple(f"{one}/" for one in tiles.origins())), f"{address} is of no host let in"
            assert "{" not in address, f"{address} is not filled in"


def holidays_contract(calendar: Calendar) -> None:
    """Every day of years far and near is one kind, provisional exactly where its year is unknown, and counting goes forward."""
    for year in (1, 1999, 2024, 2026, 2077, 9999):
        known = calendar.known(year)
        for n in range(0, 365, 1 if known else 29):
            day = date(year, 1, 1) + timedelta(days=n)
            found = calendar.day(day)
            assert found.kind in ("workday", "weekend", "holiday"), f"{day} is {found.kind!r}"
            assert found.provisional is not known, f"{day}: provisional is {found.provisional} and known is {known}"
            assert found.kind != "holiday" or found.name, f"{day} is a holiday without a name"
            assert calendar.day(day) == found, f"{day} is another kind the second time"
    start = date(2026, 1, 28)
    due = [add_working_days(calendar, start + timedelta(days=n), 15).day for n in range(60)]
    assert due == sorted(due), "a later start is due earlier"
    assert all(calendar.day(day).kind == "workday" for day in due), "a deadline falls on a day that is not worked"
    assert working_days_between(calendar, start, due[0]) == 15, "counting there and back differs"


async def metrics_contract(provider: Metrics, *, village_id: int, period: Period) -> None:
    """Figures have names, units and sources, and are answered alike twice; an unknown one raises `LookupError`."""
    found = list(provider.metrics())
    assert found, "there is no figure"
    assert found == list(provider.metrics()), "the figures change between two calls"
    names = [one.id for one in found]
    assert len(set(names)) == len(names), "two figures have one name"
    for one in found:
        await _metric(provider, one, village_id, period)
    await refused(provider.measure("no.such_figure", village_id, period), LookupError, "a figure that there is not")


async def _metric(provider: Metrics, one: Metric, village_id: int, period: Period) -> None:
    assert "." in one.id, f"{one.id} reads <provider>.<name>"
    assert str(one.label).strip(), f"{one.id} has no label"
    assert str(one.source).strip(), f"{one.id} does not say where it comes from"
    async with asyncio.timeout(PATIENCE):
        reading = await provider.measure(one.id, village_id, period)
        assert reading == await provider.measure(one.id, village_id, period), f"{one.id} is answered in two ways"
    assert isinstance(reading, Reading), f"{one.id} gives a Reading"
    assert reading.of >= 0, f"{one.id} is made of {reading.of} cases"
    if reading.value is not None:
        most = 100 if one.unit == "percent" else float("inf")
        assert 0 <= reading.value <= most, f"{one.id} is {reading.value}, which is no {one.unit}"
        assert one.unit != "percent" or reading.of, f"{one.id} is a share of nothing: its value is None"


async def storage_contract(storage: Storage) -> None:
    """What is kept comes back byte for byte, is listed, and is gone when deleted; deleting again is no error."""
    key, pictures = new_key(), {("thumb", "webp"): b"small \x00", ("large", "jpg"): b"large"}
    await storage.put(key, pictures)
    for (size, kind), data in pictures.items():
        assert await storage.get(key, size, kind) == data, "what comes back is not what was kept"
    listed = [one async for batch in storage.everything() for one in batch]
    assert key in listed, "what is kept is not listed"
    await storage.delete([key])
    await storage.delete([key])
    assert await storage.get(key, "thumb", "webp") is None, "what was deleted is still there"


async def code_sender_contract(
    sender: CodeSender, arrived: Callable[[], str], *, phone: str = "+8613800138000"
) -> None:
    """`arrived` gives what reached the phone so far, as one text. Who cannot send raises `SendingFailed` and tells no number."""
    try:
        async with asyncio.timeout(PATIENCE):
            await sender.send(phone, "481516", "sign_in")
    except SendingFailed as exc:
        told = "and its error tells the number" if phone in str(exc) else "in a test"
        raise AssertionError(f"it could not send, {told}") from exc
    assert "481516" in arrived(), "the code did not arrive"


async def channel_contract(channel: Channel, arrived: Callable[[], str], message: Message) -> None:
    """`arrived` gives what was carried so far. The same message may come twice and is carried all the same."""
    for _ in range(2):
        async with asyncio.timeout(PATIENCE):
            await channel.send(message)
    assert message.text in arrived(), "the words did not arrive"


async def moderation_contract(moderation: Moderation, *, refused: str, harmless: str) -> None:
    """What holds for every service that looks at words: quick, sure of itself, and able to say why.

    `refused` is a text that it does not let through, `harmless` one that it does.
    """
    async with asyncio.timeout(DEADLINE):
        let_through, kept_back = await moderation.review(harmless), await moderation.review(refused)
    assert isinstance(let_through, Verdict), "review() gives a Verdict"
    assert let_through.says == "allow", f"“{harmless}” is held or refused"
    assert kept_back.says in ("hold", "refuse"), f"“{refused}” is let through"
    assert str(kept_back.reason).strip(), "a verdict other than allow says why"
    assert (await moderation.review(refused)).says == kept_back.says, "the same text, the same verdict"
    assert (await moderation.review("")).says == "allow", "a photo without a word is fine"


async def sign_in_contract(way: SignInWay, *, agree: Callable[[str], str], user_agent: str) -> None:
    """`agree` makes somebody agree at the address to which the way sends the browser; it gives the address they are sent back to."""
    assert str(way.name()).strip(), "a way has a name for its button"
    assert way.fits(user_agent) in ("best", "works"), "this browser can go this way"
    assert way.fits("curl/8") in ("best", "works", "no"), "fits() says best, works or no"
    state, back = new_key().replace("-", "x").replace("_", "x"), "https://village.example/sign-in/with/it/back"
    begun = way.begin(state=state, back_url=back, user_agent=user_agent)
    assert begun.startswith(("https://", "http://127.0.0.1")), f"{begun.partition('?')[0]} is no https address"
    assert state in begun, "the state goes along"
    first = _query_of(agree(begun))
    assert first.get("state") == state, "the state comes back"
    async with asyncio.timeout(PATIENCE):
        subject = await way.finish(first, user_agent=user_agent)
    assert 0 < len(subject.id) <= 200, "a subject has an id of at most 200 characters"
    again = _query_of(agree(way.begin(state=state, back_url=back, user_agent=user_agent)))
    assert (await way.finish(again, user_agent=user_agent)).id == subject.id, "the same person is the same subject"
    await refused(way.finish(first, user_agent=user_agent), WayFailed, "what came back once")
    for spoilt in ({}, {**first, "code": ""}, {**first, "code": "guessed"}, {"state": state}):
        await refused(way.finish(spoilt, user_agent=user_agent), WayFailed, "what nobody was sent back with")


def _query_of(address: str) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}
