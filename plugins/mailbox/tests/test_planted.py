"""Secrets planted in letters and reports, looked for as everybody on every page; and what becomes of somebody's letters when they leave."""

from __future__ import annotations

import asyncio
import io
import re
import zipfile
from collections.abc import Iterator

import pytest
from doing import V, do, write

from cunli import Page
from cunli.testing import cast
from cunli.testing.live import LiveSite
from cunli.testing.visitor import Visitor
from cunli_mailbox import reports
from cunli_mailbox.models import Letter, Report, Step, Supporter

pytestmark = pytest.mark.both_databases

PRIVATE, ABOUT, NOTED, SEALED = "私信机密甲", "反映机密乙", "备注机密丙", "举报机密丁"
CORE = (f"{V}/", f"{V}/services", "/inbox", "/me", "/me/data", f"{V}/about", "/console")
MAY = {
    PRIVATE: {"writer", "village_admin", "township_admin", "county_admin"},
    ABOUT: {"writer", "township_admin", "county_admin"},
    NOTED: {"village_admin", "township_admin", "county_admin"},
    SEALED: {"officer"},
}


def paths(pages: list[Page], letters: list[str], report: str) -> Iterator[str]:
    """Every address of the plugin that can be opened, with the keys of what was planted."""
    for page in (one for one in pages if "GET" in one.methods):
        start = f"{V}/mailbox{page.path}" if page.scope == "village" else f"/mailbox{page.path}"
        for key in [report] if page.path.startswith("/reports") else letters:
            yield re.sub(r"\{photo\}", "x", start.replace("{key}", key).replace("{move}", "reply"))
    yield f"{V}/search?q=机密"  # which stands in all of them


async def found(who: Visitor, asked: list[str]) -> dict[str, list[str]]:
    """Which secrets stand where: in pages, headers or addresses."""
    seen: dict[str, list[str]] = {}
    for path in asked:
        page = await who.open(path)
        text = f"{page.url} {page.html} {dict(page.headers)}"
        for word in MAY:
            if word in text:
                seen.setdefault(word, []).append(path)
    return seen


async def test_what_is_planted_is_found_by_those_it_is_for_and_by_nobody_else(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "CHANCE", 1.1)
    people = dict(await cast.everybody(plugin_site))
    person = await plugin_site.stranger("纪检老周")
    await plugin_site.department("jiwei", "县纪委监委", person)
    people |= {
        "officer": await plugin_site.sign_in(person),
        "writer": await plugin_site.sign_in(await plugin_site.villager("写信的人")),
    }
    cadre = str(people["village_admin"].person.id)  # type: ignore[attr-defined]
    private = await write(people["writer"], PRIVATE, body=PRIVATE)
    await do(people["village_admin"], private, "triage", track="help", urgency="general")
    await do(people["village_admin"], private, "note", words=NOTED)
    about = await write(people["writer"], ABOUT, body=ABOUT, about=cadre, public="1")
    form = (await people["nobody"].open(f"{V}/mailbox/report")).form("form[action$='/mailbox/report']")
    await form.fill(about=cadre, title=SEALED, body=SEALED).send()
    await plugin_site.run_task("mailbox.gather")
    await plugin_site.run_task("mailbox.mind")
    with plugin_site.inside():
        key = (await Report.get()).key
    pages = [page for plugin, page in plugin_site.app.site.pages if plugin == "mailbox"]
    letters = [one.url.rsplit("/", 1)[-1] for one in (private, about)]
    asked = [*dict.fromkeys([*paths(pages, letters, key), *CORE])]
    seen = {name: await found(who, asked) for name, who in people.items()}
    opened = await people["officer"].post(f"{V}/mailbox/reports/{key}/read", {})
    assert SEALED in opened.text, "the control: it can be found where it is"
    for word, may in MAY.items():
        leaks = {name: where[word] for name, where in seen.items() if word in where and name not in may}
        assert leaks == {}, word
        if word != SEALED:
            assert {name for name, where in seen.items() if word in where} == may, (
                "the control: those it is for find it"
            )
    for name in set(people) - {"officer"}:
        assert (await people[name].post(f"{V}/mailbox/reports/{key}/read", {})).status in (303, 401, 404), name


async def export(who: Visitor) -> str:
    """Everything that somebody is handed over, as one text."""
    await (await who.open("/me/data")).form("form[action='/me/data/export']").send()
    async with asyncio.timeout(60):
        while not (page := await who.open("/me/data")).all("form[action='/me/data/download']"):
            await asyncio.sleep(0.1)
    answer = await page.form("form[action='/me/data/download']").send()
    with zipfile.ZipFile(io.BytesIO(answer.response.content)) as packed:
        return "".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


async def test_the_public_finds_public_letters_and_a_neighbour_finds_no_private_one(plugin_site: LiveSite) -> None:
    writer = await plugin_site.sign_in(await plugin_site.villager("张桂秀"))
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    await write(writer, "路灯坏了没人修", public="1")
    await write(writer, "路灯下有人打架")
    page = await neighbour.open(f"{V}/search?q=路灯")
    assert "路灯坏了没人修" in page.text
    assert "打架" not in page.text
    assert "路灯坏了没人修" not in (await plugin_site.visitor().open(f"{V}/search?q=路灯")).text


async def test_who_leaves_takes_their_name_along_and_the_office_keeps_what_it_did(plugin_site: LiveSite) -> None:
    person = await plugin_site.villager("张桂秀")
    writer = await plugin_site.sign_in(person)
    secretary = await plugin_site.sign_in(await plugin_site.village_admin())
    neighbour = await plugin_site.sign_in(await plugin_site.villager("李有田"))
    letter = await write(writer, "路灯坏了", public="1", named="1")
    other = await write(neighbour, "水管漏了", public="1")
    await (await writer.open(other.url)).form("form[action$='/support']").send(button=("on", "1"))
    await do(secretary, letter, "triage", track="help", urgency="general")
    page = await writer.open(f"{V}/mailbox/write")
    await page.form("form[action$='/write']").fill(title="没写完").send(to=f"{V}/mailbox/write/keep")
    handed = await export(writer)
    assert "路灯坏了" in handed
    assert "没写完" in handed
    assert "水管漏了" not in handed
    await plugin_site.close_account(person)
    page = await secretary.open(letter.url)
    assert "路灯坏了" in page.text
    assert "张桂秀" not in page.text
    with plugin_site.inside():
        assert await Letter.filter(writer_id=person.id).count() == 0
        assert await Step.filter(actor_id=person.id).count() == 0
        assert await Supporter.filter(person_id=person.id).count() == 0
        assert (await Letter.get(title="水管漏了")).supporters == 0
