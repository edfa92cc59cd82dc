"""The words of the demo as they stand in `data/`: read, typed, and refused when a person or a picture is not there."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

DATA: Final = files("cunli.demo") / "data"
PHOTOS: Final = files("cunli.demo") / "photos"
_COMMENT: Final = re.compile(r"(?P<reply>> )?(?P<by>[^:@]+?)(?:@(?P<to>[^:]+?))?: (?P<text>.+)")


class BadContent(Exception):
    """The demo's own files do not fit together; says where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """An office, the short name of the region it sits on, and the words of its seal."""

    kind: str
    region: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """Somebody with an account. `home` is the head of the household by real name; `village` is empty for none."""

    shown: str
    name: str
    village: str = ""
    group: str = ""
    home: str = ""
    away: str = ""
    look: str = ""
    account: str = ""
    office: Office | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """Somebody who asked to be verified. `state` other than `applied` was decided with `reason`."""

    person: Resident
    head: str
    ago: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A comment, or with `reply` an answer below the comment before it, `to` its author or somebody else there."""

    by: str
    text: str
    reply: bool
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A post or a notice. `likes` and `thanks` are wishes: no more people can like a post than may see it."""

    village: str
    kind: str
    by: str
    at: str
    text: str
    title: str = ""
    place: str = ""
    audience: str = "village"
    photos: tuple[str, ...] = ()
    likes: int = 0
    thanks: int = 0
    remarks: tuple[Remark, ...] = ()
    id: str = ""
    hidden: str = ""
    pinned: bool = False
    until: int | None = None
    reads: float = 0.0
    told: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """A report of the post called `post`. A decided one led to its hiding; `decided_by` is empty while nobody has."""

    post: str
    by: str
    reason: str
    note: str
    at: str
    decided_by: str = ""
    decided_at: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VillageWords:
    """One village with everybody and everything in it."""

    code: str
    slug: str
    motto: str
    introduction: str
    phone: str
    address: str
    market_days: str
    cloth: str
    dye: str
    cover: str
    opened: int
    smartphones: tuple[tuple[int, int], ...]
    groups: tuple[str, ...]
    households: int
    surnames: str
    people: tuple[Resident, ...]
    applicants: tuple[Applicant, ...]
    words: tuple[Words, ...]
    complaints: tuple[Complaint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account that visitors of the demo may use."""

    id: str
    phone: str
    what: str
    try_this: str


@dataclass(frozen=True, kw_only=True)
class County:
    """The whole demo."""

    code: str
    name: str
    regions: tuple[tuple[str, str, str, str], ...]  # code, name, level, parent
    officials: tuple[Resident, ...]
    villages: tuple[VillageWords, ...]
    given_names: tuple[str, ...]
    accounts: tuple[Account, ...]
    password: str

    @cached_property
    def everybody(self) -> tuple[Resident, ...]:
        """Everybody with an account, applicants too."""
        found = list(self.officials)
        for village in self.villages:
            found += village.people
            found += [applicant.person for applicant in village.applicants]
        return tuple(found)

    @cached_property
    def pictures(self) -> tuple[str, ...]:
        """The names of all pictures that are used, each once."""
        used = {photo for village in self.villages for words in village.words for photo in words.photos}
        used |= {village.cover for village in self.villages if village.cover}
        return tuple(sorted(used))


def accounts() -> tuple[str, tuple[Account, ...]]:
    """The shared password and the accounts, without reading anything else."""
    found = _toml(DATA / "accounts.toml")
    made = (Account(id=a["id"], phone=a["phone"], what=a["is"], try_this=a["try"]) for a in found["accounts"])
    return found["password"], tuple(made)


def picture(name: str) -> Traversable:
    """The file of a picture."""
    return PHOTOS / f"{name}.webp"


def county(data: Traversable = DATA) -> County:
    """Read the whole demo. Raises `BadContent`."""
    base = _toml(data / "county.toml")
    password, known = accounts()
    villages = tuple(_village(each) for each in sorted(_files(data / "villages"), key=lambda f: f.name))
    found = County(
        code=base["code"],
        name=base["name"],
        regions=_regions((data / "regions.csv").read_text("utf-8")),
        officials=tuple(_resident(p, "", base["name"]) for p in base["people"]),
        villages=villages,
        given_names=tuple(_toml(data / "names.toml")["given"]),
        accounts=known,
        password=password,
    )
    _check(found)
    return found


def _files(folder: Traversable) -> list[Traversable]:
    return [each for each in folder.iterdir() if each.name.endswith(".toml")]


def _toml(file: Traversable) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _regions(text: str) -> tuple[tuple[str, str, str, str], ...]:
    rows = [line.split(",") for line in text.splitlines()[1:]]
    return tuple((code, name, level, parent) for code, name, level, parent in rows)


def _village(file: Traversable) -> VillageWords:
    found = _toml(file)
    slug = found["slug"]
    posts = [_words(slug, "post", each) for each in found.pop("posts")]
    notices = [_words(slug, "notice", each) for each in found.pop("notices")]
    complaints = tuple(_complaint(each) for each in found.pop("reports", []))
    applicants = tuple(_applicant(each, slug) for each in found.pop("applicants"))
    people = tuple(_resident(each, slug, slug) for each in found.pop("people"))
    figures = tuple((days, value) for days, value in found.pop("smartphones"))
    found["introduction"] = found["introduction"].strip()
    return VillageWords(
        **{**found, "groups": tuple(found["groups"])},
        smartphones=figures,
        people=people,
        applicants=applicants,
        words=(*posts, *notices),
        complaints=complaints,
    )


def _resident(given: dict[str, Any], village: str, region: str) -> Resident:
    office = given.pop("office", None)
    sits = None
    if office is not None:
        sits = Office(
            kind=office.get("kind", "village_admin"), region=office.get("region", region), title=office["title"]
        )
    name = given.pop("name", given["shown"])
    return Resident(**given, name=name, village=village, office=sits)


def _applicant(given: dict[str, Any], village: str) -> Applicant:
    head, ago = given.pop("head"), given.pop("ago")
    state, reason = given.pop("state", "applied"), given.pop("reason", "")
    return Applicant(person=_resident(given, village, village), head=head, ago=ago, state=state, reason=reason)


def _words(village: str, kind: str, given: dict[str, Any]) -> Words:
    remarks = tuple(_remarks(given.pop("comments", "")))
    photos, text = tuple(given.pop("photos", ())), given.pop("text").strip()
    return Words(village=village, kind=kind, text=text, photos=photos, remarks=remarks, **given)


def _remarks(text: str) -> Iterator[Remark]:
    above = ""
    for line in filter(None, text.splitlines()):
        found = _COMMENT.fullmatch(line)
        if found is None or (found["reply"] and not above):
            raise BadContent(f"not a comment: {line}")
        yield Remark(by=found["by"], text=found["text"], reply=bool(found["reply"]), to=found["to"] or above)
        above = above if found["reply"] else found["by"]


def _complaint(given: dict[str, Any]) -> Complaint:
    decided = given.pop("decided", {"by": "", "at": ""})
    return Complaint(**given, decided_by=decided["by"], decided_at=decided["at"])


def _check(found: County) -> None:
    """Names that are used must be there, once."""
    names = [person.shown for person in found.everybody]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadContent(f"two people are called {', '.join(sorted(twice))}")
    if strange := set(_mentioned(found)) - set(names):
        raise BadContent(f"nobody is called {', '.join(sorted(strange))}")
    given = [person.account for person in found.everybody if person.account]
    if sorted(given) != sorted(account.id for account in found.accounts):
        raise BadContent("accounts.toml and the people's accounts differ")
    if missing := [name for name in found.pictures if not picture(name).is_file()]:
        raise BadContent(f"no picture called {', '.join(missing)}")
    ids = {words.id for village in found.villages for words in village.words if words.id}
    if lost := {c.post for v in found.villages for c in v.complaints} - ids:
        raise BadContent(f"no post called {', '.join(sorted(lost))}")


def _mentioned(found: County) -> Iterable[str]:
    for village in found.villages:
        for words in village.words:
            yield words.by
            for remark in words.remarks:
                yield from filter(None, (remark.by, remark.to))
        for complaint in village.complaints:
            yield from filter(None, (complaint.by, complaint.decided_by))


def photo_bytes(name: str) -> bytes:
    """A picture as it would come from a phone."""
    return Path(str(picture(name))).read_bytes()
