"""Villages that are lived in, with a word of its own in every private place, so that a leak is found by looking for words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from cunli import db
from cunli.clock import now
from cunli.feed.models import Comment, Draft, Held, Post, PostPhoto
from cunli.media import running as media
from cunli.media.models import Upload
from cunli.notify.actions import tell
from cunli.people.models import Invite, Membership, MembershipState, MembershipStep, Person
from cunli.people.personal import HEAD_NAME as APPLICANT_HEAD
from cunli.people.personal import ID_NUMBER, NAME, PHONE
from cunli.places.models import Household, Village
from cunli.places.register import HEAD_NAME
from cunli.reviewing.models import ReviewCase
from cunli.testing import sample
from cunli.testing.sample import SamplePerson, SampleVillage
from cunli.trust.audit import audit
from cunli.trust.models import Report
from cunli.web.tokens import new_key

PICTURES: Final = (("thumb", "webp"), ("thumb", "jpg"), ("large", "webp"), ("large", "jpg"))
AUDIENCES: Final = ("village", "township", "county", "public")


@dataclass(frozen=True, slots=True, kw_only=True)
class Canary:
    """A word that stands in one private place. `kind` says which, `owner` is the id of the person it is about."""

    word: str
    kind: str
    slug: str
    owner: int = 0


@dataclass(slots=True, kw_only=True)
class Inhabited:
    """A village with people, posts, comments, photos, households, reports and all that is private about them."""

    village: SampleVillage
    people: dict[str, SamplePerson] = field(default_factory=dict)
    members: dict[str, str] = field(default_factory=dict)  # by person: the membership's key
    posts: dict[str, str] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    photos: dict[str, str] = field(default_factory=dict)
    households: dict[str, str] = field(default_factory=dict)
    invite: str = ""
    code: str = ""
    report: str = ""
    held: str = ""
    appeal: str = ""
    household_id: int = 0
    message_id: int = 0
    canaries: list[Canary] = field(default_factory=list)

    def word(self, kind: str, owner: int = 0, text: str = "") -> str:
        """A new canary; `text` where it has to be of a certain shape."""
        word = text or f"CANARY{kind.title().replace('.', '').replace('_', '')}{self.village.slug.title()}"
        self.canaries.append(Canary(word=word, kind=kind, slug=self.village.slug, owner=owner))
        return word


async def inhabit(village: SampleVillage, number: int) -> Inhabited:
    """Fill a village; `number` (1 to 99) keeps its phone numbers apart from those of other villages. Counters are right."""
    made = Inhabited(village=village)
    await db.run_unit(_settle, made, number)
    for name in ("private", "unused"):
        word = made.word(f"photo.{name}")
        await media.storage().put(made.photos[name], {(s, k): f"{word} {s} {k}".encode() for s, k in PICTURES})
    return made


async def _settle(made: Inhabited, number: int) -> None:
    states = {"applicant": MembershipState.APPLIED, "suspended": MembershipState.SUSPENDED}
    for position, name in enumerate(("author", "neighbour", "reporter", "applicant", "suspended")):
        await _person(made, name, number * 100 + position, states.get(name, MembershipState.VERIFIED))
    with db.scope(made.village.id):
        await _posts(made)
        await _comments(made)
        await _photos(made)
        await _household(made)
        await _office_papers(made)
    await _counters(made)


async def _person(made: Inhabited, name: str, number: int, state: MembershipState) -> None:
    who = await sample.person(f"{made.village.slug}{name}")
    made.people[name] = who
    phone = made.word("person.phone", who.id, f"138{number:08d}")
    id_number = made.word("person.id_number", who.id, f"510999198001{number:06d}")
    real = made.word("person.name", who.id, f"田CANARYName{made.village.slug.title()}{name.title()}秀")
    await Person.filter(id=who.id).update(
        name=NAME.seal(real, who.key),
        phone=PHONE.seal(f"+86{phone}", who.key),
        phone_index=PHONE.index(f"+86{phone}"),
        id_number=ID_NUMBER.seal(id_number, who.key),
        id_number_index=ID_NUMBER.index(id_number),
    )
    row_id = await sample.member(who, made.village, state=state)
    with db.scope(made.village.id):
        row = await Membership.get(id=row_id)
        made.members[name] = row.key
        head = made.word("membership.head_name", who.id, f"罗CANARYHead{made.village.slug.title()}{name.title()}海")
        row.head_name = APPLICANT_HEAD.seal(head, row.key)
        if state == MembershipState.SUSPENDED:
            row.reason = made.word("membership.reason", who.id)
        await row.save()
        note = made.word("step.note", who.id) if state == MembershipState.SUSPENDED else ""
        await MembershipStep.create(village_id=row.village_id, membership_id=row.id, after=state, note=note, at=now())


async def _posts(made: Inhabited) -> None:
    for audience in AUDIENCES:
        await _post(made, audience, audience=audience)
    await _post(made, "hidden", state="hidden", hidden_reason=made.word("post.hidden_reason"))
    await _post(
        made, "public_hidden", audience="public", state="hidden", hidden_reason=made.word("post.hidden_reason2")
    )
    await _post(made, "public_held", audience="public", state="held", hidden_reason=made.word("post.held_reason"))
    await _post(made, "deleted", state="deleted", hidden_reason="", deleted=True)
    await _post(made, "notice", kind="notice", title=made.word("post.notice_title"))
    await _post(made, "public_notice", audience="public", kind="notice", title="公开的通知")


async def _post(
    made: Inhabited,
    name: str,
    *,
    audience: str = "village",
    state: str = "visible",
    hidden_reason: str = "",
    kind: str = "post",
    title: str = "",
    deleted: bool = False,
) -> None:
    village = made.village
    shown_in = {"township": village.township_id, "county": village.county_id}.get(audience, village.region_id)
    row = await Post.create(
        key=new_key(),
        village_id=village.id,
        region_id=shown_in,
        author_id=made.people["author"].id,
        kind=kind,
        title=title,
        body=made.word(f"post.{name}"),
        audience=audience,
        state=state,
        hidden_reason=hidden_reason,
        created_at=now(),
        deleted_at=now() if deleted else None,
    )
    made.posts[name] = row.key


async def _comments(made: Inhabited) -> None:
    for name, post, state in (
        ("village", "village", "visible"),
        ("public", "public", "visible"),
        ("hidden", "public", "hidden"),
        ("deleted", "public", "deleted"),
    ):
        row = await Comment.create(
            key=new_key(),
            village_id=made.village.id,
            post_id=(await Post.get(key=made.posts[post])).id,
            author_id=made.people["neighbour"].id,
            body=made.word(f"comment.{name}", made.people["neighbour"].id),
            state=state,
            hidden_reason=made.word("comment.hidden_reason", made.people["neighbour"].id) if state == "hidden" else "",
            created_at=now(),
            deleted_at=now() if state == "deleted" else None,
        )
        made.comments[name] = row.key


async def _photos(made: Inhabited) -> None:
    author = made.people["author"].id
    for name in ("private", "unused"):
        row = await Upload.create(
            key=new_key(),
            village_id=made.village.id,
            owner_id=author,
            unused_until=now() + timedelta(days=1) if name == "unused" else None,
            width=64,
            height=48,
            stored_bytes=100,
            sha256="0" * 64,
            created_at=now(),
        )
        made.photos[name] = row.key
        if name == "private":
            post = await Post.get(key=made.posts["village"])
            await PostPhoto.create(village_id=made.village.id, post_id=post.id, upload_id=row.id, position=0)
    await Draft.create(
        village_id=made.village.id,
        person_id=author,
        body=made.word("draft.body", author),
        place=made.word("draft.place", author),
        uploads=made.photos["unused"],
        updated_at=now(),
    )


async def _household(made: Inhabited) -> None:
    for name in ("lived_in", "empty"):
        key = new_key()
        head = made.word("household.head_name", 0, f"赵CANARYHousehold{made.village.slug.title()}{name.title()}明")
        row = await Household.create(
            key=key,
            village_id=made.village.id,
            group_id=made.village.group_ids[0],
            number=f"{made.village.slug}-{name}",
            head_name=HEAD_NAME.seal(head, key),
        )
        made.households[name] = key
        if name == "lived_in":
            made.household_id = row.id
            await Membership.filter(key=made.members["neighbour"]).update(household_id=row.id)


async def _office_papers(made: Inhabited) -> None:
    village, author = made.village, made.people["author"].id
    made.invite, made.code = made.word("invite.token", text=new_key()), f"{village.id:06d}"
    await Invite.create(
        village_id=village.id, token=made.invite, code=made.code, created_at=now(), expires_at=now() + timedelta(days=9)
    )
    await Report.create(
        key=new_key(),
        village_id=village.id,
        object_kind="post",
        object_id=(await Post.get(key=made.posts["public"])).id,
        reporter_id=made.people["reporter"].id,
        reason="untrue",
        note=made.word("report.note", made.people["reporter"].id),
        created_at=now(),
    )
    held = (await Post.get(key=made.posts["public_held"])).id
    await Held.create(key=new_key(), village_id=village.id, object_kind="post", object_id=held, created_at=now())
    await _cases(made)
    excerpt = made.word("message.excerpt", author)
    await tell(author, "post.thanked", village_id=village.id, url=f"{village.url}/", once="canary", excerpt=excerpt)
    rows = await db.read("SELECT id FROM core_notification WHERE person_id = ?", author)
    made.message_id = rows[0]["id"]
    await audit("canary", village=village.id, word=made.word("audit.details"))


async def _cases(made: Inhabited) -> None:
    """On the review desk: a report, a held post, a decision its author may appeal against, and an appeal."""
    made.report = await _case(made, "report", "public", rule="untrue", open_key="report:")
    made.held = await _case(made, "held", "public_held", rule="before", open_key="held:")
    decided: dict[str, Any] = {
        "state": "decided",
        "outcome": "hide",
        "decided_level": 5,
        "decided_at": now(),
        "rule": "abuse",
    }
    reason = made.word("case.reason", made.people["author"].id)
    await _case(made, "direct", "hidden", reason=reason, **decided)
    await _case(made, "direct", "public_hidden", **decided)
    before = await ReviewCase.get(object_id=(await Post.get(key=made.posts["public_hidden"])).id, kind="direct")
    made.appeal = await _case(
        made,
        "appeal",
        "public_hidden",
        rule="abuse",
        open_key="appeal:",
        level=4,
        words=made.word("appeal.words", made.people["author"].id),
        appeal_of_id=before.id,
    )


async def _case(made: Inhabited, kind: str, post: str, *, open_key: str = "", **values: Any) -> str:
    about = await Post.get(key=made.posts[post])
    row = await ReviewCase.create(
        key=new_key(),
        village_id=made.village.id,
        kind=kind,
        object_kind="post",
        object_id=about.id,
        author_id=made.people["author"].id,
        open_key=f"{open_key}post:{about.id}" if open_key else None,
        opened_at=now(),
        due_at=now() + timedelta(days=1),
        **values,
    )
    return row.key


async def _counters(made: Inhabited) -> None:
    """What is shown as a number is a column: set it to what the rows say."""
    await db.write(
        "UPDATE core_post SET comment_count = (SELECT COUNT(*) FROM core_comment c WHERE c.post_id = core_post.id"
        " AND c.state = 'visible') WHERE village_id = ?",
        made.village.id,
    )
    visible = await db.read("SELECT id FROM core_post WHERE village_id = ? AND state = 'visible'", made.village.id)
    await Village.filter(id=made.village.id).update(post_count=len(visible), household_count=2)


def found_in(text: str, canaries: Mapping[str, Canary]) -> Iterator[Canary]:
    """The canaries, by word, that stand in a text; phone numbers and names also with spaces or dashes between."""
    folded = text.replace(" ", "").replace("-", "")
    return (canary for word, canary in canaries.items() if word in text or word.replace("-", "") in folded)
