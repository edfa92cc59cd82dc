"""Which member a form is about: chosen from a list as long as one can look through it, by name in a branch of thousands."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from cunli import gettext as _
from cunli_party.models import Member
from cunli_party.papers import Field, Wrong

from . import listing


@dataclass(frozen=True, slots=True, kw_only=True)
class Chooser:
    """A field of a form, and how what it gives is read."""

    field: Field
    branch_ids: Collection[int]
    typed: bool

    async def member(self, said: str) -> Member:
        """Raises `Wrong` where nobody, or more than one, is meant."""
        wanted = listing.verified(self.branch_ids)
        found = await wanted.filter(**({"name": said} if self.typed else {"key": said})).order_by("id").limit(2)
        if not found:
            raise Wrong(self.field.name, _("支部的名册里没有“%(name)s”", name=said))
        if len(found) > 1:
            raise Wrong(self.field.name, _("不止一位叫“%(name)s”，请到他的支部里去办", name=said))
        only: Member = found[0]
        return only


async def chooser(
    branch_ids: Collection[int],
    name: str,
    label: Any,
    *,
    first: Sequence[tuple[str, Any]] = (),
    value: Member | None = None,
) -> Chooser:
    """`first`: what stands before the members; with it nobody needs to be chosen."""
    people = await listing.verified(branch_ids).order_by("id").limit(listing.FORM_MOST + 1)
    typed = len(people) > listing.FORM_MOST
    if typed:
        field = Field(
            name=name, label=label, most=40, hint=_("写姓名"), required=not first, value=value.name if value else ""
        )
    else:
        choices = [*first, *((one.key, one.name) for one in people)]
        field = Field(
            name=name,
            label=label,
            kind="pick",
            choices=choices,
            required=not first,
            value=value.key if value else "",
        )
    return Chooser(field=field, branch_ids=branch_ids, typed=typed)
