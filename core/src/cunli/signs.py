"""How this deployment is: what the console's page of health shows and `cunli doctor` prints. Each sign says what it found and what to do."""

from __future__ import annotations

import asyncio
import platform
import shutil
import time
from collections.abc import Awaitable, Callable, Container, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import cunli
from cunli import db, operation_signs
from cunli.clock import now
from cunli.db import migrations
from cunli.jobs import board
from cunli.provide import chosen, record
from cunli.provide.kinds import PROVIDER_KINDS
from cunli.sign import Sign, State, Text
from cunli.web.i18n import LazyText, _
from cunli.web.times import exact

if TYPE_CHECKING:
    from cunli.web.site import Site

__all__ = ["LOOKS", "Sign", "signs"]
PATIENCE: Final = 5.0
BEAT_LATE: Final = 120_000  # ms without a word of any worker
LAG_LONG, LAG_TOO_LONG = 60_000, 600_000  # ms that the oldest due job has waited
SLOW: Final = 0.5  # seconds for one small question to the database
LOW, EMPTY = 0.15, 0.05  # of the disk
KINDS: Final[Mapping[str, LazyText]] = {
    "codes": _("登录短信"),
    "channels": _("发消息的渠道"),
    "storage": _("照片和文件"),
    "moderation": _("内容检查"),
    "payment": _("收款"),
    "map_tiles": _("地图"),
    "holidays": _("节假日"),
    "metrics": _("统计数字"),
}


async def signs(site: Site, *, but: Container[str] = ()) -> list[Sign]:
    """All of them `but` some, by their names in `LOOKS`. One that does not answer in time is wrong and holds up no other."""
    looks = [(what, look) for name, (what, look) in LOOKS.items() if name not in but]
    found = await asyncio.gather(*(_in_time(what, look, site) for what, look in looks))
    return [sign for some in found for sign in some]


async def _in_time(what: Text, look: Callable[[Site], Awaitable[list[Sign]]], site: Site) -> list[Sign]:
    done, _waiting = await asyncio.wait({asyncio.ensure_future(look(site))}, timeout=PATIENCE)
    if not done:
        return [
            Sign(
                what=what,
                state="wrong",
                says=_("等了 %(n)s 秒没有回答", n=int(PATIENCE)),
                mend=_("请管服务器的人看日志"),
            )
        ]
    (task,) = done
    error = task.exception()
    if error is None:
        return task.result()
    says = _("看不了：%(error)s", error=type(error).__name__)
    return [Sign(what=what, state="wrong", says=says, mend=_("请管服务器的人看日志"))]


async def _database(site: Site) -> list[Sign]:
    begun = time.perf_counter()
    await db.read("SELECT COUNT(*) AS n FROM core_region WHERE id < 0")
    took = time.perf_counter() - begun
    kind = "SQLite" if db.engine() == "sqlite" else "PostgreSQL"
    says = _("%(kind)s 答得上来，用了 %(ms)s 毫秒", kind=kind, ms=round(took * 1000))
    if took > SLOW:
        return [Sign(what=_("数据库"), state="warning", says=says, mend=_("比平时慢。请管服务器的人看看机器忙不忙"))]
    return [Sign(what=_("数据库"), state="ok", says=says)]


async def _migrations(site: Site) -> list[Sign]:
    waiting = await migrations.pending(site.settings.database_url, site.apps())
    if waiting:
        says = _("有 %(n)s 步还没做", n=len(waiting))
        return [Sign(what=_("数据库升级"), state="wrong", says=says, mend=_("请管服务器的人运行：cunli migrate"))]
    return [Sign(what=_("数据库升级"), state="ok", says=_("都做完了"))]


async def _workers(site: Site) -> list[Sign]:
    alive = await board.working(BEAT_LATE)
    rows = await db.read("SELECT MIN(run_at) AS oldest FROM core_job WHERE state = 'waiting' AND run_at <= ?", _ms())
    lag = _ms() - int(rows[0]["oldest"]) if rows[0]["oldest"] is not None else 0
    waits = _("最早的一件等了 %(n)s 秒", n=lag // 1000) if lag > LAG_LONG else _("没有积压")
    if not alive:
        mend = _("没有进程在做后台任务，消息发不出去。请管服务器的人启动：cunli worker，或者把 jobs 设成 inline")
        state: State = "wrong" if lag > LAG_LONG else "warning"
        return [Sign(what=_("后台任务"), state=state, says=_("两分钟没有动静；%(waits)s", waits=waits), mend=mend)]
    says = _("%(n)s 个进程在做；%(waits)s", n=len(alive), waits=waits)
    if lag > LAG_TOO_LONG:
        return [
            Sign(what=_("后台任务"), state="wrong", says=says, mend=_("忙不过来。请管服务器的人多开一个 cunli worker"))
        ]
    if lag > LAG_LONG:
        return [Sign(what=_("后台任务"), state="warning", says=says, mend=_("有点慢，过几分钟再看"))]
    return [Sign(what=_("后台任务"), state="ok", says=says)]


async def _dead(site: Site) -> list[Sign]:
    rows = await db.read("SELECT COUNT(*) AS n FROM core_job WHERE state = 'dead'")
    if dead := int(rows[0]["n"]):
        mend = _("到“后台任务”页看原因，再试或者不做了")
        return [Sign(what=_("没做成的任务"), state="warning", says=_("%(n)s 件", n=dead), mend=mend)]
    return [Sign(what=_("没做成的任务"), state="ok", says=_("没有"))]


async def _storage(site: Site) -> list[Sign]:
    from obstore.exceptions import BaseError

    from cunli.media import running as media
    from cunli.web.tokens import new_key

    key = f"health-{new_key()}"
    try:
        storage = media.storage()
        await storage.put(key, {("thumb", "webp"): b"x"})
        back = await storage.get(key, "thumb", "webp")
        await storage.delete([key])
    except (OSError, BaseError) as exc:
        says = _("存不进去：%(error)s", error=type(exc).__name__)
        mend = _("照片传不上来。请管服务器的人看文件夹或者存储桶还在不在、满没满")
        return [Sign(what=_("照片和文件的存放"), state="wrong", says=says, mend=mend)]
    good = back == b"x"
    says = _("存得进，取得出") if good else _("取出来的和存进去的不一样")
    return [Sign(what=_("照片和文件的存放"), state="ok" if good else "wrong", says=says)]


async def _disk(site: Site) -> list[Sign]:
    found = []
    for folder in dict.fromkeys(_folders(site)):
        usage = shutil.disk_usage(folder)
        free = usage.free / usage.total
        says = _("还剩 %(gb)s GB（%(part)s%%）", gb=round(usage.free / 1e9, 1), part=round(free * 100))
        state: State = "wrong" if free < EMPTY else "warning" if free < LOW else "ok"
        mend = _("快满了。请管服务器的人清理，或者加磁盘") if state != "ok" else ""
        found.append(Sign(what=_("磁盘"), state=state, says=says, mend=mend))
    return found


def _folders(site: Site) -> list[Path]:
    """The folders of this machine that fill up: that of the database file and that of the photos, one for each disk."""
    urls = (site.settings.database_url, site.settings.storage_url)
    wanted = [Path(urlsplit(url).path) for url in urls if url.startswith(("sqlite", "file:"))]
    there = [next((p for p in (one, *one.parents) if p.exists()), Path("/")) for one in wanted]
    by_disk = {path.stat().st_dev: path for path in reversed(there)}
    return list(by_disk.values())


async def _providers(site: Site) -> list[Sign]:
    found = []
    for kind in PROVIDER_KINDS:
        why = chosen.usable(kind, site.settings)
        names = "、".join(chosen.names_in(kind, site.settings))
        what = _("接入：%(kind)s", kind=KINDS.get(kind.id, kind.id))
        if why:
            mend = _("请管服务器的人改设置里的 %(setting)s，看 cunli providers", setting=kind.setting)
            found.append(Sign(what=what, state="wrong", says=str(why), mend=mend))
        elif names:
            found.append(Sign(what=what, state="ok", says=names))
    return found + [_of_record(one) for one in await record.records() if _is_chosen(site, one)]


def _is_chosen(site: Site, one: record.Record) -> bool:
    kind = next((kind for kind in PROVIDER_KINDS if kind.id == one.kind), None)
    return kind is not None and one.name in chosen.names_in(kind, site.settings)


def _of_record(one: record.Record) -> Sign:
    """When a provider last worked and last failed."""
    worked = exact(one.worked_at) if one.worked_at else _("还没有过")
    says = _("最近一次办成：%(when)s", when=worked)
    if one.failed_at is not None:
        says = _("%(says)s；最近一次没办成：%(when)s，%(error)s", says=says, when=exact(one.failed_at), error=one.error)
    what = _("接入：%(kind)s", kind=f"{KINDS.get(one.kind, one.kind)} {one.name}")
    mend = _("请管服务器的人运行 cunli providers try %(kind)s，看它说什么", kind=one.kind) if one.failing else ""
    return Sign(what=what, state="warning" if one.failing else "ok", says=says, mend=mend)


async def _plugins(site: Site) -> list[Sign]:
    rows = await db.read(
        "SELECT COUNT(DISTINCT plugin) AS n FROM core_plugin_trouble WHERE last_at > ?", now() - timedelta(days=1)
    )
    if site.settings.safe:
        says, mend = _("安全模式：一个插件也没开"), _("查完以后，请管服务器的人去掉 safe 设置再启动")
        return [Sign(what=_("插件"), state="warning", says=says, mend=mend)]
    if site.registry.problems:
        says = _("%(n)s 个问题，有插件没有运行", n=len(site.registry.problems))
        return [Sign(what=_("插件"), state="warning", says=says, mend=_("到“插件”页看是哪个、怎么办"))]
    if troubled := int(rows[0]["n"]):
        says = _("一天里有 %(n)s 个插件出过毛病", n=troubled)
        return [Sign(what=_("插件"), state="warning", says=says, mend=_("到“插件”页看是哪个、怎么办"))]
    return [Sign(what=_("插件"), state="ok", says=_("%(n)s 个在运行，一天里没出毛病", n=len(site.registry.running)))]


async def _versions(site: Site) -> list[Sign]:
    versions = {one.version for one in await board.working(BEAT_LATE)} | {cunli.__version__}
    says = f"cunli {cunli.__version__} · Python {platform.python_version()}"
    if len(versions) > 1:
        mend = _("有的进程还是旧版本：%(versions)s。请管服务器的人重新启动它们", versions="、".join(sorted(versions)))
        return [Sign(what=_("版本"), state="warning", says=says, mend=mend)]
    return [Sign(what=_("版本"), state="ok", says=says)]


def _ms() -> int:
    return int(time.time() * 1000)


LOOKS: Final[Mapping[str, tuple[Text, Callable[[Site], Awaitable[list[Sign]]]]]] = {
    "database": (_("数据库"), _database),
    "migrations": (_("数据库升级"), _migrations),
    "workers": (_("后台任务"), _workers),
    "dead": (_("没做成的任务"), _dead),
    "storage": (_("照片和文件的存放"), _storage),
    "disk": (_("磁盘"), _disk),
    "providers": (_("接入"), _providers),
    "plugins": (_("插件"), _plugins),
    "versions": (_("版本"), _versions),
    **operation_signs.LOOKS,
}
