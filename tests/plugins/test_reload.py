"""`cunli serve --reload`: templates and catalogues show at once, code after a start of its own, and the browser looks again."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

import httpx2
from click.testing import CliRunner

from cunli.cli import command_line
from cunli.testing.live import LiveSite, live_site, settings_for
from cunli.testing.plugins import Install, plugin_source
from cunli.testing.templates import EmptyDatabases
from cunli.testing.visitor import Visitor
from cunli.web.live_reload import LiveReload, folders

from ..ports import free_port
from .operators import environment

PATIENCE = 60.0
SAYS = plugin_source(
    "def pages(self):\n    return ()",
    head="async def say(visit):\n    return await visit.render('says/page.html', {'word': WORD})\nWORD = 'first'\n",
).replace(
    "def pages(self):\n        return ()",
    "@hookimpl\n    def pages(self):\n        return [Page(path='/', view=say, to=EVERYONE, scope='county')]",
)
TEMPLATE = '{% extends "plain_base.html" %}{% block content %}<p id="w">{{ word }}</p><p id="t">one</p>{% endblock %}'


def written(install: Install) -> Path:
    return install("says", SAYS, files={"templates/says/page.html": TEMPLATE, "static/says.css": "p{}"})


async def test_a_changed_template_shows_without_a_restart_and_moves_the_stamp(
    empty_databases: EmptyDatabases, install: Install, tmp_path: Path
) -> None:
    package = written(install)
    url = await empty_databases.fresh("sqlite", tmp_path)
    async with live_site(settings_for(url, tmp_path, plugins=("says",))) as live:
        assert package in folders(live.settings)
        layer = LiveReload(live.app, [])
        visitor = Visitor(layer, live.settings.base_url)
        page = await visitor.open("/says/")
        assert page.words("#w, #t") == ["first", "one"]
        assert [e.get("src") for e in page.all("head script")][-1] == "/dev/reload.js"
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        stamp, script = (await visitor.open("/dev/stamp")).html, await visitor.open("/dev/reload.js")
        assert script.headers["content-type"].startswith("text/javascript")

        template = package / "templates/says/page.html"
        template.write_text(TEMPLATE.replace("one", "two"))
        before = live.app.site.static.url("says/says.css")
        (package / "static/says.css").write_text("p{color:red}")
        layer.changed([str(template)])
        assert (await visitor.open("/says/")).words("#t") == ["two"]
        assert live.app.site.static.url("says/says.css") != before, "browsers keep the old file for good"
        moved = (await visitor.open("/dev/stamp")).html
        assert moved != stamp

        (package / "locale/en/LC_MESSAGES").mkdir(parents=True)
        (package / "locale/en/LC_MESSAGES/messages.po").write_bytes(b"\xff\xfe broken")
        layer.changed(["messages.po"])
        assert (await visitor.open("/says/")).words("#t") == ["two"], "what cannot be read changes nothing"
        assert (await visitor.open("/dev/stamp")).html == moved
        await visitor.close()


async def test_without_that_layer_there_is_nothing_of_it(site: LiveSite) -> None:
    for path in ("/dev/stamp", "/dev/reload.js"):
        assert (await site.visitor().open(path)).status == 404
    assert "reload.js" not in (await site.visitor().open("/v/heping/")).html


def test_it_is_refused_where_real_people_are() -> None:
    for settings, why in (({"dev": "0"}, "set dev = true"), ({"workers": "2"}, "one process")):
        done = CliRunner().invoke(command_line, ["serve", "--reload"], env=environment("sqlite:///x.db", **settings))
        assert (done.exit_code, why in done.stderr) == (2, True), done.stderr


async def seen(client: httpx2.AsyncClient, path: str, words: str, said: Path) -> str:
    """The page, once it holds the words."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            answer = await client.get(path)
            if words in answer.text:
                return answer.text
        except httpx2.TransportError:
            pass
        assert time.monotonic() < deadline, said.read_text()[-3000:]
        assert "Traceback" not in said.read_text(), said.read_text()[-3000:]
        await asyncio.sleep(0.05)


async def test_the_real_command_starts_again_for_code_and_not_for_a_template(
    empty_databases: EmptyDatabases, install: Install, tmp_path: Path
) -> None:
    package, port, said = written(install), free_port(), tmp_path / "serve.log"
    url = await empty_databases.fresh("sqlite", tmp_path)
    address = f"http://127.0.0.1:{port}"
    with said.open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cunli", "serve", "--reload", "--port", str(port),
            cwd=tmp_path, env=environment(url, plugins="says", base_url=address), stdout=log, stderr=log,
        )  # fmt: skip
    try:
        async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
            await seen(client, "/says/", "first", said)
            boot = (await client.get("/dev/stamp")).text.partition(".")[0]
            (package / "templates/says/page.html").write_text(TEMPLATE.replace("one", "two"))
            await seen(client, "/says/", "two", said)
            assert (await client.get("/dev/stamp")).text.partition(".")[0] == boot, "the same process"
            source = (package / "__init__.py").read_text()
            (package / "__init__.py").write_text(source.replace("first", "second time"))
            await seen(client, "/says/", "second time", said)
            assert (await client.get("/dev/stamp")).text.partition(".")[0] != boot
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
