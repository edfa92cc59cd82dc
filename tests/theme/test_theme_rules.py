"""PL-8: a theme runs no code, asks no other host, covers nothing and loses nothing. Each rule finds what it is for."""

from __future__ import annotations

from pathlib import Path

import jinja2
import pytest

from cunli.testing.live import live_site, settings_for
from cunli.testing.templates import EmptyDatabases
from cunli.web import themed, themes
from cunli.web.render import Templates
from cunli.web.site import Site
from cunli.web.theme_rules import doubts
from tests.kit.conftest import on_path
from tests.theme.evil import NAME, PACKAGE, chain, put, theme_folder

FOOT = "templates/footer.html"
CSS = "static/css/lotus.css"
QIANMO = themes.read(themes.CORE)


def core(name: str) -> str:
    return (QIANMO.templates / name).read_text("utf-8")


def foot(inside: str) -> dict[str, str]:
    return {FOOT: f'<footer class="foot">{{% include "look_links.html" %}}{inside}</footer>'}


def css(inside: str) -> dict[str, str]:
    return {CSS: f"@layer theme {{ {inside} }}"}


def over(name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """A template of the core's theme with something changed."""
    text = core(name)
    for before, after in changes:
        assert before in text, f"{name} no longer has {before!r}: plant it elsewhere"
        text = text.replace(before, after)
    return {f"templates/{name}": text}


def test_a_new_theme_breaks_no_rule(tmp_path: Path) -> None:
    assert list(doubts(chain(theme_folder(tmp_path)))) == []


def test_a_part_that_is_only_moved_about_is_fine(tmp_path: Path) -> None:
    for name in (
        "tabbar.html",
        "village_base.html",
        "feed/head.html",
        "feed/village.html",
        "feed/card.html",
        "feed/post.html",
    ):
        theme_folder(tmp_path, over(name))
    assert list(doubts(chain(tmp_path / PACKAGE))) == []


@pytest.mark.parametrize(
    ("rule", "edits"),
    [
        ("T201", {"theme.toml": 'name = "other"\nbase = "qianmo"\n[label]\nzh = "莲"\nen = "L"\n'}),
        ("T201", {"theme.toml": 'name = "lotus"\nbase = "qianmo"\nstylesheets = ["../../x.css"]\n[label]\nzh = "莲"\nen = "L"\n'}),
        ("T201", {"theme.toml": 'name = "lotus"\nbase = "qianmo"\nhook = "x"\n[label]\nzh = "莲"\nen = "L"\n'}),
        ("T202", {"theme.toml": 'name = "lotus"\n[label]\nzh = "莲"\nen = "L"\n'}),
        ("T203", {"__init__.py": "import os\n"}),
        ("T203", {"more.py": ""}),
        ("T203", {"static/x.js": "alert(1)"}),
        ("T204", {"static/x.html": "<p>"}),
        ("T204", {"templates/x.txt": "x"}),
        ("T301", {FOOT: "{% if %}"}),
        ("T302", {"templates/feet.html": "<p></p>"}),
        ("T302", foot('{% include "/etc/passwd" %}')),
        ("T302", foot('{% include "../../../etc/passwd" %}')),
        ("T303", over("base.html")),
        ("T303", over("people/sign_in.html")),
        ("T303", {"templates/trust/report.html": "<p></p>"}),
        ("T304", foot("{{ ''.__class__ }}")),
        ("T304", foot("{{ ''['__class__'] }}")),
        ("T304", foot("{{ ''|attr('__class__') }}")),
        ("T304", foot("{{ [visit]|map(attribute='site')|first }}{{ [1]|map('attr', '__class__')|list }}")),
        ("T304", foot("{{ ['']|map(attribute='__class__')|list }}")),
        ("T304", foot("{{ '{0.__class__}'.format(visit) }}")),
        ("T304", foot("{{ visit.site.settings.secret }}")),
        ("T304", foot("{{ visit['site'] }}")),
        ("T304", foot("{{ lipsum.__globals__ }}")),
        ("T304", foot("{{ cycler('a') }}")),
        ("T304", foot("{{ range(999999999)|list }}")),
        ("T304", foot("{{ 'a' * 999999999 }}{{ 9 ** 999999 }}")),
        ("T304", foot("{{ visit.village.motto|safe }}")),
        ("T304", foot("{% autoescape false %}{{ visit.village.motto }}{% endautoescape %}")),
        ("T304", foot("{% set f = visit.may %}{{ f('core.post.publish') }}")),
        ("T304", foot("{% include visit.path %}")),
        ("T305", foot("<script src=\"{{ static('js/app.js') }}\"></script>")),
        ("T305", foot('<p onclick="x()">')),
        ("T305", foot('<p style="top:0">')),
        ("T305", foot('<{{ "scr" ~ "ipt" }}>')),
        ("T305", foot('<p {{ "onclick" }}="x">')),
        ("T305", foot("<p class={{ visit.village.motto }}>")),
        ("T305", foot('<a href="javascript:x()">')),
        ("T305", foot('<a href=" java\nscript:x()">')),
        ("T305", foot('<iframe src="/me"></iframe>')),
        ("T305", foot('<meta http-equiv="refresh" content="0">')),
        ("T305", foot('<p data-hx-on:click="x">')),
        ("T306", foot('<img src="//evil.example/a.png">')),
        ("T306", foot('<img srcset="https://evil.example/a.png 2x">')),
        ("T306", foot('<img src="{{ "//evil.example/a.png" }}">')),
        ("T307", over("village_base.html", ("{% block rail %}", ""), ('{% include "rail.html" %}{% endblock %}', ""))),
        ("T308", over("feed/village.html", ('{{ slot("village.sidebar") }}', ""))),
        ("T309", over("notify/inbox.html", ("{{ form_token() }}", ""))),
        ("T309", foot('<form method="post" action="/sign-out">{{ form_token() }}<button>好</button></form>')),
        ("T309", foot('<button form="act" formaction="/me/delete">好</button>')),
        ("T309", foot('<a data-hx-post="/me/away">好</a>')),
        ("T401", css('.foot { background: url("//evil.example/x.png") }')),
        ("T401", css(".foot { background: url(https://evil.example/x.png) }")),
        ("T401", css(r".foot { background: u\72l(//evil.example) }")),
        ("T401", css('.foot { background: image-set("//evil.example/x.png" 1x) }')),
        ("T401", {CSS: '@import "other.css";'}),
        ("T402", css(".foot { position: fixed; inset: 0 }")),
        ("T402", css(".foot { position : /* */ fixed }")),
        ("T402", css('input[value^="1"] { color: red }')),
        ("T403", {"static/x.svg": "<svg><script>x()</script></svg>"}),
        ("T403", {"static/x.svg": '<svg onload="x()"/>'}),
        ("T403", {"static/x.svg": '<svg><image href="https://evil.example/x.png"/></svg>'}),
        ("T403", {"static/x.svg": '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>'}),
    ],
)  # fmt: skip
def test_a_theme_that_breaks_a_rule_is_told_which(rule: str, edits: dict[str, str], tmp_path: Path) -> None:
    found = list(doubts(chain(theme_folder(tmp_path, edits))))
    assert any(one.startswith(f"kit.{rule} {NAME}: ") for one in found), found


def test_links_out_of_the_theme_are_found(tmp_path: Path) -> None:
    folder = theme_folder(tmp_path)
    (folder / "static" / "secrets.txt").symlink_to("/etc/passwd")
    assert any("kit.T203" in one and "secrets.txt is a link" in one for one in doubts(chain(folder)))


async def test_a_broken_theme_costs_its_look_and_nothing_else(empty_databases: EmptyDatabases, tmp_path: Path) -> None:
    """The deployment's theme is evil: the site starts in the core's, says why, and imported nothing of it."""
    theme_folder(tmp_path / "site", {**foot("{{ ''.__class__ }}"), "__init__.py": "raise SystemExit('it ran')"})
    with on_path(tmp_path / "site"):
        settings = settings_for(
            await empty_databases.fresh("sqlite", tmp_path), tmp_path, theme=NAME, themes=("terrace",)
        )
        async with live_site(settings) as live:
            site = live.app.site
            assert list(site.themed) == [themes.CORE, "terrace"]
            (problem,) = site.theme_problems
            assert (problem.id, problem.plugin) == ("themes.E060", NAME)
            assert "kit.T304" in problem.text
            assert "__init__.py is not empty" in problem.text
            assert (await live.visitor().open("/v/heping/")).status == 200


# -- the second net ------------------------------------------------------------------------------------------------------


ESCAPES = (
    "{{ ''.__class__ }}",
    "{{ ''['__cla' ~ 'ss__'] }}",
    "{{ visit.site.settings.secret.get_secret_value() }}",
    "{{ visit.request.headers }}",
    "{% set v = visit %}{{ v.session }}",
    "{% do theme.stylesheets.__class__.mro() %}",
    "{{ cycler('a', 'b').next() }}",
    "{{ '{0.__class__}'.format(slot) }}",
    "{% do visit.person.roles.append(1) %}",
)


@pytest.mark.parametrize("escape", ESCAPES)
async def test_what_gets_past_the_rules_is_stopped_and_the_page_is_drawn_without_the_theme(
    escape: str, empty_databases: EmptyDatabases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(themed, "doubts", lambda _: ())  # as if the first net had a hole
    theme_folder(tmp_path / "site", {FOOT: f"<footer>本来 {escape} 跑了</footer>"})
    with on_path(tmp_path / "site"):
        settings = settings_for(await empty_databases.fresh("sqlite", tmp_path), tmp_path, theme=NAME)
        async with live_site(settings) as live:
            visitor = await live.sign_in(await live.villager("张桂秀"))
            page = await visitor.open("/me")
            assert page.status == 200
            assert "跑了" not in page.html
            assert page.one("footer").get("class") == "foot", "the core's own footer"
            assert [one.id for one in live.app.site.drawing_problems()] == ["themes.W151"]
            assert (await visitor.open(page.one("link[rel=stylesheet]:first-of-type").get("href"))).status == 200


def test_the_control_outside_of_the_sandbox_a_template_reaches_python(tmp_path: Path) -> None:
    """The same words in the same place, trusted: so the test above tests the sandbox."""
    theme_folder(tmp_path / "site", {FOOT: "{{ ''['__cla' ~ 'ss__'] }}"})
    with on_path(tmp_path / "site"):
        site = Site(settings_for("sqlite:///none.db", tmp_path))
        folder = jinja2.FileSystemLoader(str(tmp_path / "site" / PACKAGE / "templates"))
        trusted = Templates([folder], site.static, {})
        assert "class &#39;str&#39;" in trusted.render("footer.html", {})
        sandboxed = Templates([], site.static, {}, careful=folder)
        with pytest.raises(jinja2.exceptions.SecurityError):
            sandboxed.render("footer.html", {})


def test_two_distributions_with_one_name_are_refused(tmp_path: Path) -> None:
    theme_folder(tmp_path)
    about = tmp_path / "cunli_theme_false-1.dist-info"
    put(about / "METADATA", "Metadata-Version: 2.4\nName: cunli-theme-false\nVersion: 1\n")
    put(about / "entry_points.txt", f"[cunli.themes]\n{NAME} = {PACKAGE}\n")
    with on_path(tmp_path), pytest.raises(themes.ThemeError, match="cunli-theme-false and cunli-theme-lotus"):
        themes.read(NAME)
