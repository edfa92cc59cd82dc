"""Channels: what stands in the inbox also leaves by SMS, WeChat or a loudspeaker, after the commit and without holding up anybody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint

import pytest

from cunli import db
from cunli.notify import actions, channels, queries
from cunli.notify.queries import Message
from cunli.provide import chosen as provide
from cunli.provide.kinds import CHANNELS
from cunli.settings import Settings, SettingsError, problems_in_production
from cunli.testing.live import LiveSite
from cunli.testing.working import let_pass, settled, until


class Noted:
    """A channel that keeps what it carried, and fails as often as it is told to."""

    def __init__(self, fails: Callable[[Message], bool] = lambda message: False) -> None:
        self.carried: list[Message] = []
        self.asked: list[int] = []
        self.fails = fails

    async def send(self, message: Message) -> None:
        self.asked.append(message.id)
        if self.fails(message):
            raise ConnectionError
        self.carried.append(message)


@pytest.fixture
def through() -> Iterator[Callable[..., None]]:
    """Sends through these channels for the length of a test."""

    def use(**named: channels.Channel) -> None:
        channels.send_through(named)

    yield use
    channels.send_through({})


async def test_a_message_stands_in_the_inbox_and_leaves_by_every_channel(
    site: LiveSite, through: Callable[..., None]
) -> None:
    sms, speaker = Noted(), Noted()
    through(sms=sms, speaker=speaker)
    luo = await site.villager("罗春秀")
    await actions.tell(luo.id, "post.shown", url="/v/heping/")
    await settled()
    for channel in (sms, speaker):
        (message,) = channel.carried
        assert (message.person_id, message.text) == (luo.id, "你发的动态重新放出来了，乡亲们又能看到")
    visitor = await site.sign_in(luo)
    assert "重新放出来了" in (await visitor.open("/inbox")).text


async def test_nothing_leaves_of_an_act_that_did_not_happen_and_a_fact_told_twice_leaves_once(
    site: LiveSite, through: Callable[..., None]
) -> None:
    sms = Noted()
    through(sms=sms)
    luo = await site.villager("罗春秀")

    @db.unit
    async def thought_better_of() -> None:
        await actions.tell(luo.id, "post.shown", url="/")
        raise LookupError

    with pytest.raises(LookupError):
        await thought_better_of()
    for _ in range(3):
        await actions.tell(luo.id, "post.shown", url="/", once="fact:1")
    await settled()
    assert len(sms.carried) == 1


async def test_a_notice_leaves_for_every_verified_person_once_although_its_task_runs_twice(
    site: LiveSite, through: Callable[..., None]
) -> None:
    sms = Noted()
    through(sms=sms)
    author, *people = [await site.villager(f"乡亲{n}") for n in range(2 * channels.AT_ONCE + 4)]
    for _ in range(2):
        await actions.tell_village(
            "notice.published", village_id=site["heping"].id, url="/", once="notice:1", but=author.id, title="停水"
        )
    await settled(seconds=60)
    assert sorted(message.person_id for message in sms.carried) == sorted(person.id for person in people)
    assert {message.text for message in sms.carried} == {"禾坪村发了通知：停水"}


async def test_the_words_are_in_the_language_of_whoever_receives_them(
    site: LiveSite, through: Callable[..., None]
) -> None:
    sms = Noted()
    through(sms=sms)
    luo = await site.villager("罗春秀")
    await db.run_unit(db.write, "UPDATE core_person SET locale = 'en' WHERE id = ?", luo.id)
    await actions.tell(luo.id, "post.shown", url="/")
    await settled()
    assert sms.carried[0].text.isascii()


async def test_one_that_cannot_be_reached_is_tried_again_and_holds_up_nobody(
    site: LiveSite, through: Callable[..., None]
) -> None:
    first = await site.villager("罗春秀")
    others = [await site.villager(f"乡亲{n}") for n in range(5)]
    broken, sms = Noted(lambda message: message.person_id == first.id), Noted()
    through(broken=broken, sms=sms)
    author = await site.villager("田守义")
    await actions.tell_village(
        "notice.published", village_id=site["heping"].id, url="/", once="notice:1", but=author.id, title="停水"
    )
    await settled(seconds=60)
    assert {message.person_id for message in sms.carried} == {first.id, *(person.id for person in others)}
    assert {message.person_id for message in broken.carried} == {person.id for person in others}
    assert len(broken.carried) == len(others), "those that were reached are not told again"
    broken.fails = lambda message: False
    await let_pass(24 * 3600 * 1000)

    async def reached() -> bool:
        return any(message.person_id == first.id for message in broken.carried)

    await until(reached, seconds=60)


async def test_whoever_closed_the_account_is_not_told_any_more(site: LiveSite) -> None:
    luo = await site.villager("罗春秀")
    await actions.tell(luo.id, "post.shown", url="/")
    number = (await db.read("SELECT id FROM core_notification"))[0]["id"]
    assert len(await queries.messages_in_own_words([number], "zh_Hans")) == 1
    await db.run_unit(db.write, "UPDATE core_person SET state = 'closed' WHERE id = ?", luo.id)
    assert await queries.messages_in_own_words([number], "zh_Hans") == []


def test_channels_are_named_in_the_settings_and_come_from_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    noted = Noted()
    entry = EntryPoint("speaker", "nowhere:speaker", CHANNELS.group)
    monkeypatch.setattr(EntryPoint, "load", lambda self: lambda settings: noted)
    monkeypatch.setattr(provide, "entry_points", lambda group: [entry])
    found = channels.channels_for(Settings.model_validate({"dev": True, "channels": "speaker, console"}))
    assert list(found) == ["speaker", "console"]
    assert found["speaker"] is noted
    with pytest.raises(
        SettingsError, match="channel “speeker” is not installed; known are: console, email, speaker, wechat"
    ):
        channels.channels_for(Settings.model_validate({"channels": ("speeker",)}))


def test_the_console_is_refused_in_production() -> None:
    settings = Settings.model_validate({"channels": ("console",)})
    with pytest.raises(SettingsError, match="prints people's messages"):
        channels.channels_for(settings)
    assert any("channel “console”" in problem for problem in problems_in_production(settings))
    assert not any("channel" in problem for problem in problems_in_production(Settings.model_validate({})))
