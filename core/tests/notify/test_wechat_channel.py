"""Messages by WeChat, against a server that speaks its protocol: who is reached, when, with which words, and what failures cost."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine

from cunli import db
from cunli.notify import actions, channels, choices, queries
from cunli.notify.choices import Choice
from cunli.notify.queries import Message
from cunli.people import identities
from cunli.people.sign_in_ways import Subject
from cunli.provide import wechat_channel
from cunli.provide.calling import Way
from cunli.provide.wechat_channel import NotCarried, WechatChannel
from cunli.settings import Settings, SettingsError
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Fault, patience
from cunli.testing.sample import SamplePerson
from cunli.testing.wechat_service import WechatService
from cunli.testing.working import jobs_in, let_pass, settled, until

NOON = dt.datetime(2026, 11, 3, 4, 0, tzinfo=dt.UTC)  # 12:00 in the village
NIGHT = dt.datetime(2026, 11, 3, 15, 0, tzinfo=dt.UTC)  # 23:00


@pytest.fixture
async def service() -> AsyncIterator[WechatService]:
    async with WechatService() as running:
        yield running


def channel_of(service: WechatService, seconds: float = 1.0) -> WechatChannel:
    given = {"dev": True, "base_url": "http://127.0.0.1:8000", "plugin": {"wechat": service.settings(desk=False)}}
    made = wechat_channel.channel(Settings.model_validate(given))
    made._way = Way.to(service.url, seconds=seconds)
    return made


@pytest.fixture
def by_day() -> Iterator[None]:
    with time_machine.travel(NOON):
        yield


async def reachable(site: LiveSite, name: str = "罗春秀") -> SamplePerson:
    who = await site.villager(name)
    await identities.link(who.id, "wechat", Subject(id=f"union:{name}", address=f"o-{name}"))
    return who


async def message_to(who: SamplePerson, kind: str = "post.commented", **params: Any) -> Message:
    await actions.tell(who.id, kind, url="/v/heping/", **params)
    rows = await db.read("SELECT id FROM core_notification WHERE person_id = ? AND kind = ?", who.id, kind)
    (found,) = await queries.messages_in_own_words([rows[-1]["id"]], "zh_Hans")
    return found


async def test_a_message_says_no_more_than_a_locked_screen_may_show(site: LiveSite, service: WechatService) -> None:
    who, other = await reachable(site), await site.villager("李长福")
    channel = channel_of(service)
    said = await message_to(who, by=other.id, excerpt="你家的事我知道")
    assert "李长福" in said.text
    await channel.send(said)
    await channel.send(await message_to(who, "notice.published", title="明天停水" * 9))
    await channel.send(await message_to(other))
    first, second = service.arrived
    assert (first["touser"], first["url"]) == ("o-罗春秀", "http://127.0.0.1:8000/inbox")
    assert first["data"]["thing1"]["value"] == "村里有一条新消息"
    assert "李长福" not in str(first)
    assert second["data"]["thing1"]["value"].startswith("发了通知：明天停水")


async def test_processes_share_the_token_and_ask_again_before_its_end(site: LiveSite, service: WechatService) -> None:
    who = await reachable(site)
    message = await message_to(who)
    one, other = channel_of(service), channel_of(service)
    clock = [0.0]
    one._token.clock = lambda: clock[0]
    for channel in (one, other, one, other):
        await channel.send(message)
    assert (service.fetched, len(service.arrived)) == ([False, False], 1)
    clock[0] = 7200 - 300
    await one.send(message)
    assert service.fetched == [False, False, False]


async def test_a_token_that_is_refused_is_renewed_once_and_the_message_arrives(
    site: LiveSite, service: WechatService
) -> None:
    channel = channel_of(service)
    message = await message_to(await reachable(site))
    await channel.send(message)
    service.stable = "somebody forced another one"
    await channel.send(replace(message, id=message.id + 1))
    assert (service.fetched, len(service.arrived)) == ([False, False], 2)
    service.refusing = [42001]
    await channel.send(replace(message, id=message.id + 2))
    assert service.fetched == [False, False, False, True], "forced only where everybody's token was refused"


async def test_who_does_not_follow_the_account_is_passed_over_and_quota_and_bad_data_are_tried_again(
    site: LiveSite, service: WechatService
) -> None:
    who = await reachable(site)
    channel, message = channel_of(service), await message_to(who)
    service.unsubscribed = {"o-罗春秀"}
    await channel.send(message)
    assert service.arrived == []
    service.unsubscribed = set()
    for errcode in (45009, 47003, -1):
        service.refusing = [errcode]
        with pytest.raises(NotCarried) as failed:
            await channel.send(message)
        assert "罗春秀" not in str(failed.value)


@pytest.mark.parametrize("fault", FAULTS)
async def test_whatever_the_network_does_the_message_arrives_once_in_the_end(
    site: LiveSite, service: WechatService, fault: Fault
) -> None:
    channel, message = channel_of(service, seconds=patience(fault, 1.5)), await message_to(await reachable(site))
    await channel._token.get(channel._way)
    service.faults = [fault]
    with pytest.raises(NotCarried):
        await channel.send(message)
    await channel.send(message)
    assert len(service.arrived) == 1


async def test_at_night_it_waits_for_the_morning_and_who_wants_none_gets_none(
    site: LiveSite, service: WechatService
) -> None:
    sleeper, never, any_time = [await reachable(site, name) for name in ("甲", "乙", "丙")]
    await choices.choose(never.id, Choice(off=frozenset({"wechat"})))
    await choices.choose(any_time.id, Choice(quiet=(3, 3)))
    channels.send_through({"wechat": channel_of(service)})
    try:
        with time_machine.travel(NIGHT):
            for who in (sleeper, never, any_time):
                await actions.tell(who.id, "post.shown", url="/")
            await settled()
            assert [one["touser"] for one in service.arrived] == ["o-丙"]
            (waiting,) = [job for job in await jobs_in("waiting") if job["task"] == channels.SEND]
            assert abs(waiting["run_at"] / 1000 - (NIGHT + dt.timedelta(hours=8)).timestamp()) < 120
        with time_machine.travel(NIGHT + dt.timedelta(hours=8, minutes=5)):
            await let_pass(9 * 3600 * 1000)

            async def reached() -> bool:
                return len(service.arrived) == 2

            await until(reached)
    finally:
        channels.send_through({})
    assert {one["touser"] for one in service.arrived} == {"o-甲", "o-丙"}


@pytest.mark.parametrize(
    ("quiet", "hour", "hours"),
    [
        ((22, 7), 21, 0),
        ((22, 7), 22, 9),
        ((22, 7), 3, 4),
        ((22, 7), 7, 0),
        ((12, 14), 13, 1),
        ((12, 14), 15, 0),
        ((0, 0), 0, 0),
        ((5, 5), 5, 0),
    ],
)
def test_quiet_hours(quiet: tuple[int, int], hour: int, hours: int) -> None:
    moment = dt.datetime(2026, 11, 3, hour, 0, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    assert Choice(quiet=quiet).wait(moment) == hours * 3600


async def test_the_person_chooses_on_a_page(site: LiveSite, service: WechatService) -> None:
    who = await site.villager("罗春秀")
    visitor = await site.sign_in(who)
    assert "还没开通别的提醒方式" in (await visitor.open("/me/messages")).text
    channels.send_through({"wechat": channel_of(service)})
    try:
        page = await (await visitor.open("/me")).follow("消息提醒")
        assert page.form("[name=on]").fields["on"] == ["wechat"]
        await page.form("[name=on]").fill(on=None, begins="20", ends="8").send()
        assert (await choices.of([who.id]))[who.id] == Choice(off=frozenset({"wechat"}), quiet=(20, 8))
        again = await visitor.open("/me/messages")
        assert "on" not in again.form("[name=begins]").fields
        assert (await again.form("[name=begins]").fill(begins="25").send()).status == 422
    finally:
        channels.send_through({})


def test_settings_say_what_is_missing() -> None:
    given = {"plugin": {"wechat": {"app_id": "wx1", "app_secret": "x"}}}
    with pytest.raises(SettingsError, match="template_id"):
        wechat_channel.channel(Settings.model_validate(given))
