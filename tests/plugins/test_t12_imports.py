"""T12: what a plugin imports of another is proven against its manifest, from its syntax tree, wherever the import stands."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cunli.cli.plugin_check import check
from cunli.cli.plugin_new import new
from cunli.kit import rules, sources
from cunli.testing.plugins import GOOD, Install
from tests.kit.conftest import changed

AT_THE_TOP = "from cunli_market import plugin as market\n"
INSIDE = "def stalls() -> object:\n    import cunli_market.stalls\n\n    return cunli_market.stalls\n"
MANIFEST = "        models="
SAID_OF = "imports cunli_market, and the manifest does not name “market”"


@pytest.fixture
def tourism(install: Install, tmp_path: Path) -> Path:
    """A new plugin, with another one installed beside it."""
    install("market", GOOD, files={"stalls.py": ""})
    assert CliRunner().invoke(new, ["tourism", "--into", str(tmp_path)]).exit_code == 0
    return tmp_path / "tourism" / "src" / "cunli_tourism"


def imports(package: Path, source: str) -> None:
    changed(package / "actions.py", ("from .models import ", f"{source}\nfrom .models import "))


def says(package: Path, manifest: str) -> None:
    changed(package / "plugin.py", (MANIFEST, f"        {manifest},\n{MANIFEST}"))


def checked(package: Path) -> tuple[int, dict[str, list[str]]]:
    """The exit code of `cunli plugin check`, and what every broken rule found."""
    told = CliRunner().invoke(check, [str(package.parents[1]), "--json"])
    found = json.loads(told.output)["rules"]
    return told.exit_code, {rule["id"]: rule["found"] for rule in found if rule["must"] and not rule["passed"]}


@pytest.mark.parametrize("source", [AT_THE_TOP, INSIDE], ids=["at the top", "in a function"])
def test_t12_an_import_of_another_plugin_fails_the_check_until_the_manifest_names_it(
    tourism: Path, source: str
) -> None:
    assert checked(tourism) == (0, {}), "the control: without the import"
    imports(tourism, source)
    code, broken = checked(tourism)
    assert (code, list(broken)) == (1, ["kit.K204"])
    assert [found.partition(" ")[2] for found in broken["kit.K204"]] == [SAID_OF]
    says(tourism, "after=('market',)")
    assert checked(tourism) == (0, {})


def test_t12_to_require_it_is_enough_and_to_name_another_is_not(tourism: Path, install: Install) -> None:
    install("party", GOOD)
    imports(tourism, AT_THE_TOP)
    says(tourism, "after=('party',)")
    assert list(checked(tourism)[1]) == ["kit.K204"]
    changed(tourism / "plugin.py", ("after=('party',)", "requires=('market',)"))
    assert checked(tourism) == (0, {})


def test_t12_a_plugin_whose_package_has_another_name_is_known_by_its_entry_point(
    tourism: Path, install: Install
) -> None:
    package = install("bazaar", GOOD)
    package.rename(package.with_name("stalls_of_all_kinds"))
    entry = package.parent / "cunli_bazaar-1.0.dist-info" / "entry_points.txt"
    changed(entry, ("cunli_bazaar:plugin", "stalls_of_all_kinds:plugin"))
    imports(tourism, "import stalls_of_all_kinds")
    code, broken = checked(tourism)
    assert (code, list(broken)) == (1, ["kit.K204"])
    assert "does not name “bazaar”" in broken["kit.K204"][0]
    says(tourism, "after=('bazaar',)")
    assert checked(tourism) == (0, {})


def test_t12_control_without_the_rule_the_import_passes(tourism: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imports(tourism, AT_THE_TOP)
    assert checked(tourism)[0] == 1
    others = tuple(rule for rule in rules.RULES if rule.look is not sources.says_which_plugins_it_uses)
    monkeypatch.setattr(rules, "RULES", others)
    assert checked(tourism) == (0, {})
