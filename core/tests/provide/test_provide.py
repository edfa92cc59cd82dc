"""The county chooses providers in its settings; a wrong one is named, a slow one is not waited for, and none is cancelled."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cunli import (
    HOLIDAYS,
    METRICS,
    PAYMENT,
    PaymentOrder,
    Period,
    add_working_days,
    db,
    measure,
    metrics_for,
    patiently,
    provider_of,
)
from cunli.cli.providers import providers
from cunli.compliance import profile_now
from cunli.provide import chosen
from cunli.provide.chosen import ProviderSlow
from cunli.provide.holidays import China, working_days_between
from cunli.provide.kinds import MODERATION, PROVIDER_KINDS
from cunli.provide.metrics import NotAllowed
from cunli.settings import Settings, SettingsError
from cunli.testing.bench import patience
from cunli.testing.live import LiveSite
from cunli.testing.working import PATIENCE as WORKING
from cunli.web.app import create_app
from cunli.web.headers import CONTENT_POLICY, policy

PERIOD = Period(first=date(2020, 1, 1), last=date(2030, 12, 31))


# -- choosing ----------------------------------------------------------------------------------------------------------


def offered(monkeypatch: pytest.MonkeyPatch, name: str, made: Any) -> None:
    """A package offers this provider of every kind."""

    def load(entry: EntryPoint) -> Any:
        return made

    monkeypatch.setattr(EntryPoint, "load", load)
    monkeypatch.setattr(chosen, "entry_points", lambda group: [EntryPoint(name, "nowhere:made", group)])


def test_one_that_is_not_installed_is_named_with_those_that_are() -> None:
    with pytest.raises(SettingsError, match="payment “weixin” is not installed; known are: offline"):
        chosen.named(PAYMENT, Settings.model_validate({"payment": "weixin"}))
    with pytest.raises(SettingsError, match="holidays “chinese” is not installed; known are: china, weekends"):
        chosen.use(Settings.model_validate({"holidays": "chinese"}))
    with pytest.raises(SettingsError, match="payment “” is not installed"):
        chosen.named(PAYMENT, Settings.model_validate({"payment": ""}))
    assert chosen.named(MODERATION, Settings.model_validate({})) == {}, "the one that may be empty"


def test_one_that_fails_or_lacks_something_is_a_setting_that_cannot_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(settings: Settings) -> Any:
        raise RuntimeError("no merchant number")

    settings = Settings.model_validate({"payment": "weixin"})
    offered(monkeypatch, "weixin", broken)
    with pytest.raises(SettingsError, match="payment “weixin” from .* cannot be used: no merchant number"):
        chosen.named(PAYMENT, settings)
    offered(monkeypatch, "weixin", lambda settings: object())
    with pytest.raises(SettingsError, match="has no create, query, close, refund, notice"):
        chosen.named(PAYMENT, settings)


def test_a_package_brings_one_and_the_settings_choose_it(monkeypatch: pytest.MonkeyPatch) -> None:
    calendar = China()
    offered(monkeypatch, "ours", lambda settings: calendar)
    assert chosen.named(HOLIDAYS, Settings.model_validate({"holidays": "ours"})) == {"ours": calendar}
    many = chosen.named(METRICS, Settings.model_validate({"metrics": "core"}))
    assert list(many) == ["core"]
    assert chosen.named(METRICS, Settings.model_validate({"metrics": ""})) == {}


def test_the_catalogue_is_whole_and_what_is_in_the_box_can_be_used() -> None:
    settings = Settings.model_validate({"dev": True})
    for kind in PROVIDER_KINDS:
        assert kind.setting in Settings.model_fields, kind.id
        assert chosen.loaded(kind.protocol).__doc__, kind.id
        assert not chosen.usable(kind, settings), kind.id
        assert kind.factories.keys() == (kind.boxed.keys() if kind.group else set()), kind.id


def test_the_command_lists_every_kind_and_says_what_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CUNLI_DEV", "1")
    told = CliRunner().invoke(providers)
    assert told.exit_code == 0, told.output
    assert "payment    payment = offline" in told.output
    monkeypatch.setenv("CUNLI_MAP_TILES", "template")
    told = CliRunner().invoke(providers)
    assert told.exit_code == 1
    assert "attribution is missing" in told.output


# -- waiting -----------------------------------------------------------------------------------------------------------


async def test_a_slow_provider_is_not_waited_for_and_not_cancelled() -> None:
    go, ended = asyncio.Event(), asyncio.Event()

    async def slow() -> str:
        await go.wait()
        ended.set()
        return "late"

    with pytest.raises(ProviderSlow):
        await patiently(slow(), seconds=0.01)
    assert not ended.is_set()
    go.set()
    async with asyncio.timeout(60):
        await ended.wait()
    assert await patiently(slow()) == "late", "the control: in time it is answered"


async def test_tests_of_plugins_have_more_patience_with_providers_than_a_site(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine under load is no slow provider (see `testing.bench`)."""
    never = asyncio.Event()
    monkeypatch.setattr("cunli.provide.chosen.STRETCH", 0.001)
    with pytest.raises(ProviderSlow, match="0.01 s"):
        await patiently(never.wait())
    monkeypatch.undo()
    with patience():
        assert chosen.STRETCH * chosen.PATIENCE == WORKING
    assert chosen.STRETCH == 1
    never.set()


async def test_no_provider_is_asked_while_rows_are_held(site: LiveSite) -> None:
    async def ask() -> None:
        await patiently(provider_of(PAYMENT).query("nothing"))

    with pytest.raises(db.InsideUnit):
        await db.run_unit(ask)


# -- maps in the content policy ----------------------------------------------------------------------------------------


def settings_with_map(tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "dev": True,
            "secret": "s" * 40,
            "data_key": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "database_url": f"sqlite:///{tmp_path}/c.db",
            "map_tiles": "template",
            "map_template": "https://t{s}.example.cn/{z}/{x}/{y}",
            "map_subdomains": "0,1",
            "map_attribution": "© 示例",
        }
    )


def test_only_the_hosts_of_the_tiles_are_let_in(tmp_path: Path) -> None:
    app: Any = create_app(settings_with_map(tmp_path))
    said = app._asgi.policy.decode()
    assert "img-src 'self' data: blob: https://t0.example.cn https://t1.example.cn;" in said
    without = said.replace(" https://t0.example.cn https://t1.example.cn", "")
    assert without == CONTENT_POLICY, "and nothing else is wider than before"
    assert policy() == CONTENT_POLICY.encode()


async def test_without_a_map_the_policy_lets_nobody_in(site: LiveSite) -> None:
    answer = await site.visitor().open("/")
    assert answer.headers["content-security-policy"] == CONTENT_POLICY


# -- working days ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "days", "due", "provisional"),
    [
        ("2026-09-30", 5, "2026-10-13", False),  # seven days off, and Saturday the 10th is worked
        ("2026-02-13", 5, "2026-02-27", False),  # worked on Saturday 14 February, then nine days off
        ("2026-02-27", 1, "2026-02-28", False),  # a Saturday that is worked
        ("2026-04-30", 5, "2026-05-11", False),  # Saturday 9 May is worked
        ("2026-10-01", 0, "2026-10-08", False),
        ("2026-11-23", 0, "2026-11-23", False),
        ("2026-12-31", 1, "2027-01-01", True),  # nobody has announced 2027
        ("2026-12-25", 15, "2027-01-15", True),
    ],
)
def test_working_days_are_counted_over_holidays_and_exchanged_days(
    start: str, days: int, due: str, provisional: bool
) -> None:
    counted = add_working_days(China(), date.fromisoformat(start), days)
    assert (counted.day.isoformat(), counted.provisional) == (due, provisional)


def test_what_a_day_is_and_what_it_is_called() -> None:
    china = China()
    exchanged = china.day(date(2026, 10, 10))
    assert (exchanged.kind, exchanged.name) == ("workday", "国庆节")
    assert (china.day(date(2026, 10, 1)).kind, china.day(date(2026, 10, 1)).name) == ("holiday", "国庆节")
    assert china.day(date(2026, 11, 22)).kind == "weekend"
    assert china.day(date(2077, 5, 3)).provisional
    assert not china.known(2077)
    assert working_days_between(china, date(2026, 10, 9), date(2026, 10, 1)) == 0
    with pytest.raises(ValueError, match="working days"):
        add_working_days(china, date(2026, 1, 1), -1)
    later = [add_working_days(china, date(2026, 9, 1) + timedelta(days=n), 5).day for n in range(60)]
    assert later == sorted(later)


# -- figures and the compliance profile --------------------------------------------------------------------------------


async def test_figures_that_the_profile_does_not_allow_do_not_exist(site: LiveSite) -> None:
    here = site["heping"].id
    await site.villager("张桂秀")
    assert [one.id for one in await metrics_for(here)] == ["core.verified", "core.reports_answered"]
    assert (await measure("core.verified", here, PERIOD)).value == 1
    assert (await measure("core.reports_answered", here, PERIOD)).value is None, "a share of nothing is no figure"
    with pytest.raises(NotAllowed, match="popularity"):
        await measure("core.likes", here, PERIOD)
    await profile_now.set_profile("wecun2019", site.county_id, was="cn2026", reason="试")
    assert "core.likes" in [one.id for one in await metrics_for(here)]
    assert (await measure("core.likes", here, PERIOD)).value == 0
    assert "core.likes" not in [one.id for one in await metrics_for(site["waixiang"].id)], "another county"
    with pytest.raises(LookupError):
        await measure("core.nothing", here, PERIOD)


async def test_a_plugin_asks_for_money_through_what_the_county_chose(site: LiveSite) -> None:
    from cunli.testing.providers import an_order

    order: PaymentOrder = an_order()
    begun = await patiently(provider_of(PAYMENT).create(order))
    assert (begun.state, begun.fen, begun.pay_url) == ("waiting", 1250, "")
