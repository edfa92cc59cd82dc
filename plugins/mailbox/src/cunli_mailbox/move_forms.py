"""The form of each move: which fields it has, and how they are read. One table, drawn by one template."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from cunli import Form, county_departments
from cunli import gettext as _

from . import words
from .clocks import default_rules
from .joining import joinable
from .models import Letter
from .moving import MOST_RANK
from .standing import Reader, sees

Choices = Sequence[tuple[str, Any]]
MOST_INTO: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a move's form."""

    name: str
    label: Any
    kind: Literal["words", "choice", "number", "photos"] = "words"
    choices: Choices = ()
    hint: Any = ""
    required: bool = True
    most: int = 2000
    whole: bool = False


Given = Callable[[Letter, Reader], Awaitable[Sequence[Field]]]


def read_facts(form: Form, fields: Sequence[Field]) -> dict[str, Any]:
    """What was given. What is wrong stands in the form."""
    facts: dict[str, Any] = {}
    for one in fields:
        if one.kind == "words":
            facts[one.name] = form.text(one.name, one.label, required=one.required, max_length=one.most, multiline=True)
        elif one.kind == "choice":
            chosen = form.choice(one.name, one.label, [key for key, _label in one.choices], required=one.required)
            facts[one.name] = int(chosen) if one.whole and chosen else chosen
        elif one.kind == "number":
            facts[one.name] = form.integer(one.name, one.label, minimum=1, maximum=one.most, required=one.required)
    return {name: value for name, value in facts.items() if value not in ("", None)}


def keyed(table: Mapping[Any, Any]) -> Choices:
    return [(str(key), label) for key, label in table.items()]


REASON = Field(name="reason", label=_("为什么"), most=500)
WORDS = Field(name="words", label=_("要说的话"), hint=_("写信人看得到"))
SATISFIED = Field(
    name="satisfaction", label=_("办得怎么样"), kind="choice", choices=keyed(words.SATISFACTION), whole=True
)
ROUTE = Field(name="route", label=_("应该找谁、怎么找"), hint=_("单位、地址、电话，让人照着就能办"), most=500)
PHOTOS = Field(name="photos", label=_("照片，最多 6 张"), kind="photos", required=False)
OUTCOME = Field(name="outcome", label=_("结果"), kind="choice", choices=keyed(words.OUTCOMES))


def _fixed(*fields: Field) -> Given:
    async def given(_letter: Letter, _looks: Reader) -> Sequence[Field]:
        return fields

    return given


async def departments() -> Choices:
    """The departments of the county, as choices."""
    return [(f"{words.DEPARTMENT}{one.slug}", one.name) for one in await county_departments()]


async def _offices(letter: Letter, _looks: Reader) -> Sequence[Field]:
    ranks = {rank: label for rank, label in words.RANKS.items() if rank > letter.about_rank}
    others = await departments() if letter.about_rank < MOST_RANK else []
    return (
        Field(name="office", label=_("给哪里办"), kind="choice", choices=[*keyed(ranks), *others]),
        Field(name="reason", label=_("说明"), required=False, most=500),
    )


async def _hand_over(letter: Letter, looks: Reader) -> Sequence[Field]:
    return (*(await _offices(letter, looks))[:1], REASON)


async def _join(letter: Letter, _looks: Reader) -> Sequence[Field]:
    there = {letter.department, *letter.joint.split(",")}
    others = [one for one in await departments() if one[0].removeprefix(words.DEPARTMENT) not in there]
    return (Field(name="office", label=_("请哪个部门协办"), kind="choice", choices=others), REASON)


async def _into(letter: Letter, looks: Reader) -> Sequence[Field]:
    """Letters that whoever asks may open, and whose answer reaches whoever wrote this one."""
    others = await Letter.filter(joinable(letter)).exclude(id=letter.id).order_by("-id").limit(MOST_INTO)
    choices = [(str(one.id), f"{one.year}-{one.number:04d} {one.title}") for one in others if sees(one, looks)]
    hint = _("只能并入公开的信，或者同一个人的信：写信人要看得到答复")
    return (Field(name="into", label=_("并入哪一封"), kind="choice", choices=choices, whole=True, hint=hint),)


async def _extend(_letter: Letter, _looks: Reader) -> Sequence[Field]:
    rules = [rule for rule in default_rules() if rule.extend]
    choices = [(rule.id, _("%(name)s，最多再加 %(n)s", name=rule.name, n=rule.extend)) for rule in rules]
    return (
        Field(name="rule", label=_("哪一个期限"), kind="choice", choices=choices),
        Field(name="amount", label=_("加多少"), kind="number", most=30),
        REASON,
    )


async def _triage(letter: Letter, _looks: Reader) -> Sequence[Field]:
    return (
        Field(name="track", label=_("按哪一类办"), kind="choice", choices=keyed(words.TRACKS)),
        Field(name="urgency", label=_("有多急"), kind="choice", choices=keyed(words.URGENCIES)),
    )


FORMS: Final[Mapping[str, Given]] = {
    "triage": _triage,
    "assign": _offices,
    "hand_over": _hand_over,
    "object": _fixed(REASON),
    "progress": _fixed(WORDS, PHOTOS),
    "note": _fixed(Field(name="words", label=_("备注"), hint=_("只有办信的人看得到"))),
    "join": _join,
    "supervise": _fixed(Field(name="words", label=_("督办意见"), hint=_("办信的人和上级看得到，写信人看不到"))),
    "pause": _fixed(Field(name="words", label=_("要补充什么"), hint=_("一次说全，写信人补充以前期限停着"))),
    "supplement": _fixed(Field(name="words", label=_("补充"))),
    "go_on": _fixed(REASON),
    "extend": _extend,
    "reply": _fixed(Field(name="words", label=_("答复"), hint=_("说清诉求、事实、意见和依据")), OUTCOME, PHOTOS),
    "answer_review": _fixed(
        Field(name="words", label=_("答复"), hint=_("说清诉求、事实、意见和依据")), OUTCOME, PHOTOS
    ),
    "transfer": _fixed(REASON, ROUTE),
    "refuse": _fixed(REASON, ROUTE),
    "merge": _into,
    "separate": _fixed(REASON),
    "confirm": _fixed(SATISFIED, Field(name="words", label=_("想说的话"), required=False, most=500)),
    "call_back": _fixed(Field(name="words", label=_("回访时写信人怎么说")), SATISFIED),
    "not_done": _fixed(REASON),
    "reopen": _fixed(REASON),
    "contest": _fixed(REASON),
    "ask_review": _fixed(REASON),
    "ask_rereview": _fixed(REASON),
    "withdraw": _fixed(),
}
