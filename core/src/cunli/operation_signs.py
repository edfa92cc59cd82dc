"""What goes wrong slowly and unseen: old backups, forgotten logs, a certificate that ends, clocks that drift, a Valkey that is gone,
connections that anybody on the way could read."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from cunli import db, log_files, valkey
from cunli.clock import now
from cunli.db.config import connection_config
from cunli.sign import Sign, State, Text
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.web.site import Site

OLD, TOO_OLD = timedelta(hours=26), timedelta(days=7)  # a nightly backup that was missed once, and for a week
DRIFT: Final = 5.0  # seconds between this machine and the database's
ENDS_SOON: Final = 14  # days of a certificate
CONNECT: Final = 3.0
CHECKED: Final = frozenset({"verify-ca", "verify-full"})  # values of sslmode that look at the other side's certificate


BACKUP: Final = _("备份")


async def _last_backup() -> datetime | None:
    rows = await db.read("SELECT MAX(at) AS at FROM core_audit_entry WHERE action = 'core.backup'")
    made: datetime | None = db.when(rows[0]["at"])
    return made


async def backup_is_late(site: Site) -> bool:
    """Whether the nightly backup was missed, or none was ever made where it should be."""
    made = await _last_backup()
    return not site.settings.dev if made is None else now() - made > OLD


async def _backup(site: Site) -> list[Sign]:
    made = await _last_backup()
    what, mend = BACKUP, _("请管服务器的人运行 cunli backup，并让它每天夜里自己做，见 backup-drill")
    if made is None:
        state: State = "ok" if site.settings.dev else "wrong"
        return [Sign(what=what, state=state, says=_("还没有做过备份"), mend=mend)]
    age = now() - made
    says = _("最近一次是 %(n)s 小时以前", n=int(age.total_seconds() // 3600))
    if age > OLD:
        return [Sign(what=what, state="wrong" if age > TOO_OLD else "warning", says=says, mend=mend)]
    if not site.settings.backup_key:
        mend = _("没有加密，拿到文件的人能看到大家写的话。请管服务器的人运行 cunli backup key")
        return [Sign(what=what, state="warning", says=says, mend=mend)]
    return [Sign(what=what, state="ok", says=says)]


async def _logs(site: Site) -> list[Sign]:
    settings = site.settings
    if not settings.log_folder:
        mend = _("网络安全法要求留六个月。请管服务器的人设 log_folder，或者让 journald 留 190 天")
        kept_elsewhere: State = "ok" if settings.dev else "warning"
        return [Sign(what=_("日志"), state=kept_elsewhere, says=_("没有存成文件，只交给了系统"), mend=mend)]
    oldest = await asyncio.to_thread(log_files.oldest, Path(settings.log_folder))
    kept = _("留 %(n)s 天", n=settings.log_days)
    says = _("%(kept)s，最早的是 %(day)s", kept=kept, day=str(oldest)) if oldest else kept
    return [Sign(what=_("日志"), state="ok", says=says)]


async def _clock(site: Site) -> list[Sign]:
    """SQLite has no other machine that could have another clock."""
    if db.engine() == "sqlite":
        return []
    before = time.time()
    rows = await db.read("SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8 AS there")
    drift = abs(rows[0]["there"] - (before + time.time()) / 2)
    says = _("和数据库的机器差 %(n)s 秒", n=round(drift, 1))
    if drift > DRIFT:
        return [Sign(what=_("钟"), state="warning", says=says, mend=_("请管服务器的人打开时间同步"))]
    return [Sign(what=_("钟"), state="ok", says=says)]


async def _valkey(site: Site) -> list[Sign]:
    if not site.settings.valkey_url:
        return []
    if await valkey.answers(site.settings):
        return [Sign(what="Valkey", state="ok", says=_("答得上来"))]
    mend = _("没有它也能用，只是新消息到得慢一点。请管服务器的人启动它")
    return [Sign(what="Valkey", state="warning", says=_("没有回答"), mend=mend)]


async def _address(site: Site) -> list[Sign]:
    address = urlsplit(site.settings.base_url)
    if address.scheme != "https":
        state: State = "ok" if site.settings.dev else "wrong"
        mend = "" if site.settings.dev else _("密码会被路上的人看到。请管服务器的人装好证书，把 base_url 改成 https")
        return [Sign(what=_("网址"), state=state, says=site.settings.base_url, mend=mend)]
    days = await _days_left(address.hostname or "", address.port or 443)
    if days is None:
        says = _("从这台机器连不上 %(url)s", url=site.settings.base_url)
        return [Sign(what=_("网址"), state="warning", says=says, mend=_("请管服务器的人看域名、代理和证书"))]
    says = _("证书还有 %(n)s 天", n=days)
    if days < ENDS_SOON:
        return [Sign(what=_("网址"), state="warning", says=says, mend=_("请管服务器的人换证书"))]
    return [Sign(what=_("网址"), state="ok", says=says)]


async def _days_left(host: str, port: int) -> int | None:
    """Of the certificate that is shown under this name; None when there is none that a browser would take."""
    try:
        async with asyncio.timeout(CONNECT):
            _reader, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context())
    except (OSError, TimeoutError):
        return None
    certificate = writer.get_extra_info("peercert") or {}
    writer.close()
    ends = str(certificate.get("notAfter", ""))
    return int((ssl.cert_time_to_seconds(ends) - time.time()) // 86_400) if ends else None


async def _wires(site: Site) -> list[Sign]:
    """Whether anybody on the way to another machine could read along. This machine's own connections leave it never."""
    found = []
    for what, where in (
        (_("数据库"), _database_wire(site.settings.database_url)),
        ("Valkey", _wire(site.settings.valkey_url)),
    ):
        if where:
            says = _("%(what)s在另一台机器 %(host)s，路上没有加密", what=what, host=where)
            mend = _("请管服务器的人给数据库地址加 ?sslmode=verify-full，给 Valkey 用 valkeys://")
            found.append(Sign(what=_("机器之间"), state="warning", says=says, mend=mend))
    return found or [Sign(what=_("机器之间"), state="ok", says=_("都在本机，或者加了密"))]


def _database_wire(url: str) -> str:
    """The other machine that a database stands on and that is talked to in the clear or unchecked; empty where there is none."""
    if not url.startswith("postgres"):
        return ""
    credentials = connection_config(url)["credentials"]
    host = str(credentials["host"])
    return "" if credentials.get("ssl") in CHECKED or _is_here(host) else host


def _wire(url: str) -> str:
    parts = urlsplit(url)
    return (
        ""
        if parts.scheme in ("", "valkeys", "rediss", "unix") or _is_here(parts.hostname or "")
        else str(parts.hostname)
    )


def _is_here(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


LOOKS: Final[Mapping[str, tuple[Text, Callable[[Site], Awaitable[list[Sign]]]]]] = {
    "backup": (_("备份"), _backup),
    "logs": (_("日志"), _logs),
    "clock": (_("钟"), _clock),
    "valkey": ("Valkey", _valkey),
    "address": (_("网址"), _address),
    "wires": (_("机器之间"), _wires),
}
