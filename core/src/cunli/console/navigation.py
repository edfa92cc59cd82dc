"""The doors of the console, declared as one table. A page of the console stands in it to be found; nothing else lists them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cunli.places.rules import LEVELS
from cunli.trust.policy import RANKS
from cunli.web.i18n import LazyText, _

if TYPE_CHECKING:
    from cunli.web.visit import Visit

OPEN: Final = "core.console.open"
COUNTY: Final = LEVELS["county"]
TOWNSHIP: Final = LEVELS["township"]
VILLAGE: Final = LEVELS["village"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One door. Shown to whoever holds `needs` in an office that reaches up to `level` (3 county, 4 township, 5 village).

    `tab` is what the templates behind it set, so that the door is marked as the open one. An office without a rank of its own,
    such as one of a department, is held back by the capability alone.
    """

    tab: str
    label: LazyText
    url: str
    needs: str
    icon: str
    level: int = VILLAGE

    def opens_to(self, visit: Visit) -> bool:
        """Whether this visitor is shown the door. The page behind it asks again."""
        if not visit.may(self.needs):
            return False
        offices = visit.me.roles  # none: somebody whom a duty lets in, such as an audit reader
        return not offices or any(RANKS.get(role.kind, self.level) <= self.level for role in offices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Doors that belong together, under a heading; the first group has none."""

    label: LazyText | str
    entries: tuple[Entry, ...]


NAVIGATION: Final[tuple[Group, ...]] = (
    Group(
        label="",
        entries=(
            Entry(tab="overview", label=_("总览"), url="/admin", needs=OPEN, icon="layout-dashboard"),
            Entry(
                tab="review", label=_("审核台"), url="/admin/review", needs="core.content.hide", icon="message-report"
            ),
        ),
    ),
    Group(
        label=_("村和人"),
        entries=(
            Entry(tab="villages", label=_("村庄"), url="/admin/villages", needs=OPEN, icon="building-community"),
            Entry(tab="people", label=_("乡亲"), url="/admin/people", needs="core.member.list", icon="users"),
            Entry(
                tab="notices", label=_("通知"), url="/admin/notices", needs="core.notice.publish", icon="speakerphone"
            ),
        ),
    ),
    Group(
        label=_("队伍"),
        entries=(
            Entry(tab="roles", label=_("职务"), url="/admin/roles", needs="core.role.grant", icon="id"),
            Entry(
                tab="departments",
                label=_("部门"),
                url="/admin/departments",
                needs="core.department.manage",
                icon="building-bank",
                level=COUNTY,
            ),
            Entry(
                tab="handbook",
                label=_("手册"),
                url="/admin/handbook",
                needs="core.handbook.publish",
                icon="book-2",
                level=COUNTY,
            ),
            Entry(
                tab="tutors",
                label=_("助教"),
                url="/admin/tutors",
                needs="core.tutor.manage",
                icon="school",
                level=TOWNSHIP,
            ),
        ),
    ),
    Group(
        label=_("平台"),
        entries=(
            Entry(tab="plugins", label=_("插件"), url="/admin/plugins", needs="core.plugin.manage", icon="puzzle"),
            Entry(tab="profile", label=_("合规"), url="/admin/profile", needs="core.plugin.manage", icon="scale"),
            Entry(
                tab="impact",
                label=_("影响评估"),
                url="/admin/impact",
                needs="core.profile.set",
                icon="shield-check",
                level=COUNTY,
            ),
            Entry(tab="themes", label=_("主题"), url="/admin/themes", needs="core.theme.choose", icon="photo"),
            Entry(tab="settings", label=_("设置"), url="/admin/settings", needs="core.setting.manage", icon="settings"),
            Entry(
                tab="jobs",
                label=_("后台任务"),
                url="/admin/jobs",
                needs="core.job.manage",
                icon="clipboard-list",
                level=COUNTY,
            ),
            Entry(
                tab="health",
                label=_("健康"),
                url="/admin/health",
                needs="core.health.read",
                icon="stethoscope",
                level=COUNTY,
            ),
        ),
    ),
    Group(
        label=_("监督"),
        entries=(Entry(tab="audit", label=_("操作记录"), url="/admin/audit", needs="core.audit.read", icon="history"),),
    ),
)


def doors(visit: Visit, groups: Sequence[Group] = NAVIGATION) -> tuple[Group, ...]:
    """What this visitor may open, in its groups; groups without any are left out."""
    found = (
        Group(label=group.label, entries=tuple(one for one in group.entries if one.opens_to(visit))) for group in groups
    )
    return tuple(group for group in found if group.entries)
