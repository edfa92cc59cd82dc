"""Sign-in codes: what they open, how often they may be tried and sent, and how little they tell."""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest
import time_machine

from cunli import db
from cunli.people import accounts, codes, passwords
from cunli.people.accounts import Browser, WrongSignIn
from cunli.people.codes import ConsoleSender, TooOften, send_code, spend_code
from cunli.settings import Settings, SettingsError
from cunli.testing.accounts import CodeBox, account, forget_limits, phone, sign_in, visitor_from
from cunli.testing.live import LiveSite
from cunli.testing.working import PATIENCE
from cunli.trust import keys

HERE = "203.0.113.5"


async def sent(outbox: CodeBox, number: str = "13800138000", purpose: codes.Purpose = "sign_in") -> str:
    await send_code(phone(number), purpose, address=HERE)
    return outbox.last


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


async def test_a_first_sign_in_with_a_code_makes_an_account(site: LiveSite, outbox: CodeBox) -> None:
    visitor = site.visitor()
    page = await visitor.open("/sign-in/code?next=/me")
    page = await page.form().fill(phone="１３８　００１３　８０００").send(button=("do", "send"))
    assert "验证码发出去了" in page.text
    assert outbox.sent == [("+8613800138000", outbox.last, "sign_in")]
    entered = await page.form().fill(code=outbox.last).send(button=("do", "enter"), follow=False)
    assert entered.headers["location"] == "/me"
    assert "新乡亲" in (await visitor.open("/me")).text
    rows = await db.read("SELECT phone, phone_index FROM core_person WHERE phone_index IS NOT NULL")
    assert len(rows) == 1
    assert "138" not in rows[0]["phone"]


async def test_the_page_says_what_a_code_is_worth_and_what_is_safer(site: LiveSite, outbox: CodeBox) -> None:
    page = await site.visitor().open("/sign-in/code")
    assert "谁来要都不给" in page.text
    assert "绑定动态码，更稳当" in page.text
    sent = await page.form().fill(phone="13800138000").send(button=("do", "send"))
    assert "谁来要都不给" in sent.text, "where the code is typed in, too"


async def test_every_way_of_writing_the_number_is_the_same_account(site: LiveSite, outbox: CodeBox) -> None:
    """SE-6."""
    for way in ("13800138000", "+86 138 0013 8000", "１３８００１３８０００", "0086-138-0013-8000"):
        await send_code(phone(way), "sign_in", address=HERE)
        await accounts.sign_in_by_code(phone(way), outbox.last, Browser(address=HERE))
        await forget_limits()
    assert (await db.read("SELECT COUNT(*) AS n FROM core_person WHERE phone_index IS NOT NULL"))[0]["n"] == 1


async def test_a_code_is_six_digits_used_once_and_stored_as_a_keyed_hash(site: LiveSite, outbox: CodeBox) -> None:
    code = await sent(outbox)
    assert len(code) == 6
    assert code.isdigit()
    stored = (await db.read("SELECT code_hash, phone_index FROM core_login_code"))[0]
    assert code not in stored["code_hash"]
    assert "138" not in stored["phone_index"]
    assert await spend_code(phone("13800138000"), "sign_in", code, address=HERE)
    assert not await spend_code(phone("13800138000"), "sign_in", code, address=HERE)


async def test_a_code_dies_after_five_tries_however_many_come_at_once(site: LiveSite, outbox: CodeBox) -> None:
    """RL-2: twenty at the same time, over both end points; the right one among the later ones is refused too."""
    code = await sent(outbox)
    tries = [codes._spend(_index(), "sign_in" if n % 2 else "password", wrong(code)) for n in range(20)]
    assert await asyncio.gather(*tries) == [False] * 20
    assert (await db.read("SELECT tries FROM core_login_code"))[0]["tries"] == 5
    assert not await spend_code(phone("13800138000"), "sign_in", code, address=HERE)


async def test_the_right_code_opens_once_when_sent_twenty_times_at_once(site: LiveSite, outbox: CodeBox) -> None:
    code = await sent(outbox)
    answers = await asyncio.gather(*(codes._spend(_index(), "sign_in", code) for _ in range(20)))
    assert sum(answers) == 1


async def test_planted_control_counting_after_reading_lets_more_than_five_through(
    site: LiveSite, outbox: CodeBox
) -> None:
    code = await sent(outbox)
    all_have_read = asyncio.Barrier(20)

    async def careless() -> bool:
        before = (await db.read("SELECT tries FROM core_login_code"))[0]["tries"]
        async with asyncio.timeout(PATIENCE):
            await all_have_read.wait()
        if before >= 5:
            return False

        async def count() -> None:
            await db.write("UPDATE core_login_code SET tries = tries + 1")

        await db.run_unit(count)
        return True

    let_through = await asyncio.gather(*(careless() for _ in range(20)))
    assert code
    assert sum(let_through) == 20


async def test_a_code_for_one_purpose_does_not_serve_another(site: LiveSite, outbox: CodeBox) -> None:
    code = await sent(outbox, purpose="password")
    with pytest.raises(WrongSignIn):
        await accounts.sign_in_by_code(phone("13800138000"), code, Browser(address=HERE))
    assert await spend_code(phone("13800138000"), "password", code, address=HERE)


async def test_a_code_lives_ten_minutes(site: LiveSite, outbox: CodeBox) -> None:
    with time_machine.travel(dt.datetime(2026, 10, 18, 1, 0, tzinfo=dt.UTC), tick=False) as clock:
        code = await sent(outbox)
        clock.shift(dt.timedelta(minutes=10))
        assert not await spend_code(phone("13800138000"), "sign_in", code, address=HERE)
        code = await sent(outbox)
        clock.shift(dt.timedelta(minutes=9, seconds=59))
        assert await spend_code(phone("13800138000"), "sign_in", code, address=HERE)


async def test_a_new_code_ends_the_old_one(site: LiveSite, outbox: CodeBox) -> None:
    first = await sent(outbox)
    await forget_limits()
    second = await sent(outbox)
    if first != second:
        assert not await spend_code(phone("13800138000"), "sign_in", first, address=HERE)
    assert await spend_code(phone("13800138000"), "sign_in", second, address=HERE)
    assert (await db.read("SELECT COUNT(*) AS n FROM core_login_code"))[0]["n"] == 1


async def test_asking_for_new_codes_does_not_buy_more_than_twenty_tries_an_hour(
    site: LiveSite, outbox: CodeBox
) -> None:
    answers: list[bool | int] = []
    with time_machine.travel(dt.datetime(2026, 10, 18, 1, 0, tzinfo=dt.UTC), tick=False) as clock:
        for _ in range(5):
            code = await sent(outbox)
            for _ in range(5):
                try:
                    answers.append(await spend_code(phone("13800138000"), "sign_in", wrong(code), address=HERE))
                except TooOften as exc:
                    answers.append(exc.seconds)
            clock.shift(dt.timedelta(seconds=61))
    assert answers[:20] == [False] * 20
    assert all(isinstance(each, int) and each > 60 for each in answers[20:])


async def test_one_number_gets_few_codes_and_one_place_asks_for_few(site: LiveSite, outbox: CodeBox) -> None:
    """RL-3: per number and minute, hour, day; per address; altogether."""
    with time_machine.travel(dt.datetime(2026, 10, 18, 1, 0, tzinfo=dt.UTC), tick=False) as clock:
        await sent(outbox)
        with pytest.raises(TooOften) as too_soon:
            await sent(outbox)
        assert 0 < too_soon.value.seconds <= 60
        for _ in range(16):
            clock.shift(dt.timedelta(seconds=61))
            try:
                await sent(outbox)
            except TooOften:
                continue
        assert len(outbox.sent) <= 10
        outbox.sent.clear()
        for n in range(30):
            try:
                await sent(outbox, f"139001390{n:02d}")
            except TooOften:
                continue
        assert len(outbox.sent) <= 20


async def test_known_and_unknown_numbers_get_the_same_answer(site: LiveSite, outbox: CodeBox) -> None:
    """RL-4 for the code page: asking and trying say nothing about who has an account."""
    await account("13800138000", password="")
    answers = []
    for n, number in enumerate(("13800138000", "13900139000")):
        visitor = visitor_from(site, f"203.0.{n}.1")
        asked = await (await visitor.open("/sign-in/code")).form().fill(phone=number).send(button=("do", "send"))
        tried = await asked.form().fill(code=wrong(outbox.last)).send(button=("do", "enter"))
        answers.append((asked.status, asked.text, tried.status, tried.text))
    assert answers[0] == answers[1]
    assert answers[0][2] == 422


async def test_a_suspended_account_is_not_let_in_by_a_code(site: LiveSite, outbox: CodeBox) -> None:
    who = await account("13800138000", password="")
    await accounts.change_state(who.id, "active", "suspended")
    code = await sent(outbox)
    with pytest.raises(WrongSignIn):
        await accounts.sign_in_by_code(phone("13800138000"), code, Browser(address=HERE))


async def test_when_no_message_can_be_sent_the_page_says_so(site: LiveSite, outbox: CodeBox) -> None:
    outbox.broken = True
    page = (
        await (await site.visitor().open("/sign-in/code")).form().fill(phone="13800138000").send(button=("do", "send"))
    )
    assert page.status == 503
    assert "发不出去" in page.text


async def test_codes_that_are_over_are_swept(site: LiveSite, outbox: CodeBox) -> None:
    with time_machine.travel(dt.datetime(2026, 10, 18, 1, 0, tzinfo=dt.UTC), tick=False) as clock:
        await sent(outbox)
        assert await codes.sweep() == 0
        clock.shift(dt.timedelta(minutes=11))
        assert await codes.sweep() == 1


async def test_a_password_that_became_known_does_not_survive_a_new_one(site: LiveSite) -> None:
    """The password was changed while a sign-in with the old one was being checked."""
    who = await account("13800138000")
    rows = await db.read("SELECT password_hash FROM core_person WHERE id = ?", who.id)
    old = rows[0]["password_hash"]
    await accounts.change_password(who.id, "新的 密码 一二三")
    with pytest.raises(WrongSignIn):
        await accounts._welcome(who.id, old, "", phone("13800138000"))


async def test_after_a_new_data_key_people_are_found_and_move_to_it(site: LiveSite) -> None:
    await account("13800138000")
    before = (await db.read("SELECT phone, phone_index FROM core_person WHERE phone_index IS NOT NULL"))[0]
    rotated = Settings.model_validate(
        {
            "dev": True,
            "secret": site.settings.secret.get_secret_value(),
            "data_key": "/////////////////////////////////////////w8=",
            "old_data_keys": [site.settings.data_key.get_secret_value()],
        }
    )
    keys.use(rotated)
    try:
        assert (await sign_in(site.visitor(), "13800138000")).status == 303
        after = (await db.read("SELECT phone, phone_index FROM core_person WHERE phone_index IS NOT NULL"))[0]
        assert after["phone_index"] != before["phone_index"]
        assert after["phone"].split("|")[1] == keys.current().data[0].kid
    finally:
        keys.use(site.settings)


def test_the_console_provider_refuses_to_start_in_production() -> None:
    production = Settings.model_validate({"secret": "x" * 40})
    with pytest.raises(SettingsError, match="console"):
        ConsoleSender(production)
    with pytest.raises(SettingsError, match="console"):
        codes.use(production)


def test_an_unknown_provider_is_named() -> None:
    with pytest.raises(SettingsError, match="aliyum"):
        codes.sender_for(Settings.model_validate({"code_sender": "aliyum"}))


async def test_the_console_provider_prints_the_code_and_masks_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    await ConsoleSender(Settings.model_validate({"dev": True})).send("+8613812341234", "123456", "sign_in")
    printed = capsys.readouterr().err
    assert "123456" in printed
    assert "138****1234" in printed
    assert "13812341234" not in printed


def test_hashing_and_comparing_leave_no_short_cut() -> None:
    import inspect

    assert "compare_digest" in inspect.getsource(codes._spend)
    assert passwords.HASHER.memory_cost >= 19 * 1024


def _index() -> str:
    from cunli.people.personal import PHONE

    return PHONE.index("+8613800138000")
