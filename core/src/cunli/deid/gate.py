"""The question before something is published that has personal data in it: mask it, change it, or say by what right.

The answer comes with the same form as the words, so it works without script and nothing is lost: the form comes back with
what was found and buttons for the answers. Villagers mask or change; their own number they may let stand where the setting
allows it. Whoever publishes a notice for the village may also state a legal basis, which is recorded (个人信息保护法 13, 25).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cunli import plugin_values
from cunli.county_settings import OWN_PHONE
from cunli.deid.found import Found, Kind
from cunli.deid.look import kinds_of, mask_personal_data, personal_data_in, personal_data_in_file_name
from cunli.people.accounts import own_phone
from cunli.trust.audit import audit
from cunli.web.i18n import LazyText, _

if TYPE_CHECKING:
    from cunli.web import Form, Visit

ANSWER: Final = "personal"  # the name of the buttons
BASIS: Final = "personal_basis"
WHY: Final = "personal_why"
WHY_MAX: Final = 100
AROUND: Final = 8  # characters shown before and behind what was found
BASES: Final[dict[str, LazyText]] = {
    "duty": _("履行法定职责、法定义务要公开的（个人信息保护法第十三条第三项）"),
    "office": _("是办公、值班电话或者办事地点，不是谁的私人信息"),
    "consent": _("本人单独同意公开（个人信息保护法第二十五条）"),
    "emergency": _("应对突发事件、紧急情况要用（个人信息保护法第十三条第四项）"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Something that was found, and where: the name of the field, the line in it (from 1), the words around it."""

    field: str
    line: int
    lines: int
    before: str
    after: str
    found: Found


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a form asks before it goes through. `bases` is empty for whoever may not state one; `own`: all of it is the
    author's own number."""

    spots: tuple[Spot, ...]
    own: bool
    bases: tuple[tuple[str, LazyText], ...] = ()

    @property
    def kinds(self) -> tuple[LazyText, ...]:
        """Which kinds were found."""
        return tuple(dict.fromkeys(spot.found.label for spot in self.spots))


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """By what right personal data is published: one of `BASES`, and a sentence."""

    ground: str
    why: str
    kinds: tuple[Kind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cleared:
    """The texts as they may be published, and the values in them that may stand unmasked."""

    texts: Mapping[str, str]
    agreed: frozenset[str] = field(default=frozenset(), repr=False)
    basis: Basis | None = None


async def ask_about_personal_data(
    visit: Visit, form: Form, texts: Mapping[str, str], *, official: bool = False
) -> Cleared:
    """Look at what somebody is about to publish: texts by the names of their fields.

    When there is something to ask, the form gets an error and its `question`, and `ui.error_summary(form)` shows it; take
    `Cleared.texts` once the form is acceptable. `official`: this is published for the village or a department by somebody
    who may state a legal basis; hand `Cleared.basis` to `record_basis` in the unit that publishes.
    """
    spots = tuple(spot for name, text in texts.items() for spot in _spots(name, text))
    answer = form.raw(ANSWER)
    if not spots or answer == "mask":
        return Cleared(texts={name: mask_personal_data(text) for name, text in texts.items()} if spots else texts)
    values = frozenset(spot.found.value for spot in spots)
    own = await _all_own(visit, spots)
    if own and answer == "own":
        return Cleared(texts=texts, agreed=values)
    basis = _basis(form, kinds_of(spot.found for spot in spots)) if official and answer == "basis" else None
    if basis is not None:
        return Cleared(texts=texts, agreed=values, basis=basis)
    form.question = Question(spots=spots, own=own, bases=tuple(BASES.items()) if official else ())
    for spot in spots:
        form.error(spot.field, _("里面有%(kind)s，发出去谁都能看到", kind=spot.found.label))
    return Cleared(texts=texts)


def _spots(name: str, text: str) -> list[Spot]:
    return [
        Spot(
            field=name,
            line=text.count("\n", 0, one.start) + 1,
            lines=text.count("\n") + 1,
            before=text[max(0, one.start - AROUND) : one.start].rpartition("\n")[2],
            after=text[one.end : one.end + AROUND].partition("\n")[0],
            found=one,
        )
        for one in personal_data_in(text)
    ]


async def _all_own(visit: Visit, spots: tuple[Spot, ...]) -> bool:
    """Whether everything found is the author's own number, and such numbers may stand here."""
    values = {spot.found.value for spot in spots}
    if {spot.found.kind for spot in spots} != {Kind.PHONE} or len(values) != 1:
        return False
    if not (await plugin_values.values_for(visit.village))(OWN_PHONE):
        return False
    number = await own_phone(visit.me.id)
    return number is not None and values.pop() in (number.e164, number.national)


def _basis(form: Form, kinds: tuple[Kind, ...]) -> Basis | None:
    ground = form.choice(BASIS, _("公开的依据"), BASES)
    why = form.text(WHY, _("说明"), required=True, min_length=4, max_length=WHY_MAX)
    if not ground or BASIS in form.errors or WHY in form.errors:
        return None
    return Basis(ground=ground, why=mask_personal_data(why), kinds=kinds)


async def record_basis(basis: Basis | None, *, actor: int, village: int | None, about: tuple[str, str | int]) -> None:
    """Write into the audit trail by what right personal data was published; part of the unit that publishes it."""
    if basis is not None:
        kinds = ", ".join(basis.kinds)
        await audit(
            "content.basis", actor=actor, village=village, object=about, ground=basis.ground, why=basis.why, kinds=kinds
        )


def left_in(texts: Mapping[str, str], agreed: frozenset[str] = frozenset()) -> tuple[Found, ...]:
    """What stands in these texts that nobody agreed to."""
    return tuple(one for text in texts.values() for one in personal_data_in(text) if one.value not in agreed)


def refuse_file_names(form: Form, name: str) -> None:
    """Note an error for every chosen file of a field whose name gives somebody away: names are seen by whoever downloads it."""
    for file in form.files(name):
        if found := personal_data_in_file_name(file.filename or ""):
            form.error(name, _("文件名里有%(kind)s，改个名字再传", kind=found[0].label))
