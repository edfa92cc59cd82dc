"""Who may do what: one table of roles and capabilities, read by pages, lists and tests alike. Pure; nothing else decides."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cunli.people.queries import PersonNow, Standing
    from cunli.places.queries import VillageNow

MEMBER = "member"  # a verified person of the village; not an office
RANKS = {"county_admin": 3, "township_admin": 4, "village_admin": 5}  # office → level of the region it may sit on
OFFICES = tuple(RANKS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """One thing that may be done, and the roles that may do it by default."""

    id: str
    roles: frozenset[str]
    label: str


def _capability(name: str, label: str, *roles: str) -> Capability:
    return Capability(id=name, roles=frozenset(roles), label=label)


_CORE = (
    _capability("core.post.publish", "发动态", MEMBER, *OFFICES),
    _capability("core.comment.publish", "写评论", MEMBER, *OFFICES),
    _capability("core.post.react", "点赞、致谢", MEMBER, *OFFICES),
    _capability("core.post.report", "举报", MEMBER, *OFFICES),
    _capability("core.notice.publish", "发通知", *OFFICES),
    _capability("core.notice.receipts", "看通知回执", *OFFICES),
    _capability("core.content.hide", "收起内容", *OFFICES),
    _capability("core.member.review", "核对入村申请", *OFFICES),
    _capability("core.member.list", "看乡亲名单", *OFFICES),
    _capability("core.member.suspend", "停用乡亲", *OFFICES),
    _capability("core.person.reveal", "看完整的姓名和电话", *OFFICES),
    _capability("core.invite.create", "发邀请", *OFFICES),
    _capability("core.village.edit", "改村庄资料", *OFFICES),
    _capability("core.village.open", "开通、关闭村庄", "county_admin"),
    _capability("core.role.grant", "任免管理员", *OFFICES),
    _capability("core.audit.read", "看操作记录", *OFFICES),
    _capability("core.console.open", "看管理后台", *OFFICES),
    _capability("core.audit.appoint", "请人看操作记录", "county_admin"),
    _capability("core.plugin.manage", "管插件", *OFFICES),
    _capability("core.profile.set", "定合规规定", "county_admin"),
    _capability("core.theme.choose", "选主题", *OFFICES),
    _capability("core.setting.manage", "改设置", *OFFICES),
    _capability("core.job.manage", "管后台任务", "county_admin"),
    _capability("core.health.read", "看健康", "county_admin"),
    _capability("core.handbook.publish", "发管理员手册", "county_admin"),
    _capability("core.tutor.manage", "请助教", "county_admin", "township_admin"),
    _capability("core.department.manage", "管部门", "county_admin"),
    _capability("core.department.publish", "以部门名义发文"),  # held by appointment: see departments.granted
)
CAPABILITIES: Mapping[str, Capability] = {c.id: c for c in _CORE}


def roles_here(person: PersonNow, village: VillageNow | None, standing: Standing | None) -> frozenset[str]:
    """The roles a person has in a village: offices on it or above it, and membership when verified.

    Without a village: the offices the person has anywhere.
    """
    if person.state != "active":
        return frozenset()
    if village is None:
        return frozenset(r.kind for r in person.roles)
    held = {r.kind for r in person.roles if r.region_id in village.chain}
    if standing is not None and standing.verified:
        held.add(MEMBER)
    return frozenset(held)


def may(
    person: PersonNow | None,
    capability: str,
    village: VillageNow | None,
    standing: Standing | None,
    *,
    granted: frozenset[str] = frozenset(),
    known: Mapping[str, Capability] = CAPABILITIES,
) -> bool:
    """Whether `person` may do `capability` in `village`. Unknown capabilities are nobody's. `granted` comes from plugins."""
    if person is None or person.state != "active" or person.guarded:
        return False
    rule = known.get(capability)
    if rule is None:
        return False
    return capability in granted or bool(rule.roles & roles_here(person, village, standing))


def may_over(
    person: PersonNow, capability: str, chain: Collection[int], *, known: Mapping[str, Capability] = CAPABILITIES
) -> bool:
    """Whether an office on a region or above it lets `person` do `capability` there.

    `chain` is the region and every region above it. For pages of the county that are about one region.
    """
    rule = known.get(capability)
    if rule is None or person.state != "active":
        return False
    return any(role.kind in rule.roles and role.region_id in chain for role in person.roles)


def is_member(person: PersonNow | None, village: VillageNow | None, standing: Standing | None) -> bool:
    """Whether a person belongs to the village's inner circle: verified there, or an official of it or above it."""
    return person is not None and bool(roles_here(person, village, standing))
