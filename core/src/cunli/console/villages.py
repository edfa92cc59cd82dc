"""The table of the villages of a region, those that are not open yet among them, and one village of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from cunli import db, enabling
from cunli.clock import today
from cunli.console.ground import Ground
from cunli.console.overview import ADMINS, IS_QUIET, LAST_ON, QUIET_DAYS, USERS, quiet_since
from cunli.console.table import Asked, Choice, Column, Table
from cunli.places.activity import as_day
from cunli.places.rules import LEVELS, SMARTPHONE_USERS, VillageState, verified_rate
from cunli.registry import Registry
from cunli.web.i18n import LazyText, _

HOME: Final = "/admin/villages"
UNOPENED: Final = "unopened"
STATES: Final[dict[str, LazyText]] = {
    VillageState.OPEN: _("开通的"),
    UNOPENED: _("没开通的"),
    VillageState.CLOSED: _("关闭的"),
    "all": _("全部"),
}
SHOWN: Final[dict[str, LazyText]] = {
    "all": _("不限"),
    "quiet": _("近 %(n)s 天没动静", n=QUIET_DAYS),
    "unled": _("没有管理员"),
    "uncounted": _("没填手机用户数"),
}
TABLE: Final = Table(
    url=HOME,
    columns=(
        Column(key="village", label=_("村"), sort=("code",)),
        Column(key="state", label=_("状态")),
        Column(key="members", label=_("认证的乡亲"), sort=("verified",), kind="n", first="desc"),
        Column(
            key="rate",
            label=_("认证率"),
            sort=("CASE WHEN users > 0 THEN verified * 100.0 / users ELSE -1 END",),
            kind="n",
            first="desc",
        ),
        Column(
            key="last",
            label=_("最近有动静"),
            sort=("CASE WHEN last_on IS NULL THEN 0 ELSE 1 END", "last_on"),
            kind="n",
            first="desc",
        ),
        Column(key="admins", label=_("管理员"), sort=("admins",), first="asc"),
        Column(key="plugins", label=_("插件"), kind="n"),
    ),
    sort="village",
    steady="code",
    choices=(
        Choice(key="state", label=_("状态"), values=STATES),
        Choice(key="show", label=_("只看"), values=SHOWN),
    ),
    search=_("村名或拼音"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageRow:
    """A village of the map. `state` is `unopened` where nothing was ever opened on it."""

    region_id: int
    code: str
    name: str
    township_id: int
    township: str
    state: str
    village_id: int | None
    slug: str
    verified: int
    users: int | None
    users_on: date | None
    last_on: date | None
    admin_count: int
    admins: tuple[str, ...] = ()
    plugins: int = 0

    @property
    def url(self) -> str:
        """The village's own page; empty while it is not open."""
        return f"/v/{self.slug}" if self.state == VillageState.OPEN else ""

    @property
    def page(self) -> str:
        """Its page in the console."""
        return f"{HOME}/{self.region_id}"

    @property
    def rate(self) -> Decimal | None:
        return verified_rate(self.verified, self.users or 0)

    @property
    def quiet_for(self) -> int | None:
        """Days since anything was published; None where nothing ever was."""
        return (today() - self.last_on).days if self.last_on else None


_ROWS: Final = (
    "SELECT r.id AS region_id, r.code, r.short AS name, r.pinyin, r.initials, t.id AS township_id, t.short AS township,"  # noqa: S608 constants
    " COALESCE(v.state, 'unopened') AS state, v.id AS village_id, COALESCE(v.slug, '') AS slug, v.opened_at,"
    f" COALESCE(v.verified_count, 0) AS verified, {USERS} AS users,"
    " (SELECT MAX(f.as_of) FROM core_village_figure f WHERE f.village_id = v.id AND f.kind = ?) AS users_on,"
    f" {LAST_ON} AS last_on, {ADMINS.replace('v.region_id', 'r.id')} AS admins"
    " FROM core_region r JOIN core_region t ON t.id = r.parent_id LEFT JOIN core_village v ON v.region_id = r.id"
    " WHERE r.level = 5 AND r.state = 'active' AND "
)
_WITHIN: Final = {
    LEVELS["county"]: "t.parent_id = ?",
    LEVELS["township"]: "r.parent_id = ?",
    LEVELS["village"]: "r.id = ?",
}


def _narrowed(ground: Ground, asked: Asked) -> tuple[str, list[Any]]:
    """FROM and WHERE for what the address asks; values beside it."""
    sql = [f"FROM ({_ROWS}{_WITHIN[ground.level]}) x WHERE 1 = 1"]
    values: list[Any] = [SMARTPHONE_USERS, SMARTPHONE_USERS, ground.id]
    if asked.chosen["state"] != "all":
        sql.append("AND state = ?")
        values.append(asked.chosen["state"])
    match asked.chosen["show"]:
        case "quiet":
            sql.append(f"AND state = 'open' AND {IS_QUIET}")
            values += quiet_since(QUIET_DAYS)
        case "unled":
            sql.append("AND state = 'open' AND admins = 0")
        case "uncounted":
            sql.append("AND state = 'open' AND users IS NULL")
    if asked.q:
        sql.append(r"AND (name LIKE ? ESCAPE '\' OR pinyin LIKE ? ESCAPE '\' OR initials LIKE ? ESCAPE '\')")
        literal = asked.q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
        values += [f"%{literal}%", f"{literal.lower()}%", f"{literal.lower()}%"]
    return " ".join(sql), values


async def count(ground: Ground, asked: Asked) -> int:
    """How many rows the address asks for, on all pages."""
    narrowed, values = _narrowed(ground, asked)
    return int((await db.read(f"SELECT COUNT(*) AS n {narrowed}", *values))[0]["n"])


async def rows(registry: Registry, ground: Ground, asked: Asked, *, limit: int, offset: int) -> list[VillageRow]:
    """One page of the table. Three questions, however many villages there are."""
    narrowed, values = _narrowed(ground, asked)
    found = await db.read(f"SELECT * {narrowed} ORDER BY {asked.order} LIMIT ? OFFSET ?", *values, limit, offset)
    return await _dressed(registry, ground, found)


async def within(ground: Ground) -> list[tuple[int, str]]:
    """The regions that the table can be of: the county and its townships; nothing for an official of less than a county."""
    top = ground.crumbs[0] if ground.crumbs else ground
    if top.level != LEVELS["county"]:
        return []
    found = await db.read(
        "SELECT id, short FROM core_region WHERE (id = ? OR parent_id = ?) AND state = 'active' ORDER BY level, code",
        top.id,
        top.id,
    )
    return [(row["id"], row["short"]) for row in found]


async def unled(ground: Ground, most: int) -> list[tuple[str, str]]:
    """Code and name, with the township's, of the open villages that have no admin of their own."""
    sql = f"SELECT code, name, township FROM ({_ROWS}{_WITHIN[ground.level]}) x WHERE state = 'open' AND admins = 0"  # noqa: S608 constants
    found = await db.read(f"{sql} ORDER BY code LIMIT ?", SMARTPHONE_USERS, SMARTPHONE_USERS, ground.id, most)
    return [(row["code"], f"{row['township']}{row['name']}") for row in found]


async def one(registry: Registry, ground: Ground) -> VillageRow:
    """The village that a ground is."""
    found = await db.read(_ROWS + _WITHIN[LEVELS["village"]], SMARTPHONE_USERS, SMARTPHONE_USERS, ground.id)
    return (await _dressed(registry, ground, found))[0]


async def _dressed(registry: Registry, ground: Ground, found: list[Any]) -> list[VillageRow]:
    names = await _admins([row["region_id"] for row in found])
    above = ground.chain[ground.level - LEVELS["county"] :]  # the county, and what is above it
    made = []
    for row in found:
        on = await enabling.enabled_along(registry, (row["region_id"], row["township_id"], *above))
        made.append(
            VillageRow(
                region_id=row["region_id"],
                code=row["code"],
                name=row["name"],
                township_id=row["township_id"],
                township=row["township"],
                state=row["state"],
                village_id=row["village_id"],
                slug=row["slug"],
                verified=row["verified"],
                users=row["users"],
                users_on=as_day(row["users_on"]) if row["users_on"] else None,
                last_on=as_day(row["last_on"]) if row["last_on"] else None,
                admin_count=row["admins"],
                admins=tuple(names.get(row["region_id"], ())),
                plugins=len(on) if row["state"] == VillageState.OPEN else 0,
            )
        )
    return made


async def _admins(region_ids: list[int]) -> dict[int, list[str]]:
    if not region_ids:
        return {}
    rows = await db.read(
        "SELECT DISTINCT o.region_id, o.person_id, p.display_name FROM core_role o JOIN core_person p ON p.id = o.person_id"  # noqa: S608 marks only
        f" WHERE o.kind = 'village_admin' AND o.revoked_at IS NULL AND o.region_id IN ({db.marks(region_ids)})"
        " ORDER BY o.region_id, o.person_id",
        *region_ids,
    )
    found: dict[int, list[str]] = {}
    for row in rows:
        found.setdefault(row["region_id"], []).append(row["display_name"])
    return found
