"""Settings: typed, documented, and every mistake named with the way out."""

from __future__ import annotations

from pathlib import Path

import pytest

from cunli.settings import Settings, SettingsError, load, problems_in_production

STRONG = "k3J9-vvQz-71mP-xxEr-20Lw-aaTb-96Yn-ccUd"


def test_the_environment_wins_over_the_file(tmp_path: Path) -> None:
    file = tmp_path / "cunli.toml"
    file.write_text('theme = "terrace"\nmax_photo_mb = 5\nplugins = ["a", "b"]\n', "utf-8")
    settings = load(file, {"CUNLI_THEME": "qianmo", "CUNLI_PLUGIN__MARKET__NAME": "集市"})
    assert (settings.theme, settings.max_photo_mb, settings.plugins) == ("qianmo", 5, ("a", "b"))
    assert settings.plugin == {"market": {"name": "集市"}}


@pytest.mark.parametrize(
    ("text", "environ", "says"),
    [
        ('them = "x"', {}, "did you mean “theme”"),
        ("", {"CUNLI_DATABSE_URL": "sqlite:///x"}, "did you mean “CUNLI_DATABASE_URL”"),
        ("workers = 0", {}, "workers"),
        ('dev = "perhaps"', {}, "dev"),
        ("theme = ", {}, "not readable as TOML"),
        ("", {"CUNLI_ZZZ": "1"}, "docs/reference/settings.md"),
    ],
)
def test_a_mistake_is_named_with_a_suggestion(tmp_path: Path, text: str, environ: dict[str, str], says: str) -> None:
    file = tmp_path / "cunli.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(SettingsError) as refused:
        load(file, environ)
    assert says in str(refused.value)


def test_a_missing_file_that_was_asked_for_is_an_error_and_one_that_was_not_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cunli init"):
        load(None, {"CUNLI_CONFIG": str(tmp_path / "gone.toml")})
    assert load(None, {}).theme == "qianmo"


@pytest.mark.parametrize("secret", ["", "short", "change-me", "a" * 40, "development"])
def test_production_refuses_a_missing_or_weak_secret(secret: str) -> None:
    values = {"secret": secret, "data_key": "x" * 44, "code_sender": "other"}
    assert any("secret" in p for p in problems_in_production(Settings.model_validate(values)))
    assert problems_in_production(Settings.model_validate({**values, "secret": STRONG})) == []
    assert problems_in_production(Settings.model_validate({**values, "dev": True})) == []


def test_production_refuses_the_console_sender_a_missing_data_key_and_many_writers_on_sqlite() -> None:
    problems = problems_in_production(Settings.model_validate({"secret": STRONG, "workers": 2}))
    assert [w for w in ("data_key", "code_sender", "workers") if any(w in p for p in problems)] == [
        "data_key",
        "code_sender",
        "workers",
    ]


def test_every_setting_says_what_it_decides() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
