"""The plugin object: what it says about itself, and its hooks. The work is done in the other modules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

import click

from cunli import (
    Act,
    DataContext,
    ErasureReport,
    ExportFile,
    FeedKind,
    GrantContext,
    Manifest,
    MenuItem,
    MessageKind,
    Page,
    PageContext,
    Plugin,
    SearchContext,
    SearchHit,
    Task,
    hookimpl,
)
from cunli import gettext as _

from . import demo, minding, people, rights, telling, words
from .away import pages as away_pages
from .boards import pages as board_pages
from .branches import member_pages, moving_pages
from .branches import pages as branch_pages
from .diaries import notice_pages
from .diaries import pages as diary_pages
from .diaries import reading as diary_reading
from .diaries.actions import KIND
from .importing import fetching
from .importing import pages as import_pages
from .meetings import hold_pages, photo_pages, study_pages
from .meetings import pages as meeting_pages
from .models import Member
from .school import county, county_pages, judging, keep_items, keeping, reading
from .school import pages as school_pages
from .serving import pages as serving_pages
from .settings import CATEGORIES, FEEDS
from .standing import reader

MESSAGES = (
    MessageKind(id="party.applied", says=_("%(name)s说是本支部的党员，请核实"), icon="user-check"),
    MessageKind(id="party.decided", says=_("支部看过你的申请了"), icon="user-check"),
    MessageKind(id="party.meeting", says=_("支部要开会：%(title)s"), icon="calendar-event"),
    MessageKind(id="party.off", says=_("支部的会不开了：%(title)s"), icon="calendar-event"),
    MessageKind(id="party.rhythm", says=_("%(title)s该开了"), icon="calendar-event"),
    MessageKind(id="party.dues", says=_("还没记你交过%(months)s的党费，请到支部说一声"), icon="clock"),
    MessageKind(id="party.report", says=_("在外的党员一年至少向支部报告一次，请在%(day)s以前报告"), icon="road"),
    MessageKind(id="party.remark", says=_("%(name)s在你的日记“%(title)s”下面写了几句"), icon="message-circle"),
    MessageKind(id="party.notice", says=_("支部通知：%(title)s"), icon="speakerphone"),
    MessageKind(id="party.deed", says=_("%(name)s说为你家做了一件事，请看看有没有"), icon="heart"),
    MessageKind(id="party.again", says=_("课程规则变了，“%(title)s”要再学一点才算学完"), icon="book-2"),
)
ACTS = {
    "party.branch.set_up": _("设立党组织"),
    "party.branch.change": _("改支部资料"),
    "party.branch.appoint": _("确定支部书记"),
    "party.member.enter": _("登记党员"),
    "party.member.import": _("从表格导入党员"),
    "party.member.decide": _("核实党员"),
    "party.member.change": _("改党员身份、职务"),
    "party.member.leave": _("记党员离开"),
    "party.transfer.write": _("开介绍信"),
    "party.transfer.take": _("凭介绍信转入"),
    "party.item.keep": _("改资料库"),
    "party.item.file": _("放、换、拿掉资料的文件"),
    "party.course.make": _("开课"),
    "party.course.change": _("改课程"),
    "party.course.show": _("放出、收起课程"),
    "party.county_course.keep": _("放、换全县的课程"),
    "party.county_course.show": _("放出、收起全县的课程"),
    "party.lesson.keep": _("改一节课"),
    "party.lesson.attend": _("记谁到了课"),
    "party.meeting.plan": _("安排会议"),
    "party.meeting.mark": _("记一页谁到了会"),
    "party.meeting.hold": _("记会议"),
    "party.meeting.call_off": _("取消会议"),
    "party.meeting.photos": _("放、拿掉会议照片"),
    "party.dues.note": _("记党费交过了"),
    "party.study.judge": _("看学习凭据"),
    "party.notice.announce": _("通知全支部"),
    "party.said.take_back": _("拿掉一句话"),
    "party.journey.tell": _("登记党员外出"),
    "party.journey.end": _("记党员回来"),
    "party.pair.make": _("党员和户结对"),
    "party.pair.end": _("结束结对"),
    "party.lead.keep": _("记返乡创业"),
}


async def _inside(ctx: SearchContext, base: str) -> list[SearchHit]:
    """What only members find: each looks through their own branches."""
    looks = await reader(ctx.page.person_id)
    notices, diaries = await diary_reading.found(looks, ctx.words, ctx.most)
    at = {one.id: one.key for one in looks.tree.branches.values()}
    hits = [
        SearchHit(title=one.title, url=f"{base}/branches/{at[one.branch_id]}/notices/{one.key}", text=_("支部通知"))
        for one in notices
    ]
    return hits + [SearchHit(title=one.title, url=f"{base}/diaries/{one.key}", text=_("党员日记")) for one in diaries]


class Party(Plugin):
    """The party branch of a village."""

    manifest = Manifest(
        label=_("党建"),
        summary=_("支部和党员、微党校、三会一课、党员日记、流动党员"),
        capabilities=rights.CAPABILITIES,
        settings=(FEEDS, CATEGORIES),
        messages=MESSAGES,
        acts=tuple(Act(id=key, label=label) for key, label in ACTS.items()),
        models="cunli_party.models",
        migrations="cunli_party.migrations",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return (
            *branch_pages.PAGES,
            *member_pages.PAGES,
            *moving_pages.PAGES,
            *school_pages.PAGES,
            *keep_items.PAGES,
            *keeping.PAGES,
            *county_pages.PAGES,
            *meeting_pages.PAGES,
            *hold_pages.PAGES,
            *photo_pages.PAGES,
            *study_pages.PAGES,
            *diary_pages.PAGES,
            *notice_pages.PAGES,
            *away_pages.PAGES,
            *serving_pages.PAGES,
            *board_pages.PAGES,
            *import_pages.PAGES,
        )

    @hookimpl
    def feed_kinds(self) -> Iterable[FeedKind]:
        return (KIND,)

    @hookimpl
    def menu_items(self, ctx: PageContext) -> Iterable[MenuItem]:
        if ctx.verified:
            home = f"{ctx.village_url}/party"
            yield MenuItem(label=_("党建"), url=f"{home}/home", icon="flag", hue="seal", column="party")
            yield MenuItem(label=_("微党校"), url=f"{home}/school", icon="book-2", hue="seal", column="party")

    @hookimpl
    async def grants(self, ctx: GrantContext) -> frozenset[str]:
        """What the branch's verification gives on top of the village's: without either, nothing."""
        if not ctx.verified:
            return frozenset()
        roles = [one.role for one in await Member.filter(person_id=ctx.person_id, standing="verified")]
        if not roles:
            return frozenset()
        leads = any(role in words.LEADS for role in roles)
        return frozenset({rights.BELONG, rights.LEAD} if leads else {rights.BELONG})

    @hookimpl
    def commands(self) -> Iterable[click.Command]:
        return (demo.demo,)

    @hookimpl
    def tasks(self) -> Iterable[Task]:
        return (
            Task(name="party.mind", run=minding.mind, every=timedelta(hours=1), per="village", timeout=600),
            Task(name=county.SPREAD, run=county.spread, every=timedelta(hours=1), per="village"),
            Task(name=telling.TASK, run=telling.run),
            Task(name=judging.TASK, run=judging.run),
            Task(name="party.look", run=fetching.look, every=timedelta(hours=6), timeout=900),
        )

    @hookimpl
    async def search(self, ctx: SearchContext) -> Sequence[SearchHit]:
        """What the reader may open: the library and courses, notices of the own branches, diaries shown to them and their own."""
        if not ctx.page.verified:
            return []
        whole = ctx.page.may(rights.BELONG)
        base = f"{ctx.page.village_url}/party"
        items = await reading.items(whole=whole, words=ctx.words, most=ctx.most)
        courses, _more = await reading.courses(whole=whole, person_id=None, words=ctx.words, most=ctx.most)
        hits = [SearchHit(title=one.title, url=f"{base}/items/{one.key}", text=_("资料库")) for one in items]
        hits += [
            SearchHit(title=one.course.title, url=f"{base}/courses/{one.course.key}", text=_("课程")) for one in courses
        ]
        if whole:
            hits += await _inside(ctx, base)
        return hits[: ctx.most]

    @hookimpl
    async def export_data(self, ctx: DataContext) -> Sequence[ExportFile]:
        return await people.export(ctx.person_id)

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return await people.erase(ctx.person_id)


plugin = Party()
