"""E-mail for officials, against a mail server on this machine: who gets what, what never leaves, and what failures cost."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from pathlib import Path

import pytest

from cunli import db
from cunli.clock import now
from cunli.console import alarms
from cunli.jobs.tasks import TaskContext
from cunli.notify import channels, mail
from cunli.notify.actions import tell
from cunli.notify.topics import TOPICS, topic_of
from cunli.notify.words import KINDS
from cunli.provide import email, record, trying
from cunli.provide.email import Letter, NoSuchBox, NotCarried, PostOffice, parse_address
from cunli.provide.email_channel import EmailChannel
from cunli.settings import Settings, SettingsError
from cunli.signs import signs
from cunli.testing.live import LiveSite
from cunli.testing.mail_server import MailServer
from cunli.testing.sample import SamplePerson
from cunli.testing.visitor import Opened, Visitor

BOX = "tian@county.example"
SECRET = "county.example"


def settings_for(server: MailServer, **more: object) -> Settings:
    return Settings.model_validate({"dev": True, "channels": ["email"], "plugin": {"email": server.settings(**more)}})


def office_of(server: MailServer, seconds: float = 2.0, **more: object) -> PostOffice:
    made = email.post_office(settings_for(server, **more))
    made._seconds = seconds
    return made


LETTER = Letter(to=BOX, subject="有一件事", text="有一件事要办\n", id="cunli-1-1")


# ---- pure ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tian",
        "tian@",
        "@a.cn",
        "a b@c.cn",
        "a@b",
        "a@b.cn\r\nBcc: x@y.cn",
        "a@b.cn\nx",
        "a@-b.cn",
        "a..b@c.cn",
        ".a@b.cn",
        "a.@b.cn",
        "田@b.cn",
        "a@b.c_m",
        f"{'a' * 65}@b.cn",
        f"a@{'b.' * 130}cn",
        'a"@b.cn',
        "a@b.cn,c@d.cn",
        "<a@b.cn>",
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert parse_address(text) is None


def test_an_address_is_kept_as_written_but_for_its_host() -> None:
    assert parse_address("  Tian.Shouyi+1@County.Example ") == "Tian.Shouyi+1@county.example"


def test_a_header_stays_one_line() -> None:
    written = email._written(
        Letter(to=BOX, subject="一\r\nBcc: x@y.cn\u2028二", text="正文\r\n.\r\nQUIT", id="x"),
        email.EmailSettings(host="h", sender="a@b.cn", sender_name="村\r\n里"),
    )
    head = written.partition(b"\r\n\r\n")[0].decode()
    assert "\r\nBcc" not in head
    assert [line.split(":")[0] for line in head.split("\r\n") if not line.startswith(" ")].count("Subject") == 1


def test_every_topic_has_kinds_that_exist() -> None:
    known = {kind for kind in KINDS if topic_of(kind)}
    assert {topic_of(kind) for kind in known} == set(TOPICS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"host": "smtp.county.example", "security": "none"}, "encrypted only"),
        ({"sender": "nobody"}, "sender is an address"),
        ({"username": "x"}, "password"),
        ({"ca_file": "/nowhere.pem"}, "ca_file cannot be read"),
        ({"security": "ssl"}, "security"),
        ({"hots": "x"}, "unknown"),
    ],
)
def test_settings_that_would_send_in_clear_or_nowhere_are_refused(given: dict[str, object], says: str) -> None:
    plugin = {"email": {"host": "127.0.0.1", "sender": "a@b.cn", "security": "none", **given}}
    with pytest.raises(SettingsError, match=says):
        email.post_office(Settings.model_validate({"dev": True, "plugin": plugin}))


# ---- the wire ----------------------------------------------------------------------------------------------------------


async def test_a_letter_arrives_encrypted_with_user_and_password(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls=True, login=True) as server:
        await office_of(server).deliver(LETTER)
        (letter,) = server.letters
        assert server.encrypted == [True]
        assert (letter["To"], letter["Subject"], letter["Message-ID"]) == (
            BOX,
            "有一件事",
            "<cunli-1-1@county.example>",
        )
        assert letter.get_content().strip() == "有一件事要办"
        with pytest.raises(NotCarried, match="user name or password"):
            await office_of(server, password="wrong").deliver(LETTER)
        assert len(server.letters) == 1


async def test_a_server_nobody_vouches_for_gets_nothing(tmp_path: Path) -> None:
    async with MailServer(tmp_path, tls=True) as server:
        with pytest.raises(NotCarried):
            await office_of(server, ca_file="").deliver(LETTER)
        assert server.letters == []
        await office_of(server).deliver(LETTER)  # the control: the certificate was the reason
        assert len(server.letters) == 1


async def test_a_server_without_tls_gets_nothing_where_tls_is_asked_for(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        with pytest.raises(NotCarried):
            await office_of(server, security="starttls").deliver(LETTER)
        assert server.letters == []


async def test_what_may_be_tried_again_and_what_may_not(tmp_path: Path) -> None:
    async with MailServer(tmp_path, answers=["450 busy", "550 no such user tian@county.example", ""]) as server:
        office = office_of(server)
        with pytest.raises(NotCarried, match="450") as later:
            await office.deliver(LETTER)
        with pytest.raises(NoSuchBox, match="550") as never:
            await office.deliver(LETTER)
        assert SECRET not in f"{later.value}{never.value}"  # servers repeat addresses
        await office.deliver(LETTER)
        assert len(server.letters) == 1


async def test_a_server_that_says_nothing_is_waited_for_only_so_long(tmp_path: Path) -> None:
    async with MailServer(tmp_path, hang=True) as server:
        begun = time.monotonic()
        with pytest.raises(NotCarried, match="in time"):
            await office_of(server, seconds=0.3).deliver(LETTER)
        assert time.monotonic() - begun < 3
    closed = server
    office = office_of(closed, seconds=0.5)
    for _ in range(5):
        with pytest.raises(NotCarried, match="no connection"):
            await office.deliver(LETTER)
    with pytest.raises(NotCarried, match="given a rest"):
        await office.deliver(LETTER)


# ---- people ------------------------------------------------------------------------------------------------------------


async def set_up(site: LiveSite, server: MailServer) -> tuple[SamplePerson, Visitor]:
    channels.send_through({"email": EmailChannel(office_of(server), "http://127.0.0.1:8000")})
    admin = await site.village_admin("田守义")
    return admin, await site.sign_in(admin)


@pytest.fixture(autouse=True)
def _nothing_left() -> object:
    record.forget()
    yield
    channels.send_through({})


async def confirmed(visitor: Visitor, server: MailServer) -> Opened:
    page = await (await visitor.open("/me/mail")).form("#address").fill(address=BOX).send()
    code = server.letters[-1].get_content().split("填 ")[1][:6]
    return await page.form("#confirm").fill(code=code).send()


async def carry(person_id: int) -> None:
    """Send what waits for this person, as the worker does."""
    ids = [
        row["id"]
        for row in await db.read("SELECT id FROM core_notification WHERE person_id = ? ORDER BY id", person_id)
    ]
    for one in ids:
        await channels.send(
            TaskContext(task="t", payload={"channel": "email", "messages": [one]}, village_id=None, attempt=1, key="t")
        )


async def applied(site: LiveSite, admin: SamplePerson, times: int = 1) -> None:
    """Somebody applies, and nothing is sent before the test says so: `carry` is the worker."""
    by, used = await site.stranger("覃小禾的名字"), channels.by_name("email")
    assert used is not None
    channels.send_through({})
    for n in range(times):
        await tell(
            admin.id, "membership.applied", village_id=site["heping"].id, url="/v/heping/", by=by.id, once=f"a{n}"
        )
    channels.send_through({"email": used})


async def test_addresses_given_at_the_same_moment_leave_one_and_an_old_code_confirms_no_new_address(
    site: LiveSite,
) -> None:
    official = await site.county_admin()
    await asyncio.gather(*(mail.begin(official.id, f"tian{n}@county.example") for n in range(6)))
    assert len(await db.read("SELECT id FROM core_mail_address WHERE person_id = ?", official.id)) == 1
    old = await mail.begin(official.id, BOX)
    new = await mail.begin(official.id, f"new.{BOX}")
    assert (await mail.confirm(official.id, old), await mail.confirm(official.id, new)) == (old == new, True)
    found = await mail.mail_of(official.id)
    assert found is not None
    assert (found.address, found.confirmed) == (f"new.{BOX}", True)


async def test_an_official_confirms_an_address_and_gets_what_they_chose_without_names(
    site: LiveSite, tmp_path: Path
) -> None:
    async with MailServer(tmp_path) as server:
        admin, visitor = await set_up(site, server)
        wrong = await (await visitor.open("/me/mail")).form("#address").fill(address="tian\r\nBcc: x@y.cn").send()
        assert (wrong.status, "邮箱写得不对" in wrong.text) == (422, True)
        await applied(site, admin)
        await carry(admin.id)
        assert server.letters == []  # nothing before the address is confirmed
        page = await confirmed(visitor, server)
        assert f"发到 {BOX}" in page.text
        await carry(admin.id)
        letter = server.letters[-1]
        assert "申请加入禾坪村" in letter["Subject"]
        assert "覃小禾" not in f"{letter['Subject']}{letter.get_content()}"
        assert "http://127.0.0.1:8000/inbox" in letter.get_content()
        (row,) = await db.read("SELECT address FROM core_mail_address")
        assert SECRET not in row["address"]
        await tell(admin.id, "post.thanked", url="/v/heping/", once="thanks")
        before = len(server.letters)
        await page.form("#topics").fill(on=["late"]).send()
        await carry(admin.id)
        assert len(server.letters) == before  # neither what was not chosen, nor what is nobody's duty
        await db.run_unit(db.write, "UPDATE core_role SET revoked_at = granted_at WHERE person_id = ?", admin.id)
        await db.run_unit(db.write, "UPDATE core_mail_address SET topics = 'duty'")
        await carry(admin.id)
        assert len(server.letters) == before  # out of office
        assert (await visitor.open("/me/mail")).status == 404


async def test_a_code_is_good_five_times_and_for_the_newest_address_only(site: LiveSite, tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        admin, visitor = await set_up(site, server)
        page = await (await visitor.open("/me/mail")).form("#address").fill(address=BOX).send()
        old = server.letters[-1].get_content().split("填 ")[1][:6]
        page = await page.form("#address").fill(address="other@county.example").send()
        new = server.letters[-1].get_content().split("填 ")[1][:6]
        wrong = f"{(int(new) + 1) % 10**6:06d}"
        tries = [old if old != new else wrong, wrong, wrong, wrong, wrong, new]
        for code in tries:
            answer = await page.form("#confirm").fill(code=code).send()
            assert answer.status == 422
        assert await mail.address_for(admin.id, "membership.applied") is None
        villager = await site.sign_in(await site.villager("罗春秀"))
        for path in ("/me/mail", "/me/mail/confirm", "/me/mail/topics"):
            assert (await villager.post(path, {"address": BOX, "code": "1"})).status == 404


async def test_a_box_that_is_refused_for_good_is_left_alone_and_its_owner_told(site: LiveSite, tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        admin, visitor = await set_up(site, server)
        await confirmed(visitor, server)
        server.answers = ["550 gone"]
        before = len(server.letters)
        await applied(site, admin, times=2)
        await carry(admin.id)
        assert len(server.letters) == before
        told = await db.read("SELECT 1 FROM core_notification WHERE person_id = ? AND kind = 'mail.refused'", admin.id)
        assert len(told) == 1
        assert "退了信" in (await visitor.open("/me/mail")).text


async def test_a_busy_server_is_asked_again_by_the_job_and_the_page_of_health_tells(
    site: LiveSite, tmp_path: Path
) -> None:
    async with MailServer(tmp_path) as server:
        admin, visitor = await set_up(site, server)
        await confirmed(visitor, server)
        await applied(site, admin)
        server.answers = ["451 later"]
        with pytest.raises(NotCarried):
            await carry(admin.id)
        (one,) = await record.records()
        assert (one.name, one.failing, "451" in one.error) == ("email", True, True)
        site.app.site.settings = site.settings.model_copy(update={"channels": ("email",)})
        try:
            found = [sign for sign in await signs(site.app.site) if "email" in str(sign.what)]
            assert [(sign.state, "451" in str(sign.says)) for sign in found] == [("warning", True)]
            await carry(admin.id)
            record.forget()
            await carry(admin.id)
            (one,) = await record.records()
            assert not one.failing
        finally:
            site.app.site.settings = site.settings


async def test_a_channel_is_tried_out_from_the_command_line(tmp_path: Path) -> None:
    async with MailServer(tmp_path) as server:
        settings = settings_for(server)
        said = await trying.channel(settings, BOX)
        assert said.worked
        assert len(server.letters) == 1
        server.answers = ["550 no"]
        said = await trying.channel(settings, BOX)
        assert (said.worked, SECRET in said.words, "550" in said.words) == (False, False, True)
        assert "takes an address" in (await trying.channel(settings, "")).words
        assert "no channel “sms”" in (await trying.channel(settings, BOX, "sms")).words
        both = settings.model_copy(update={"channels": ["email", "console"]})
        assert "--through" in (await trying.channel(both, BOX)).words
        assert "cannot be tried out" in (await trying.channel(both, BOX, "console")).words


async def test_officials_hear_once_a_day_of_what_is_wrong_and_what_is_late(site: LiveSite) -> None:
    county, village = await site.county_admin(), await site.village_admin()
    await alarms.tell_what_is_wrong(site.app.site)
    quiet = await db.read("SELECT 1 FROM core_notification WHERE kind = 'site.wrong'")
    assert quiet == []
    live = site.settings.model_copy(update={"dev": False})
    site.app.site.settings = live
    try:
        for _ in range(2):
            assert await alarms.tell_what_is_wrong(site.app.site) >= 1  # no backup was ever made
    finally:
        site.app.site.settings = site.settings
    told = await db.read("SELECT person_id FROM core_notification WHERE kind = 'site.wrong'")
    assert [row["person_id"] for row in told] == [county.id]
    assert await alarms.tell_what_is_late() == 0

    async def case() -> None:
        await db.write(
            "INSERT INTO core_review_case (key, village_id, kind, object_kind, object_id, author_id, level, opened_at, due_at, state, reason, rule, words, outcome, was, decided_level)"
            " VALUES ('k', ?, 'report', 'post', 1, ?, 5, ?, ?, 'open', '', '', '', '', '', 0)",
            site["heping"].id,
            village.id,
            now(),
            now() - timedelta(hours=1),
        )

    await db.run_unit(case)
    assert await alarms.tell_what_is_late() == 1
    assert await alarms.tell_what_is_late() == 1
    told = await db.read("SELECT person_id FROM core_notification WHERE kind = 'review.late'")
    assert [row["person_id"] for row in told] == [village.id]
