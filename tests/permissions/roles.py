"""The people of the permission tests, and what each may know. Written down apart from the product, to be compared with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cunli.testing.canaries import Canary

HERE: Final = "heping"
PLACES: Final = {  # village → itself, its township, its county
    "heping": ("heping", "望溪镇", "澜川县"),
    "shangba": ("shangba", "望溪镇", "澜川县"),
    "donghu": ("donghu", "东湖乡", "澜川县"),
    "waixiang": ("waixiang", "外江镇", "外江县"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """Somebody as the village of the tests sees them. `person` is their name in that village's people."""

    id: str
    village: str = ""
    person: str = ""
    verified: bool = False
    office: str = ""  # the place whose admin they are
    reads: str = ""  # the place whose audit trail they read, without an office

    @property
    def signed_in(self) -> bool:
        return self.id != "anonymous"

    def over(self, slug: str) -> bool:
        """Whether they are an official of this village or of a place above it."""
        return self.office in PLACES[slug]

    def home(self, slug: str, level: int) -> bool:
        """Whether they are at home in this village (0), its township (1) or its county (2)."""
        homes = set(PLACES[self.village]) if self.verified else set()
        for chain in PLACES.values():
            if self.office in chain:
                homes |= set(chain[chain.index(self.office) :])
        return PLACES[slug][level] in homes


ROLES: Final = (
    Role(id="anonymous"),
    Role(id="no_village"),
    Role(id="applicant", village=HERE, person="applicant"),
    Role(id="suspended", village=HERE, person="suspended"),
    Role(id="author", village=HERE, person="author", verified=True),
    Role(id="verified", village=HERE, person="neighbour", verified=True),
    Role(id="same_township", village="shangba", person="neighbour", verified=True),
    Role(id="elsewhere", village="donghu", person="neighbour", verified=True),
    Role(id="admin", village=HERE, person="admin", verified=True, office=HERE),
    Role(id="admin_elsewhere", village="donghu", person="admin", verified=True, office="donghu"),
    Role(id="township_admin", person="township", office="望溪镇"),
    Role(id="other_township_admin", person="township", office="东湖乡"),
    Role(id="department_editor", person="editor"),
    Role(id="county_admin", person="county", office="澜川县"),
    Role(id="other_county_admin", person="county", office="外江县"),
)
AUDIT_READER: Final = Role(id="audit_reader", reads="澜川县")  # has no column: see test_audit_reader.py
BY_ID: Final = {role.id: role for role in ROLES}

Rule = Callable[[Role, Canary, bool], bool]


def _nobody(role: Role, canary: Canary, own: bool) -> bool:
    return False


def _own(role: Role, canary: Canary, own: bool) -> bool:
    return own


def _officials(role: Role, canary: Canary, own: bool) -> bool:
    return role.over(canary.slug)


def _own_or_officials(role: Role, canary: Canary, own: bool) -> bool:
    return own or role.over(canary.slug)


def _at_home(level: int) -> Rule:
    def rule(role: Role, canary: Canary, own: bool) -> bool:
        author = role.id == "author" and canary.slug == HERE
        return author or role.over(canary.slug) or role.home(canary.slug, level)

    return rule


def _everybody(role: Role, canary: Canary, own: bool) -> bool:
    return True


def _readers_of_the_trail(role: Role, canary: Canary, own: bool) -> bool:
    return role.over(canary.slug) or role.reads in PLACES[canary.slug]


def _author_or_officials(role: Role, canary: Canary, own: bool) -> bool:
    return (role.id == "author" and canary.slug == HERE) or role.over(canary.slug)


def _author(role: Role, canary: Canary, own: bool) -> bool:
    return role.id == "author" and canary.slug == HERE


# What may ever be shown, and to whom. `CLEAR` words are shown only as the answer of the routes in `CLEAR_ON`.
SIGHT: Final[dict[str, Rule]] = {
    "post.village": _at_home(0),
    "post.township": _at_home(1),
    "post.county": _at_home(2),
    "post.public": _everybody,
    "post.public_notice": _everybody,
    "post.notice": _at_home(0),
    "post.notice_title": _at_home(0),
    "post.hidden": _author_or_officials,
    "post.public_hidden": _author_or_officials,
    "post.hidden_reason": _author_or_officials,
    "post.hidden_reason2": _author_or_officials,
    "post.public_held": _author_or_officials,
    "post.held_reason": _author_or_officials,
    "post.deleted": _nobody,
    "comment.village": _at_home(0),
    "comment.public": _everybody,
    "comment.hidden": _own_or_officials,
    "comment.hidden_reason": _own_or_officials,
    "comment.deleted": _own,
    "photo.private": _at_home(0),
    "photo.unused": _author,
    "draft.body": _own,
    "draft.place": _own,
    "message.excerpt": _own,
    "membership.reason": _own_or_officials,
    "step.note": _officials,
    "report.note": _officials,
    "case.reason": _author_or_officials,
    "appeal.words": _officials,
    "invite.token": _officials,
    "audit.details": _readers_of_the_trail,
    "person.id_number": _nobody,
    "person.name": _own,
    "person.phone": _own,
    "membership.head_name": _own,
    "household.head_name": _nobody,
}
OFFICIALS_ONLY: Final = "step.note"  # for what has no canary of its own, and is known to officials alone
CLEAR: Final = {"person.name", "person.phone", "membership.head_name", "household.head_name"}
CLEAR_ON: Final = {
    "POST /admin/people/{key}/reveal",
    "POST /v/{village}/members/{key}/reveal",
    "POST /v/{village}/p/{key}/receipts.csv",
}


def may_know(role: Role, canary: Canary, route: str, *, own: bool) -> bool:
    """Whether this word may stand in an answer to this person."""
    if canary.kind in CLEAR and route in CLEAR_ON and role.over(canary.slug):
        return True
    if canary.kind == "invite.token" and route == "POST /i":
        return True  # whoever knows the six digits is given the link
    return SIGHT[canary.kind](role, canary, own)
