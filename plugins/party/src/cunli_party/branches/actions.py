"""What changes branches and members: each change with its line in the history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from tortoise.expressions import F

from cunli import audit, new_key, tell, unit, villagers
from cunli import gettext as _
from cunli_party import heads
from cunli_party.models import CONTACT, LETTER_NAME, PHONE, Branch, Journey, Member, Step, Transfer
from cunli_party.papers import Wrong, now, today

from .roll import Line

PLAIN = ("status", "away", "joined_on", "full_on", "education", "work")
LETTER_DAYS = 90  # a letter of introduction is valid for at most three months


@unit
async def set_up(given: Mapping[str, Any], *, actor: int, parent: Branch | None) -> Branch:
    branch = await Branch.create(
        key=new_key(),
        parent_id=parent.id if parent else None,
        kind=given["kind"],
        name=given["name"],
        place=given.get("place", ""),
        party_day=given.get("party_day") or 0,
        about=given.get("about", ""),
        founded_on=today(),
    )
    await audit("party.branch.set_up", actor=actor, object=("branch", branch.id), kind=branch.kind)
    return branch


@unit
async def change_branch(branch: Branch, given: Mapping[str, Any], *, actor: int) -> None:
    await Branch.filter(id=branch.id).update(
        name=given["name"], place=given["place"], party_day=given["party_day"] or 0, about=given["about"]
    )
    await audit("party.branch.change", actor=actor, object=("branch", branch.id))


@unit
async def appoint(branch: Branch, person_id: int, name: str, *, actor: int) -> Member:
    """Make somebody the secretary: whoever was it stays a member. An office appoints; what the branch says inside is not its business."""
    for old in await Member.filter(branch_id=branch.id, standing="verified", role="secretary"):
        if old.person_id != person_id:
            await _change(old, "role", actor, role="")
    found = await Member.get_or_none(branch_id=branch.id, person_id=person_id, standing="verified")
    if found is None:
        found = await _enter(branch, {"name": name, "role": "secretary"}, person_id, "entered", actor)
    else:
        await _change(found, "role", actor, role="secretary")
    await audit("party.branch.appoint", actor=actor, object=("member", found.id), branch=branch.id)
    return found


@unit
async def apply(branch: Branch, given: Mapping[str, Any], person_id: int, name: str, *, url: str) -> Member:
    """Ask the branch to confirm that one belongs to it. Asked twice, it is one application."""
    held = await Member.filter(person_id=person_id, standing__in=("applied", "verified"), branch_id=branch.id).first()
    if held is not None:
        raise Wrong("branch", _("你已经在这个支部，或者已经申请过了"))
    member = await _enter(branch, {**given, "name": name, "standing": "applied"}, person_id, "applied", person_id)
    for leader in await Member.filter(branch_id=branch.id, standing="verified", role__in=("secretary", "deputy")):
        if leader.person_id is not None:
            await tell(leader.person_id, "party.applied", url=url, once=f"applied:{member.id}", by=person_id)
    return member


@unit
async def decide(member: Member, *, passed: bool, reason: str, actor: int, url: str) -> None:
    """The branch says whether somebody belongs to it. An entry without an account under the same name becomes theirs."""
    if member.standing != "applied":
        raise Wrong("", _("这份申请已经有人处理过了"))
    if member.person_id == actor:
        raise Wrong("", _("自己的申请请支部另一位负责人来核实"))
    entered = await Member.filter(
        branch_id=member.branch_id, name=member.name, person_id__isnull=True, standing="verified"
    ).order_by("id")
    if passed and len(entered) == 1:
        await _change(member, "joined", actor, standing="joined")
        await _change(entered[0], "verified", actor, person_id=member.person_id)
    else:
        standing = "verified" if passed else "refused"
        await _change(member, standing, actor, reason, standing=standing)
    await audit("party.member.decide", actor=actor, object=("member", member.id), passed=passed)
    if member.person_id is not None:
        await tell(member.person_id, "party.decided", url=url, state=str(passed))


@unit
async def enter(branch: Branch, given: Mapping[str, Any], *, actor: int) -> Member:
    """The branch enters a member by hand. With an account of that name in the village, it is theirs; without, nobody's yet."""
    if await Member.filter(branch_id=branch.id, name=given["name"], standing="verified").exists():
        raise Wrong("name", _("支部里已经有这个名字；要是同名，请在名字后面加一个字区别"))
    member = await _enter(branch, given, await account_of(given["name"]), "entered", actor)
    await audit("party.member.enter", actor=actor, object=("member", member.id))
    return member


@unit
async def import_lines(branch: Branch, lines: Sequence[Line], *, actor: int) -> int:
    """Enter those lines that are in order."""
    accounts = _accounts(await villagers())
    known = {one.name for one in await Member.filter(branch_id=branch.id, standing="verified")}
    count = 0
    for line in lines:
        if line.wrong or line.name in known:
            continue
        person = accounts.get(line.name)
        await _enter(branch, line.values, person, "imported", actor)
        known.add(line.name)
        count += 1
    await audit("party.member.import", actor=actor, object=("branch", branch.id), count=count)
    return count


async def account_of(name: str) -> int | None:
    """The only verified villager of that name who is in no branch yet; nobody where there are several."""
    person = _accounts(await villagers()).get(name)
    if person is None or await Member.filter(person_id=person, standing="verified").exists():
        return None
    return person


def _accounts(people: Sequence[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    twice = set()
    for one in people:
        if one.name in found:
            twice.add(one.name)
        found[one.name] = one.person_id
    return {name: person for name, person in found.items() if name not in twice}


@unit
async def change_profile(member: Member, given: Mapping[str, Any], *, actor: int) -> None:
    changes = {name: given[name] for name in (*PLAIN, "duty") if name in given}
    for name, sealed in (("phone", PHONE), ("contact", CONTACT)):
        if given.get(name):  # left empty: stays as it is, nobody has to type a number again that they cannot see
            changes[name] = sealed.seal(given[name], member.key)
    what = "away" if given.get("away", member.away) != member.away else "profile"
    await _change(member, what, actor, **changes)


@unit
async def change_standing(member: Member, given: Mapping[str, Any], *, actor: int) -> None:
    """Status, role, or the group inside the branch; whatever is different gets its own line."""
    moves = given.get("branch") and int(given["branch"]) != member.branch_id
    if given["status"] != member.status and member.person_id == actor:
        raise Wrong("status", _("自己的身份请支部另一位负责人来改"))
    if moves and member.role == "secretary":
        raise Wrong("branch", _("是书记：先由镇村确定新的书记，再变动"))
    for what in ("status", "role"):
        if given[what] != getattr(member, what):
            await _change(member, what, actor, given.get("reason", ""), **{what: given[what]})
            member.version += 1
    if moves:
        await _change(member, "branch", actor, given.get("reason", ""), branch_id=int(given["branch"]))
    await Transfer.filter(member_key=member.key, taken_at__isnull=True).update(status=given["status"])
    for one in await Member.filter(home_id=member.id, standing="verified").exclude(status=given["status"]):
        await _change(one, "status", actor, status=given["status"])
    await audit("party.member.change", actor=actor, object=("member", member.id))


@unit
async def leave(member: Member, reason: str, *, actor: int) -> None:
    """Who leaves leaves with everything: no letter written before takes them in elsewhere. Who is secretary, an office says."""
    if member.role == "secretary":
        raise Wrong("", _("是书记：先由镇村确定新的书记，再变动"))
    await _change(member, "left", actor, reason, standing="left", role="")
    await end_stays(member, actor)
    await Transfer.filter(member_key=member.key, taken_at__isnull=True).delete()
    await audit("party.member.leave", actor=actor, object=("member", member.id))


@unit
async def write_letter(member: Member, branch: Branch, *, actor: int) -> Transfer:
    """A letter of introduction. The member stays here until another branch has taken it."""
    letter = await Transfer.filter(member_key=member.key, taken_at__isnull=True, valid_until__gte=today()).first()
    if letter is None:
        key = new_key()
        letter = await Transfer.create(
            key=key,
            person_id=member.person_id,
            from_village_id=member.village_id,
            from_branch=branch.name,
            member_key=member.key,
            name=LETTER_NAME.seal(member.name, key),
            status=member.status,
            joined_on=member.joined_on,
            full_on=member.full_on,
            written_at=now(),
            valid_until=today() + timedelta(days=LETTER_DAYS),
        )
        await audit("party.transfer.write", actor=actor, object=("member", member.id))
    return letter


@unit
async def take_letter(key: str, branch: Branch, name: str, *, actor: int, day: date) -> Member:
    """Take somebody in by their letter: once, before it runs out, and by the name that is on it."""
    letter = await Transfer.get_or_none(key=key)
    if letter is None or not await _is_on(letter, name):
        raise Wrong("key", _("没有这封介绍信，或者名字和信上的不一样；请核对信上的编号"))
    if letter.valid_until < day:
        raise Wrong("key", _("这封介绍信过了有效期，请原支部重新开一封"))
    held = Member.filter(branch_id=branch.id, person_id=letter.person_id, standing="verified")
    if letter.taken_at is None and letter.person_id is not None and await held.exists():
        raise Wrong("key", _("这个人已经在本支部"))
    if not await Transfer.filter(id=letter.id, taken_at__isnull=True).update(taken_at=now()):
        raise Wrong("key", _("这封介绍信已经用过了"))
    given = {"name": name, "status": letter.status, "joined_on": letter.joined_on, "full_on": letter.full_on}
    reason = letter.from_branch
    member = await _enter(branch, given, letter.person_id, "moved_in", actor, reason)
    await audit("party.transfer.take", actor=actor, object=("member", member.id))
    if letter.from_village_id == branch.village_id:
        await settle_letters()  # in another village its clock does it
    return member


async def _is_on(letter: Transfer, name: str) -> bool:
    """Whether the name given is that on the letter, without opening it."""
    probe = LETTER_NAME.masked(LETTER_NAME.seal(name, letter.key), letter.key)
    return LETTER_NAME.masked(letter.name, letter.key).matches(probe)


@unit
async def settle_letters() -> int:
    """Members whose letter was taken elsewhere are moved out here."""
    rows = await Transfer.filter(taken_at__isnull=False, taken_at__gte=now() - timedelta(days=LETTER_DAYS))
    keys = [one.member_key for one in rows]
    count = 0
    for member in await Member.filter(key__in=keys, standing="verified"):
        await _change(member, "moved_out", None, standing="moved", role="")
        await end_stays(member, None)
        count += 1
    return count


async def _enter(
    branch: Branch, given: Mapping[str, Any], person_id: int | None, what: str, actor: int, reason: str = ""
) -> Member:
    key = new_key()
    member = await Member.create(
        key=key,
        branch_id=branch.id,
        person_id=person_id,
        name=given["name"],
        standing=given.get("standing", "verified"),
        role=given.get("role", ""),
        phone=PHONE.seal(given["phone"], key) if given.get("phone") else "",
        contact=CONTACT.seal(given["contact"], key) if given.get("contact") else "",
        since=now(),
        home_id=given.get("home_id"),
        **{name: given[name] for name in PLAIN if given.get(name) is not None},
    )
    await heads.entered(member)
    await _step(member, what, actor, "", member.status, reason)
    return member


async def stay(home: Member, branch: Branch, *, actor: int) -> None:
    """Somebody is in a temporary branch as well. In the unit of whoever asks."""
    given = {"name": home.name, "status": home.status, "home_id": home.id}
    await _enter(branch, given, home.person_id, "together", actor)


async def end_stays(home: Member, actor: int | None) -> None:
    """Somebody is in no temporary branch any more; one that nobody is in is dissolved. In the unit of whoever asks."""
    for one in await Member.filter(home_id=home.id, standing="verified"):
        await _change(one, "left", actor, standing="left", role="")
        if not await Member.filter(branch_id=one.branch_id, standing="verified").exists():
            await Branch.filter(id=one.branch_id, kind="temporary").update(dissolved_on=today())


async def set_away(member: Member, where: str, *, actor: int) -> None:
    """Where somebody is. In the unit of whoever asks."""
    if member.away != where:
        await _change(member, "away", actor, away=where)


async def _change(member: Member, what: str, actor: int | None, reason: str = "", **changes: Any) -> None:
    """Change the row unless somebody was quicker, and say so in its history."""
    done = await Member.filter(id=member.id, version=member.version).update(**changes, version=F("version") + 1)
    if not done:
        raise Wrong("", _("刚刚有人改过这一条，请回去看看再改"))
    await heads.changed(member, changes)
    if changes.get("standing", "verified") != "verified" or changes.get("away", "out") != "out":
        await Journey.filter(member_id=member.id, back_on__isnull=True).update(back_on=today(), contact="")
    shown = next((name for name in ("standing", "status", "role", "away", "branch_id") if name in changes), "")
    before, after = (str(getattr(member, shown)), str(changes[shown])) if shown else ("", "")
    await _step(member, what, actor, before, after, reason)


async def _step(member: Member, what: str, actor: int | None, before: str, after: str, reason: str = "") -> None:
    await Step.create(
        member_id=member.id,
        branch_id=member.branch_id,
        at=now(),
        actor_id=actor,
        what=what,
        before=before,
        after=after,
        reason=reason[:200],
    )
