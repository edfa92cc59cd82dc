"""Codes by SMS: signed as the vendors document it, sent at most once, and what goes wrong is said in the right words (DG-3, RL-3)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from cunli import db
from cunli.people import codes
from cunli.people.codes import SendingFailed
from cunli.provide import aliyun, calling, tencent, trying
from cunli.provide.sms import Sms
from cunli.settings import Settings, SettingsError
from cunli.testing.accounts import CodeBox, forget_limits, phone
from cunli.testing.live import LiveSite
from cunli.testing.outside import FAULTS, Fault, patience
from cunli.testing.providers import code_sender_contract
from cunli.testing.sms_services import AliyunService, SmsService, TencentService
from cunli.trust.limits import Limit

Service = AliyunService | TencentService


@pytest.fixture(params=[AliyunService, TencentService])
async def service(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Service]:
    async with request.param() as running:
        yield running


def settings_of(service: Service, **more: str) -> Settings:
    name = "aliyun" if isinstance(service, AliyunService) else "tencent"
    plugin = {name: {**service.settings(), **more}}
    return Settings.model_validate({"dev": True, "code_sender": name, "plugin": plugin})


def sender_of(service: Service, seconds: float = 1.0, more: dict[str, str] | None = None) -> Sms:
    sender = codes.sender_for(settings_of(service, **(more or {})))
    assert isinstance(sender, Sms)
    sender._way = calling.Way.to(service.url, seconds=seconds)
    return sender


def test_the_signature_is_the_one_that_aliyun_publishes() -> None:
    """help.aliyun.com, V3 request structure and signature, the example with fixed parameters."""
    query = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", "RegionId": "cn-shanghai"}
    headers = {
        "host": "ecs.cn-shanghai.aliyuncs.com",
        "x-acs-action": "RunInstances",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": "2023-10-26T10:22:32Z",
        "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
        "x-acs-version": "2014-05-26",
    }
    made = aliyun.authorization(query, headers, "YourAccessKeyId", "YourAccessKeySecret")
    assert made == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_the_signature_is_the_one_that_tencent_publishes() -> None:
    """cloud.tencent.com/document/api/213/30654, the example with its masked key."""
    body = rb'{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}'
    key = "Gu5t9xGARNpq86cd98joQYCN3" + "*" * 7
    made = tencent.authorization(body, "cvm.tencentcloudapi.com", "cvm", 1551113065, "AKID", key)
    assert made.endswith("Signature=2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c")


async def test_a_code_arrives(service: Service) -> None:
    await code_sender_contract(sender_of(service), service.text)
    assert len(service.arrived) == 1


async def test_a_wrong_key_is_seen_by_the_service_and_said_without_the_key(service: Service) -> None:
    key = "access_key_secret" if isinstance(service, AliyunService) else "secret_key"
    with pytest.raises(SendingFailed) as failed:
        await sender_of(service, more={key: "guessed-wrong"}).send("+8613800138000", "123456", "sign_in")
    assert failed.value.why == "account"
    assert "guessed-wrong" not in str(failed.value)
    assert "guessed-wrong" not in repr(settings_of(service, **{key: "guessed-wrong"}))
    assert service.arrived == []


REFUSALS: dict[type[SmsService], dict[str, codes.Why]] = {
    AliyunService: {
        "isv.BUSINESS_LIMIT_CONTROL": "throttled",
        "isv.MOBILE_NUMBER_ILLEGAL": "number",
        "isv.AMOUNT_NOT_ENOUGH": "account",
        "isv.SMS_SIGNATURE_ILLEGAL": "account",
        "a word nobody knows": "account",
    },
    TencentService: {
        "LimitExceeded.PhoneNumberDailyLimit": "throttled",
        "LimitExceeded.PhoneNumberOneHourLimit": "throttled",
        "FailedOperation.PhoneNumberInBlacklist": "number",
        "FailedOperation.InsufficientBalanceInSmsPackage": "account",
        "AuthFailure.SecretIdNotFound": "account",
        "a word nobody knows": "account",
    },
}


async def test_what_the_vendor_refuses_has_a_reason_and_is_not_tried_again(service: Service) -> None:
    sender = sender_of(service)
    for code, why in REFUSALS[type(service)].items():
        service.refusing, service.asked = [code], []
        with pytest.raises(SendingFailed) as failed:
            await sender.send("+8613800138000", "123456", "sign_in")
        assert (failed.value.why, len(service.asked)) == (why, 1), code


async def test_a_busy_vendor_is_asked_again_after_a_pause_and_each_try_is_signed_anew(service: Service) -> None:
    service.refusing = ["Throttling.User" if isinstance(service, AliyunService) else "RequestLimitExceeded"]
    await sender_of(service).send("+8613800138000", "123456", "sign_in")
    assert (len(service.asked), len(service.arrived)) == (2, 1)


@pytest.mark.parametrize("fault", FAULTS)
async def test_no_code_leaves_twice_whatever_the_network_does(service: Service, fault: Fault) -> None:
    """A time-out after success above all: the code is on its way and paid for."""
    service.faults = [fault]
    sender = sender_of(service, seconds=patience(fault))
    with pytest.raises(SendingFailed) as failed:
        await sender.send("+8613800138000", "123456", "sign_in")
    assert (failed.value.why, len(service.asked)) == ("unsure", 1)
    assert len(service.arrived) <= 1
    assert "138" not in str(failed.value)


async def test_planted_control_without_the_doubt_a_late_answer_would_cost_two_messages(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cunli.provide.sms.surely_not_done", lambda exc: True)
    service.faults = ["late"]
    await sender_of(service, seconds=2).send("+8613800138000", "123456", "sign_in")
    assert len(service.arrived) == 2


async def test_a_dead_vendor_is_given_a_rest(service: Service) -> None:
    service.faults = ["500"] * 5
    sender = sender_of(service)
    for _ in range(8):
        with pytest.raises(SendingFailed):
            await sender.send("+8613800138000", "123456", "sign_in")
    assert len(service.asked) == 5


# -- as people and officials see it ------------------------------------------------------------------------------------------


@pytest.fixture
def through(site: LiveSite) -> Callable[[object], None]:
    def use(sender: object) -> None:
        codes.send_through(sender)  # type: ignore[arg-type]

    return use


class Failing:
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def send(self, phone: str, code: str, purpose: codes.Purpose) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("error", "says", "may_type"),
    [
        (SendingFailed("x"), "过几分钟再试", False),
        (SendingFailed("x", why="unsure"), "可能已经发出去了", True),
        (SendingFailed("x", why="throttled"), "收的验证码太多", False),
        (SendingFailed("x", why="number"), "收不了短信", False),
        (SendingFailed("x", why="account"), "县里的管理员已经知道", False),
        (RuntimeError("foreign code"), "可能已经发出去了", True),
    ],
)
async def test_the_page_says_what_to_do_when_a_code_was_not_sent(
    site: LiveSite, through: Callable[[object], None], error: Exception, says: str, may_type: bool
) -> None:
    through(Failing(error))
    page = await site.visitor().open("/sign-in/code")
    page = await page.form().fill(phone="13800138000").send(button=("do", "send"))
    assert page.status == 503
    assert says in page.text
    assert ("sent" in page.form().fields) is may_type


async def told(site: LiveSite, kind: str) -> int:
    rows = await db.read("SELECT COUNT(*) AS n FROM core_notification WHERE kind = ?", kind)
    return int(rows[0]["n"])


async def test_county_officials_hear_once_that_the_vendor_refuses(
    site: LiveSite, through: Callable[[object], None]
) -> None:
    county, village = await site.county_admin(), await site.village_admin()
    through(Failing(SendingFailed("the vendor refuses (isv.AMOUNT_NOT_ENOUGH)", why="account")))
    for n in range(3):
        with pytest.raises(SendingFailed):
            await codes.send_code(phone(f"1380013800{n}"), "sign_in", address="203.0.113.5")
    rows = await db.read("SELECT person_id FROM core_notification WHERE kind = 'codes.refused'")
    assert [row["person_id"] for row in rows] == [county.id]
    assert village.id != county.id
    assert "isv.AMOUNT_NOT_ENOUGH" in (await (await site.sign_in(county)).open("/inbox")).text


async def test_the_days_budget_ends_and_officials_hear_of_it_before(
    site: LiveSite, through: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """RL-3: whoever asks, from however many numbers and places, the county pays for no more than it said."""
    await site.county_admin()
    box = CodeBox()
    budget = Limit(name="code sends altogether", most=10, seconds=24 * 3600)
    monkeypatch.setattr(codes._process, "budget", budget)
    through(box)
    refused, near = 0, []
    for n in range(15):
        try:
            await codes.send_code(phone(f"138001381{n:02d}"), "sign_in", address=f"203.0.113.{n}")
        except codes.TooOften:
            refused += 1
        near.append(await told(site, "codes.near"))
    assert (len(box.sent), refused) == (10, 5)
    assert near[:8] == [0] * 7 + [1]
    assert (await told(site, "codes.near"), await told(site, "codes.over")) == (1, 1)


async def test_planted_control_without_the_budget_every_code_is_paid_for(
    site: LiveSite, through: Callable[[object], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    box = CodeBox()
    monkeypatch.setattr(codes._process, "budget", Limit(name="none", most=10**9, seconds=60))
    through(box)
    for n in range(15):
        await codes.send_code(phone(f"138001381{n:02d}"), "sign_in", address=f"203.0.113.{n}")
    assert len(box.sent) == 15
    await forget_limits()


# -- settings ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["aliyun", "tencent"])
def test_settings_say_what_is_missing_and_never_what_was_given(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        codes.sender_for(
            Settings.model_validate({"code_sender": name, "plugin": {name: {"sign_name": "村里", "x": 1}}})
        )
    text = " ".join(refused.value.problems)
    assert "is missing" in text
    assert "x is unknown; known are" in text


def test_a_secret_may_stand_in_a_file_of_its_own(tmp_path: Path) -> None:
    service = AliyunService(url="https://host.example")
    given = service.settings()
    secret = tmp_path / "secret"
    secret.write_text(given.pop("access_key_secret") + "\n")
    made = Settings.model_validate({"plugin": {"aliyun": {**given, "access_key_secret_file": str(secret)}}})
    assert isinstance(aliyun.sms(made), Sms)
    lost = Settings.model_validate({"plugin": {"aliyun": {**given, "access_key_secret_file": str(tmp_path / "no")}}})
    with pytest.raises(SettingsError, match="access_key_secret_file cannot be read: FileNotFoundError"):
        aliyun.sms(lost)


async def test_the_command_tries_it_out_and_says_in_words_what_is_wrong(service: Service) -> None:
    settings = settings_of(service)
    worked = await trying.code(settings, "13800138000")
    assert (worked.worked, len(service.arrived)) == (True, 1)
    assert "13800138000" not in worked.words
    assert not (await trying.code(settings, "138")).worked
    service.refusing = ["isv.AMOUNT_NOT_ENOUGH"]
    refused = await trying.code(settings, "13800138000")
    assert not refused.worked
    assert "money (isv.AMOUNT_NOT_ENOUGH)" in refused.words
    missing = await trying.code(Settings.model_validate({"code_sender": settings.code_sender}), "13800138000")
    assert "is missing" in missing.words
