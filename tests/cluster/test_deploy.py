"""What lies in `deploy/`: commands that exist, ports of this machine only, and the words of the guides that name them."""

from __future__ import annotations

import configparser
import re
import shutil
import ssl
import subprocess
from pathlib import Path

import pytest
import yaml

from cunli.cli import command_line
from cunli.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "deploy"
GUIDES = ("install", "operations", "backup-drill", "upgrade", "security")
UNITS = sorted(path.name for path in DEPLOY.glob("*.service"))


def unit(name: str) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=False)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string((DEPLOY / name).read_text("utf-8"))
    return read


def options_of(words: list[str]) -> None:
    """Fails when a command line names a command or an option that is not there."""
    command = command_line
    for word in words:
        if word.startswith("-"):
            known = [option for parameter in command.params for option in parameter.opts]
            assert word.split("=")[0] in [*known, "--help", "--version"], (words, word)
        elif hasattr(command, "get_command"):
            found = command.get_command(None, word)  # type: ignore[arg-type]
            if found is None:
                assert command is not command_line, words
                return
            command = found  # type: ignore[assignment]


@pytest.mark.parametrize("name", UNITS)
def test_units_start_commands_that_exist_and_are_shut_in(name: str) -> None:
    service = unit(name)["Service"]
    words = service["ExecStart"].split()
    assert words[0] == "/opt/cunli/bin/cunli"
    options_of(words[1:])
    assert service["User"] == "cunli"
    for fence in ("NoNewPrivileges", "ProtectHome", "PrivateTmp"):
        assert service[fence] == "true"


def test_compose_opens_ports_of_this_machine_only_and_keeps_the_database() -> None:
    services = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))["services"]
    assert set(services) == {"database", "valkey"}
    for service in services.values():
        assert all(port.startswith("127.0.0.1:") for port in service["ports"])
        assert service["healthcheck"]["test"]
    assert services["database"]["volumes"]
    assert "POSTGRES_PASSWORD" in services["database"]["environment"]


def test_the_control_a_command_that_is_not_there_is_found() -> None:
    with pytest.raises(AssertionError):
        options_of(["backup", "--no-such-option"])
    with pytest.raises(AssertionError):
        options_of(["no-such-command"])


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_name_commands_and_settings_that_exist(guide: str) -> None:
    text = (ROOT / "docs/guide" / f"{guide}.md").read_text("utf-8")
    lines = [line.strip() for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    named = [found[1] for line in lines if (found := re.search(r"(?:^|/)cunli (?!cunli)([a-z].*)", line))]
    for command in named:
        options_of([word for word in command.partition("#")[0].split() if word not in ("&&", "|")])
    tomls = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    for key in re.findall(r"^([a-z_]+) =", "\n".join(tomls), re.MULTILINE):
        assert key in Settings.model_fields, key


def weak_in(conf: str) -> list[str]:
    """Protocols and ciphers that a configuration of nginx lets in, and should not."""
    protocols = set(" ".join(re.findall(r"ssl_protocols (.*?);", conf)).split())
    ciphers = ":".join(re.findall(r"ssl_ciphers (.*?);", conf)).split(":")
    known = {one["name"] for one in ssl.create_default_context().get_ciphers()}
    strong = [c.startswith("ECDHE-") and ("GCM" in c or "POLY1305" in c) and c in known for c in ciphers]
    return sorted(protocols - {"TLSv1.2", "TLSv1.3"}) + [c for c, good in zip(ciphers, strong, strict=True) if not good]


def test_nginx_takes_no_weak_cipher_and_its_control_finds_one() -> None:
    conf = (DEPLOY / "nginx/cunli.conf").read_text("utf-8")
    assert weak_in(conf) == []
    assert weak_in(conf.replace("TLSv1.2 ", "TLSv1.1 ")) == ["TLSv1.1"]
    assert weak_in(conf.replace("ECDHE-RSA-AES128-GCM-SHA256", "AES128-SHA")) == ["AES128-SHA"]
    assert weak_in("") == [""], "nothing said is OpenSSL's own choice"


def test_nginx_takes_the_configuration(tmp_path: Path) -> None:
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin")
    if nginx is None:
        pytest.skip("NOT TESTED: no nginx (Debian: apt install nginx)")
    key, certificate = tmp_path / "privkey.pem", tmp_path / "fullchain.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    subprocess.run([*made, "-subj", "/CN=cunli", "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)  # fmt: skip
    site = (DEPLOY / "nginx/cunli.conf").read_text("utf-8").replace("/etc/ssl/cunli", str(tmp_path))
    site = site.replace("/etc/nginx/cunli-locations.conf", str(DEPLOY / "nginx/cunli-locations.conf"))
    conf = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ client_body_temp_path {tmp_path}/b; {site} }}"
    (tmp_path / "nginx.conf").write_text(conf)
    tried = subprocess.run([nginx, "-t", "-c", str(tmp_path / "nginx.conf"), "-p", str(tmp_path)], check=False, capture_output=True, text=True)  # fmt: skip
    assert tried.returncode == 0, tried.stderr
