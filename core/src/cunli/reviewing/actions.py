"""Deciding a case, appealing against a decision, taking a decision back. One unit each, audited, told to those it concerns."""

from __future__ import annotations

from typing import Final

from cunli import db, plugin_values
from cunli.clock import now
from cunli.county_settings import APPEAL_DAYS
from cunli.feed import holding, moderation
from cunli.feed import rules as feed
from cunli.notify.actions import tell
from cunli.people.queries import admins_of
from cunli.reviewing import cases, rules
from cunli.reviewing.rules import Case
from cunli.trust import held, reports
from cunli.trust.audit import audit
from cunli.trust.reports import AlreadyDecided, Reported

DESK: Final = "/admin/review"


class NotYours(Exception):
    """This official may not decide this case; `why` is a key of `rules.WHY_NOT`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class NoAppeal(Exception):
    """Nothing to appeal against any more: too late, done already, or the last word was spoken."""


async def why_not(case: Case, person_id: int) -> str:
    """Why an official may not decide a case; empty when they may."""
    thing = (case.object_kind, case.object_id)
    return rules.why_not_decide(
        case,
        person_id,
        await cases.level_of(person_id, case.chain),
        await cases.reporters_of(thing),
        await cases.deciders_of(thing),
    )


@db.unit
async def decide(case: Case, about: Reported, actor_id: int, outcome: str, reason: str, rule: str = "") -> None:
    """Decide an open case. Raises `NotYours`, `AlreadyDecided` and `feed.actions.Gone`; then nothing is changed."""
    if not rules.fits(case, outcome):
        raise AlreadyDecided
    if why := await why_not(case, actor_id):
        raise NotYours(why)
    if outcome == rules.HIDE:
        await reports.hide(about, actor_id, reason, rule=rule)
    elif outcome == rules.KEEP:
        await reports.keep(about, actor_id, reason)
    elif outcome == rules.RELEASE:
        await held.approve(about, actor_id)
    elif outcome == rules.REFUSE:
        await held.refuse(about, actor_id, reason, rule=rule)
    else:
        await _answer(case, about, actor_id, outcome, reason)


async def _answer(case: Case, about: Reported, actor_id: int, outcome: str, reason: str) -> None:
    """Answer an appeal: show the thing again, or leave it as it was decided."""
    thing = (about.kind, about.id)
    done = await cases.closed(
        rules.APPEAL, thing, outcome, actor=actor_id, chain=about.post.chain, was=about.state, reason=reason
    )
    if not done:
        raise AlreadyDecided
    await audit(f"appeal.{outcome}", actor=actor_id, village=case.village_id, object=thing, reason=reason)
    if outcome == rules.RESTORE:
        await reports.show_again(about, actor_id)
    await tell(
        case.author_id,
        f"appeal.{outcome}",
        village_id=case.village_id,
        url=about.url,
        once=f"appeal-answer:{case.id}",
        plugin=about.post.plugin,
        reason=reason,
    )


@db.unit
async def appeal(about: Reported, person_id: int, words: str) -> None:
    """Appeal against the last decision about what one wrote; once for each decision. Raises `NoAppeal`."""
    thing = (about.kind, about.id)
    last = await cases.latest_decision(thing)
    days = (await plugin_values.values_of(about.post.chain))(APPEAL_DAYS)
    if last is None or about.state != feed.HIDDEN or not rules.may_appeal(last, person_id, now(), days):
        raise NoAppeal
    level = rules.appeal_level(last)
    fresh = await cases.opened(
        rules.APPEAL,
        thing,
        author_id=person_id,
        village_id=last.village_id,
        chain=about.post.chain,
        rule=last.rule,
        level=level,
        words=words,
        appeal_of=last.id,
    )
    if not fresh:
        raise NoAppeal
    await audit("appeal.opened", actor=person_id, village=last.village_id, object=thing, level=level)
    above = about.post.chain[rules.VILLAGE - level :]
    deciders = await cases.deciders_of(thing)
    for admin in await admins_of(above):
        if admin not in deciders and admin != person_id:
            await tell(admin, "appeal.opened", village_id=last.village_id, url=DESK, once=f"appeal:{last.id}")


@db.unit
async def take_back(case: Case, about: Reported, actor_id: int) -> None:
    """Undo one's own decision of the last ten minutes: everything is as before, and the case is open again.

    Raises `AlreadyDecided` when it is too late, when somebody decided about the thing since, and when its author deleted it: what
    was decided by others and what was deleted does not come back by undoing something older.
    """
    thing = (case.object_kind, case.object_id)
    last = await cases.latest_decision(thing)
    gone = feed.DELETED in (about.state, about.post.state)
    if gone or last is None or last.id != case.id or not rules.may_undo(case, actor_id, now()):
        raise AlreadyDecided
    key = cases.open_key(case.kind, thing)
    opened = await db.write(
        "UPDATE core_review_case SET state = 'open', open_key = ?, outcome = '', was = '', reason = '', decided_by_id = NULL,"
        " decided_level = 0, decided_at = NULL WHERE id = ? AND state = 'decided' AND decided_by_id = ?"
        " AND NOT EXISTS (SELECT 1 FROM core_review_case o WHERE o.open_key = ?)",
        key,
        case.id,
        actor_id,
        key,
    )
    if not opened:
        raise AlreadyDecided
    await audit("review.undo", actor=actor_id, village=case.village_id, object=thing, outcome=case.outcome)
    await _as_before(case, about, actor_id)


async def _as_before(case: Case, about: Reported, actor_id: int) -> None:
    """Give the content the state back that it had, and its reports their question."""
    if case.kind == rules.REPORT:
        await reports.reopen(about, actor_id, case.decided_at)
    if case.kind == rules.HELD:
        await holding.wait_again(about.kind, about.id, published=case.outcome == rules.RELEASE)
    if about.state != case.was and case.was in (feed.VISIBLE, feed.HELD, feed.HIDDEN):
        await moderation.put_back(about.post, about.comment, case.was, case.reason)
        if case.was == feed.VISIBLE or about.state == feed.VISIBLE:
            what = "shown" if case.was == feed.VISIBLE else "waits"
            village, plugin = case.village_id, about.post.plugin
            await tell(case.author_id, f"{about.kind}.{what}", village_id=village, url=about.url, plugin=plugin)
