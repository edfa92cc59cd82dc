"""The contracts for providers hold for those in the box, and a provider with any one fault does not pass."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from cunli import Day, Sensitive, Tiles, confirm_payment
from cunli.media.storage import Storage
from cunli.moderation import Verdict, Words
from cunli.notify.channels import ConsoleChannel
from cunli.notify.queries import Message
from cunli.people.codes import ConsoleSender
from cunli.provide.holidays import Calendar, China, Weekends
from cunli.provide.maps import MapTiles, NoMap, Template
from cunli.provide.metrics import CoreMetrics, Metric, Metrics, Period, Reading
from cunli.provide.offline import Offline
from cunli.provide.payment import NotPossible
from cunli.settings import Settings, SettingsError
from cunli.testing import providers as contracts
from cunli.testing.live import LiveSite, settings_for
from cunli.testing.payments import PaymentSandbox
from cunli.testing.providers import moderation_contract

DEV = Settings.model_validate({"dev": True})


# -- payment -----------------------------------------------------------------------------------------------------------


async def test_a_service_with_signed_notices_passes() -> None:
    sandbox = PaymentSandbox()
    await contracts.payment_contract(sandbox, pay=sandbox.pay, signed=sandbox.signed)


@pytest.mark.parametrize(
    "fault",
    [
        "begins anew",
        "changes the amount",
        "knows what nobody asked for",
        "closes what is paid",
        "refunds twice",
        "refunds what nobody paid",
        "refunds too much",
        "believes everybody",
        "has no time zone",
    ],
)
async def test_a_service_with_one_fault_does_not_pass(fault: str) -> None:
    sandbox = PaymentSandbox(fault)
    with pytest.raises(AssertionError):
        await contracts.payment_contract(sandbox, pay=sandbox.pay, signed=sandbox.signed)


async def test_cash_and_transfer_pass_on_both_databases_and_say_who_confirmed(site: LiveSite) -> None:
    official = await site.village_admin()

    async def pay(key: str) -> None:
        await confirm_payment(key, how="cash", actor=official.id)
        await confirm_payment(key, how="transfer", actor=official.id)  # pressed twice: the first counts

    await contracts.payment_contract(Offline(DEV), pay=pay)
    from cunli import db

    rows = await db.read("SELECT how, confirmed_by_id FROM core_offline_payment WHERE state = 'paid'")
    assert [(row["how"], row["confirmed_by_id"]) for row in rows] == [("cash", official.id)]
    entries = await db.read("SELECT actor_id FROM core_audit_entry WHERE action = 'core.payment.confirm'")
    assert [row["actor_id"] for row in entries] == [official.id]
    order = contracts.an_order()
    await Offline(DEV).create(order)
    await Offline(DEV).close(order.key)
    with pytest.raises(NotPossible):
        await confirm_payment(order.key, how="cash", actor=official.id)


@pytest.mark.parametrize(("key", "fen"), [("short", 1), ("with space", 1), ("long-enough", 0), ("long-enough", 1.5)])
def test_an_order_is_whole_fen_under_a_plain_key(key: str, fen: Any) -> None:
    with pytest.raises(ValueError, match="fen|key"):
        contracts.an_order(key, fen)


# -- maps --------------------------------------------------------------------------------------------------------------

TILES: dict[str, Any] = {
    "template": "https://t{s}.example.cn/{z}/{x}/{y}.png?k=1",
    "attribution": "© 示例",
    "subdomains": ("0", "1"),
}


@dataclass
class Given:
    """A provider that gives these one after the other."""

    found: list[Any]

    def tiles(self) -> Any:
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]


def test_maps_in_the_box_pass_and_changing_ones_do_not() -> None:
    contracts.map_tiles_contract(NoMap(DEV))
    settings = Settings.model_validate({f"map_{key}": value for key, value in TILES.items()})
    boxed: MapTiles = Template(settings)
    contracts.map_tiles_contract(boxed)
    tiles = boxed.tiles()
    assert tiles is not None
    assert tiles.origins() == ("https://t0.example.cn", "https://t1.example.cn")
    assert tiles.address(5, 1, 2) == "https://t1.example.cn/5/1/2.png?k=1"
    with pytest.raises(AssertionError, match="must not change"):
        contracts.map_tiles_contract(Given([Tiles(**TILES), None]))
    with pytest.raises(AssertionError, match="gives Tiles"):
        contracts.map_tiles_contract(Given(["https://example.cn"]))


@pytest.mark.parametrize(
    "wrong",
    [
        {"template": "http://t{s}.example.cn/{z}/{x}/{y}"},
        {"template": "https://t{s}.example.cn/{z}/{x}"},
        {"template": "https://t{s}.{z}.example.cn/{z}/{x}/{y}"},
        {"template": "https://a.cn; script-src *{s}/{z}/{x}/{y}"},
        {"template": "https://user@t{s}.example.cn/{z}/{x}/{y}"},
        {"template": "https://*.example.cn/{s}/{z}/{x}/{y}"},
        {"subdomains": ()},
        {"subdomains": ("0", "1 *")},
        {"attribution": " "},
        {"min_zoom": 9, "max_zoom": 8},
        {"coordinates": "bd09"},
    ],
)
def test_tiles_that_would_open_the_content_policy_or_lack_something_are_refused(wrong: dict[str, Any]) -> None:
    Tiles(**TILES)
    with pytest.raises(ValueError, match=r"."):
        Tiles(**{**TILES, **wrong})
    with pytest.raises(SettingsError, match="map_template"):
        Template(
            Settings.model_construct(
                map_template="", map_attribution="", map_subdomains=(), map_max_zoom=1, map_coordinates="wgs84"
            )
        )


# -- holidays ----------------------------------------------------------------------------------------------------------


class Faulty(China):
    """The calendar with one fault."""

    def __init__(self, fault: str) -> None:
        super().__init__()
        self.fault = fault

    def known(self, year: int) -> bool:
        return self.fault == "knows every year" or super().known(year)

    def day(self, day: date) -> Day:
        found = China().day(day)
        if self.fault == "never provisional":
            return replace(found, provisional=False)
        if self.fault == "nameless":
            return replace(found, name="")
        if self.fault == "strange":
            return replace(found, kind="maybe")  # type: ignore[arg-type]
        return found


@pytest.mark.parametrize("calendar", [China(), Weekends()])
def test_calendars_in_the_box_pass(calendar: Calendar) -> None:
    contracts.holidays_contract(calendar)


@pytest.mark.parametrize("fault", ["knows every year", "never provisional", "nameless", "strange"])
def test_a_calendar_with_one_fault_does_not_pass(fault: str) -> None:
    with pytest.raises(AssertionError):
        contracts.holidays_contract(Faulty(fault))


# -- figures, photos, codes, messages ----------------------------------------------------------------------------------

PERIOD = Period(first=date(2026, 1, 1), last=date(2026, 12, 31))
FAIR = Metric(id="fair.one", label="一", unit="percent", source="数出来的")


class Figures:
    """A provider of one figure."""

    def __init__(self, metric: Metric, *values: float | None, of: int = 3) -> None:
        self.metric, self.values, self.of = metric, list(values), of

    def metrics(self) -> list[Metric]:
        return [self.metric]

    async def measure(self, name: str, village_id: int, period: Period) -> Reading:
        if name != self.metric.id:
            raise LookupError(name)
        return Reading(value=self.values.pop(0) if len(self.values) > 1 else self.values[0], of=self.of)


@pytest.mark.parametrize(
    ("provider", "passes"),
    [
        (Figures(FAIR, 40.0), True),
        (Figures(FAIR, None, of=0), True),
        (Figures(FAIR, 140.0), False),
        (Figures(FAIR, 0.0, of=0), False),
        (Figures(FAIR, 1.0, 2.0, 3.0), False),
        (Figures(replace(FAIR, source=" "), 40.0), False),
        (Figures(replace(FAIR, id="one"), 40.0), False),
    ],
)
async def test_figures_pass_or_not(provider: Metrics, passes: bool) -> None:
    try:
        await contracts.metrics_contract(provider, village_id=1, period=PERIOD)
    except AssertionError:
        assert not passes
    else:
        assert passes


async def test_the_cores_own_figures_pass(site: LiveSite) -> None:
    await contracts.metrics_contract(CoreMetrics(DEV), village_id=site["heping"].id, period=PERIOD)
    assert {one.id for one in CoreMetrics(DEV).metrics() if one.rests_on is Sensitive.POPULARITY} == {
        "core.posts",
        "core.likes",
    }


class Lossy(Storage):
    """Keeps the pictures of a photo, and loses one."""

    async def put(self, key: str, pictures: dict[tuple[str, str], bytes]) -> None:
        await super().put(key, dict(list(pictures.items())[:1]))


async def test_a_folder_keeps_photos_and_one_that_loses_some_does_not_pass(tmp_path: Path) -> None:
    address = f"file://{tmp_path}"
    await contracts.storage_contract(Storage.open(address))
    with pytest.raises(AssertionError, match="not what was kept"):
        await contracts.storage_contract(Lossy.open(address))


class Silent:
    """Sends nothing."""

    async def send(self, *what: object) -> None:
        return None


MESSAGE = Message(
    id=1,
    person_id=2,
    kind="post.shown",
    text="有人致谢",
    quote="",
    icon="bell",
    url="/",
    created_at=datetime(2026, 11, 2, tzinfo=UTC),
    read=False,
)


async def test_codes_and_messages_arrive_and_silence_does_not_pass(capsys: pytest.CaptureFixture[str]) -> None:
    def arrived() -> str:
        return capsys.readouterr().err

    await contracts.code_sender_contract(ConsoleSender(DEV), arrived)
    await contracts.channel_contract(ConsoleChannel(DEV), arrived, MESSAGE)
    with pytest.raises(AssertionError, match="did not arrive"):
        await contracts.code_sender_contract(Silent(), arrived)
    with pytest.raises(AssertionError, match="did not arrive"):
        await contracts.channel_contract(Silent(), arrived, MESSAGE)


class Hasty:
    """Refuses, and does not say why."""

    async def review(self, text: str) -> Verdict:
        return Verdict(says="refuse", reason=" ") if "赌" in text else Verdict.allow()


async def test_the_file_of_words_passes_and_one_that_gives_no_reason_does_not(tmp_path: Path) -> None:
    words = tmp_path / "words.txt"
    words.write_text("赌博 refuse\n转账 hold\n", "utf-8")
    boxed = Words(settings_for("sqlite://", tmp_path, moderation="words", moderation_words=str(words)))
    for refused in ("来赌博", "先转账"):
        await moderation_contract(boxed, refused=refused, harmless="今天晒谷子")
    for wrong in (Hasty(), boxed):
        with pytest.raises((AssertionError, ValueError)):
            await moderation_contract(wrong, refused="来赌" if wrong is not boxed else "晒谷子", harmless="今天晒谷子")
