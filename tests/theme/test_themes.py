"""Every installed theme keeps the promises of docs/themes.md, and each check can fail."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cunli.testing import theme_checks
from cunli.web import themes
from cunli.web.stylesheets import LookedAt, properties

CHOSEN = "qianmo"


@pytest.fixture
def copied(tmp_path: Path) -> themes.Theme:
    """A copy of the default theme that a test may spoil."""
    theme = themes.read(CHOSEN)
    shutil.copytree(theme.folder, tmp_path / "theme")
    return replace(theme, folder=tmp_path / "theme")


def spoil(theme: themes.Theme, name: str, before: str, after: str) -> list[str]:
    """What the checks say after one change to one file."""
    path = theme.folder / name
    text = path.read_text("utf-8")
    assert before in text, f"{name} no longer has {before!r}: plant the control elsewhere"
    path.write_text(text.replace(before, after, 1), "utf-8")
    return theme_checks.problems_of([theme])


@pytest.mark.parametrize("theme_id", sorted(themes.installed()))
def test_an_installed_theme_keeps_its_promises(theme_id: str) -> None:
    assert theme_checks.problems(theme_id) == []


def test_the_unspoilt_copy_has_no_problems(copied: themes.Theme) -> None:
    assert theme_checks.problems_of([copied]) == []


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        ("static/css/tokens.css", "--ink-3: #5c6962", "--ink-3: #9aa6a0", "--ink-3 on --surface"),
        ("static/css/tokens.css", "--cloth-ink-2: #d5e2ec", "--cloth-ink-2: #7f96a8", "--cloth-ink-2 on --cloth"),
        (
            "static/css/tokens.css",
            '[data-dye="tea"]     { --cloth: #573f2c }',
            '[data-dye="tea"] { --cloth: #a07850 }',
            "dye=tea",
        ),
        (
            "static/css/tokens.css",
            ":not([data-theme]):not([data-contrast])",
            ":not([data-contrast])",
            "theme=dark mode=elder",
        ),
        ("static/css/tokens.css", "@layer reset, tokens,", "@layer tokens, reset,", "does not begin with"),
        ("static/css/app.css", "@layer base {", "@layer theme {", "stands in layer “theme”"),
        ("static/css/app.css", "@layer utilities {", "@media print {", "stands in layer “none”"),
        ("static/css/tokens.css", "../cloth/tea.svg", "../cloth/teapot.svg", "leads nowhere"),
        ("static/css/tokens.css", "../cloth/tea.svg", "https://fonts.example/tea.svg", "asks another host"),
        ("templates/footer.html", "<footer ", '<footer style="top:0" ', "style attribute"),
        ("templates/footer.html", "<footer ", '<footer onclick="x()" ', "event handler"),
        ("templates/footer.html", "<footer ", "<script>x()</script><footer ", "inline script"),
        ("templates/footer.html", "<footer ", '<img src="//cdn.example/a.png"><footer ', "asks another host"),
        ("templates/footer.html", "<footer ", "{{ visit.path|safe }}<footer ", "unescaped"),
        ("templates/footer.html", "<footer ", '{{ icon("no-such-thing") }}<footer ', "no icon"),
        ("templates/footer.html", "<footer ", "{{ static('js/none.js') }}<footer ", "no static file"),
        ("templates/ui.html", 'symbol="trash"', 'symbol="trashcan"', "no icon “trashcan”"),
    ],
)
def test_a_spoilt_theme_is_found_out(copied: themes.Theme, name: str, before: str, after: str, said: str) -> None:
    assert any(said in problem for problem in spoil(copied, name, before, after))


def test_too_many_bytes_are_found_out(copied: themes.Theme) -> None:
    noise = "".join(f"/* {(n * 7919) % 1000003:x} */" for n in range(9000))
    (copied.static / "css/app.css").write_text(noise, "utf-8")
    assert any("first view" in p for p in theme_checks.problems_of([copied]))


def test_a_derived_theme_writes_in_its_own_layer_and_for_both_lights() -> None:
    both = (
        '@layer theme { :root { --bg: #fff } :root[data-theme="dark"], :root:not([data-theme="light"]) { --bg: #000 } }'
    )
    assert theme_checks.layer_problems(both, derived=True) == []
    assert theme_checks.layer_problems(both.replace("theme {", "modes {", 1), derived=True)
    assert theme_checks.layer_problems("@layer theme { :root { --bg: #fff } }", derived=True)


def test_a_theme_cannot_shrink_elder_type() -> None:
    chain = themes.chain(CHOSEN)
    sheets = theme_checks.stylesheets(chain, theme_checks.static_files(chain))
    elder = LookedAt(mode="elder")
    shrunk = [*sheets, '@layer theme { :root[data-mode="elder"] { --fs-3: 1rem; --tap: 40px } }']
    assert properties(shrunk, elder)["fs-3"] == "1.5rem"
    assert properties(shrunk, elder)["tap"] == "64px"
    assert properties([*sheets, "@layer theme { :root { --bg: #123456 } }"], elder)["bg"] == "#123456"


def test_dark_is_the_same_whether_the_system_or_the_person_asks() -> None:
    for theme_id in sorted(themes.installed()):
        chain = themes.chain(theme_id)
        sheets = theme_checks.stylesheets(chain, theme_checks.static_files(chain))
        for mode in ("", "elder"):
            for more in ("", "more"):
                asked = properties(sheets, LookedAt(theme="dark", mode=mode, contrast=more))
                system = properties(sheets, LookedAt(system="dark", mode=mode, contrast=more))
                assert asked == system, (theme_id, mode, more)


def test_a_derived_theme_lies_over_its_base() -> None:
    chain = themes.chain("terrace")
    files = theme_checks.static_files(chain)
    assert [t.id for t in chain] == ["terrace", "qianmo"]
    assert files["cloth/plum.svg"].is_relative_to(chain[0].folder)
    assert files["css/components.css"].is_relative_to(chain[1].folder)
