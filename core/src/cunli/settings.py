"""Settings: from the environment (`CUNLI_…`), then one TOML file, typed and documented. Unknown keys of either are refused."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from cunli.mistakes import OperatorMistake

PREFIX = "CUNLI_"
WEAK = {"change-me", "changeme", "secret", "password", "development", "insecure", "test"}
# the test kit's: everybody can read them in every wheel
TEST_SECRET = "only-for-tests-0123456789-abcdefghijkl"
TEST_DATA_KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="  # 00 01 02 …


class SettingsError(OperatorMistake):
    """The settings cannot be used."""


class Settings(BaseModel):
    """Everything a deployment decides. Each key is `CUNLI_<KEY>` in the environment and `<key>` in the TOML file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database_url: str = Field(
        "sqlite:///var/cunli.db", description="sqlite:///path or postgresql://user:password@host:port/name"
    )
    synchronous: Literal["FULL", "NORMAL"] = Field(
        "FULL", description="SQLite only. NORMAL is faster and may lose the last commits in a power cut"
    )
    base_url: str = Field(
        "http://127.0.0.1:8000", description="The address people use; links in messages and secure cookies follow it"
    )
    trusted_hosts: tuple[str, ...] = Field(
        (), description="Further host names this server answers to; that of base_url always counts"
    )
    trusted_proxies: tuple[str, ...] = Field(
        (), description="Addresses of reverse proxies whose X-Forwarded-For is believed"
    )
    dev: bool = Field(
        False, description="Development: codes go to the console, weak secrets are allowed. Never in production"
    )
    secret: SecretStr = Field(
        SecretStr(""), description="At least 32 random characters; signs forms and cookies. `cunli init` makes one"
    )
    old_secrets: tuple[SecretStr, ...] = Field(
        (), description="Earlier secrets that are still accepted while you rotate"
    )
    data_key: SecretStr = Field(
        SecretStr(""),
        description="Encrypts personal data; 32 bytes in base64. Losing it loses the data. `cunli init` makes one",
    )
    old_data_keys: tuple[SecretStr, ...] = Field(
        (), description="Earlier data keys, for reading what was written with them"
    )
    storage_url: str = Field("file://var/media", description="file://folder or s3://bucket/prefix for photos")
    valkey_url: str = Field(
        "",
        description="valkey://host:port/0 (or redis://, rediss://, unix://) shared by all processes; empty for none."
        " The site works without it, also when it is down",
    )
    backup_folder: str = Field("var/backups", description="Where `cunli backup` puts its files, unless told otherwise")
    backup_key: str = Field(
        "",
        description="Public key for which backups are sealed; `cunli backup key` makes a pair. Its private half is elsewhere",
    )
    watchers: tuple[str, ...] = Field(
        ("127.0.0.1", "::1"),
        description="Addresses from which /metrics and /readyz may be read; others see no such page",
    )
    watch_token: SecretStr = Field(
        SecretStr(""),
        description="Or whoever sends it as `Authorization: Bearer …`; at least 32 characters, empty for nobody",
    )
    time_zone: str = Field("Asia/Shanghai", description="The villages' time zone; the database always stores UTC")
    locale: Literal["zh_Hans", "zh_Hant", "en"] = Field("zh_Hans", description="Language for people who chose none")
    theme: str = Field("qianmo", description="Id of an installed theme: that of the deployment")
    themes: tuple[str, ...] = Field(
        (), description="Ids of further installed themes that counties, townships and villages may choose"
    )
    plugins: tuple[str, ...] = Field((), description="Ids of the plugins this county runs")
    trace: bool = Field(
        default=False,
        description="Log every call into a plugin: which one, which hook, how long, and what kind of thing it gave back",
    )
    safe: bool = Field(
        False,
        description="Safe mode: no plugin runs, whatever `plugins` says. Switches and tables stay; see `cunli serve --safe`",
    )
    second_factor: Literal["required", "optional"] = Field(
        "required",
        description="required: county and township admins sign in with an authenticator app as well; optional: whoever wants to",
    )
    code_sender: str = Field(
        "console", description="Id of the provider that sends sign-in codes; `console` is for development only"
    )
    sign_in: tuple[str, ...] = Field(
        (), description="Ids of further ways of signing in, beside password and code; `wechat` is in the box"
    )
    codes_per_day: int = Field(
        20_000,
        ge=1,
        description="The most sign-in codes that are sent in 24 hours altogether; county officials are told at 80 % and at the end",
    )
    channels: tuple[str, ...] = Field(
        (),
        description="Ids of the channels that carry messages beyond the inbox; `console` prints them, for development only",
    )
    moderation: str = Field(
        "",
        description="Id of the provider that looks at what people are about to publish; `words` is in the box; empty for none",
    )
    moderation_words: str = Field(
        "", description="For moderation `words`: a UTF-8 file, each line a word, a space, and `hold` or `refuse`"
    )
    payment: str = Field(
        "offline",
        description="Id of the provider that takes money; `offline` is cash and transfer that a person confirms",
    )
    map_tiles: str = Field(
        "none", description="Id of the provider of map tiles; `template` takes those of `map_template`"
    )
    map_template: str = Field(
        "", description='https address of a tile with {z}, {x}, {y} and perhaps {s}, for `map_tiles = "template"`'
    )
    map_subdomains: tuple[str, ...] = Field((), description="What may stand for {s} in `map_template`")
    map_attribution: str = Field("", description="What every map shows about who made it; the tiles' licence says what")
    map_max_zoom: int = Field(18, ge=0, le=22, description="How deep the tiles of `map_template` go")
    map_coordinates: Literal["wgs84", "gcj02"] = Field(
        "wgs84", description="Coordinates of the tiles of `map_template`; maps of mainland China are gcj02"
    )
    holidays: str = Field("china", description="Id of the provider of holidays and make-up working days")
    metrics: tuple[str, ...] = Field(("core",), description="Ids of the providers of figures that ratings may use")
    jobs: Literal["inline", "worker"] = Field(
        "inline", description="inline: the web process runs jobs too; worker: only `cunli worker` does"
    )
    workers: int = Field(1, ge=1, le=64, description="Web processes. More than one needs PostgreSQL")
    live: bool = Field(
        default=True,
        description="New posts, answers and unread messages arrive on open pages without a reload (server-sent events)",
    )
    offline_page: bool = Field(
        default=True,
        description="Browsers keep static files and a page for when there is no network; false takes that back everywhere",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="How much the log says")
    log_folder: str = Field(
        "",
        description="Keep logs in files of this folder too, one for each day; empty for standard error only (journald keeps them)",
    )
    log_days: int = Field(
        190, ge=184, le=3650, description="How many days those files are kept; the law wants six months"
    )
    max_photo_mb: int = Field(20, ge=1, le=100, description="Largest photo accepted, in megabytes")
    page_cache_seconds: float = Field(
        3.0, ge=0, le=60, description="How long an anonymous visitor may see a village page unchanged"
    )
    audit_anchors: str = Field(
        "var/audit/anchors.jsonl",
        description="File outside the database to which the head of the audit trail is added daily; best on another machine",
    )
    tombstones: str = Field(
        "var/erasures.jsonl",
        description="File outside the database that names closed accounts by a random key: `cunli restore` closes them again; keep it with the backups",
    )
    audit_anchor_told: bool = Field(
        False, description="Send each anchor to the county's audit readers too, in their inbox and by the channels"
    )
    audit_days: int = Field(
        1830,
        ge=184,
        description="How long entries of the audit trail are kept; the law asks for six months (网络安全法 23), 184 days at least",
    )
    plugin: dict[str, dict[str, Any]] = Field(
        default_factory=dict, repr=False, description="Settings of plugins and of providers, one section each"
    )

    @field_validator(
        "trusted_hosts",
        "trusted_proxies",
        "watchers",
        "themes",
        "plugins",
        "channels",
        "sign_in",
        "map_subdomains",
        "metrics",
        "old_secrets",
        "old_data_keys",
        mode="before",
    )
    @classmethod
    def _listed(cls, value: Any) -> Any:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("valkey_url")
    @classmethod
    def _spoken(cls, value: str) -> str:
        if value and not value.startswith(("valkey://", "valkeys://", "redis://", "rediss://", "unix://")):
            raise ValueError("write valkey://host:port/0, redis://…, rediss://… (with TLS) or unix:///path")
        return value

    @property
    def secure(self) -> bool:
        """Whether people come over TLS; decides cookie flags and HSTS."""
        return self.base_url.startswith("https://")

    @property
    def sqlite(self) -> bool:
        return self.database_url.startswith("sqlite")


def load(path: Path | None = None, environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Read the settings. Raises `SettingsError` with one sentence for each thing that is wrong."""
    environ = os.environ if environ is None else environ
    chosen = path or (Path(environ["CUNLI_CONFIG"]) if "CUNLI_CONFIG" in environ else Path("cunli.toml"))
    problems: list[str] = []
    values: dict[str, Any] = _from_file(chosen, problems, required=path is not None or "CUNLI_CONFIG" in environ)
    _merge_environment(values, environ, problems)
    values |= overrides
    for key in [key for key in values if key not in Settings.model_fields]:
        problems.append(f"{chosen}: unknown setting “{key}”{_suggest(key)}")
        del values[key]
    try:
        settings = Settings(**values)
    except ValidationError as exc:
        problems += [f"setting “{'.'.join(str(p) for p in e['loc'])}”: {e['msg']}" for e in exc.errors()]
        raise SettingsError(problems) from None
    if problems:
        raise SettingsError(problems)
    return settings


def problems_in_production(settings: Settings) -> list[str]:
    """Reasons why this must not serve real people; empty in development."""
    if settings.dev:
        return []
    found = []
    secret = settings.secret.get_secret_value()
    if len(secret) < 32 or secret.lower() in WEAK or len(set(secret)) < 10 or secret == TEST_SECRET:
        found.append(
            "secret is missing or weak: set CUNLI_SECRET to at least 32 random characters (`cunli init` writes one)"
        )
    if not settings.data_key.get_secret_value():
        found.append(
            "data_key is missing: personal data cannot be encrypted (`cunli init` writes one; keep a copy apart)"
        )
    if settings.data_key.get_secret_value() == TEST_DATA_KEY:
        found.append("data_key is the one of the tests, which everybody knows: let `cunli init` write another")
    if settings.code_sender == "console":
        found.append(
            "code_sender “console” prints sign-in codes for everybody who reads the log: choose another provider, or set dev = true"
        )
    if "console" in settings.channels:
        found.append(
            "channel “console” prints people's messages into the log: take it out of channels, or set dev = true"
        )
    if 0 < len(settings.watch_token.get_secret_value()) < 32:
        found.append("watch_token is shorter than 32 characters: leave it empty, or make it long")
    if settings.workers > 1 and settings.sqlite:
        found.append("workers > 1 needs PostgreSQL: SQLite has one writer process")
    return found


def _from_file(path: Path, problems: list[str], *, required: bool) -> dict[str, Any]:
    if not path.exists():
        if required:
            problems.append(f"{path} does not exist: create it with `cunli init`, or unset CUNLI_CONFIG")
        return {}
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        problems.append(f"{path} is not readable as TOML: {exc}")
        return {}


def _merge_environment(values: dict[str, Any], environ: Mapping[str, str], problems: list[str]) -> None:
    for name, text in environ.items():
        if not name.startswith(PREFIX) or name in ("CUNLI_CONFIG",) or name.startswith("CUNLI_TEST_"):
            continue
        key, *rest = name.removeprefix(PREFIX).lower().split("__")
        if key == "plugin" and len(rest) == 2:
            values.setdefault("plugin", {}).setdefault(rest[0], {})[rest[1]] = text
        elif key in Settings.model_fields and not rest:
            values[key] = text
        else:
            problems.append(f"environment: unknown variable {name}{_suggest(key, PREFIX)}")


def _suggest(key: str, prefix: str = "") -> str:
    near = difflib.get_close_matches(key, Settings.model_fields, n=1, cutoff=0.6)
    name = (prefix + near[0]).upper() if prefix and near else (near[0] if near else "")
    return f"; did you mean “{name}”?" if near else "; see docs/reference/settings.md for the list"
