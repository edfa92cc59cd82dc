"""What somebody is to the branches of a village. The one place that decides who sees and who leads."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from .models import Branch, Member
from .words import LEADS


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """The branches of a village."""

    branches: Mapping[int, Branch] = field(default_factory=dict)

    def above(self, branch_id: int) -> list[int]:
        """A branch and all that it belongs to, from below."""
        found: list[int] = []
        at: int | None = branch_id
        while at is not None and at in self.branches and at not in found:
            found.append(at)
            at = self.branches[at].parent_id
        return found

    def below(self, branch_id: int) -> list[int]:
        """A branch and all that belongs to it."""
        return [one for one in self.branches if branch_id in self.above(one)]

    def open(self) -> list[Branch]:
        return [one for one in self.branches.values() if one.dissolved_on is None]

    def groups(self, branch_id: int) -> int:
        """How many groups a branch has. A temporary branch is none of them."""
        return sum(one.parent_id == branch_id and one.kind == "group" for one in self.branches.values())

    def whole(self, branch_id: int) -> int:
        """The branch that a group is part of; a branch itself."""
        return next((one for one in self.above(branch_id) if self.branches[one].kind != "group"), branch_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody with the branches that they were verified in. Nobody who was not verified by a branch sees anything of it."""

    person_id: int | None
    tree: Tree
    own: tuple[Member, ...] = ()

    @property
    def belongs(self) -> bool:
        return bool(self.own)

    def sees(self, branch_id: int) -> bool:
        """Whether the branch is one's own with its groups, one that the own belongs to, or one that one leads."""
        whole = self.tree.whole(branch_id)
        return (
            any(branch_id in self.tree.above(one.branch_id) for one in self.own)
            or any(whole == self.tree.whole(one.branch_id) for one in self.own)
            or self.leads(branch_id)
        )

    def leads(self, branch_id: int) -> bool:
        """Whether one leads the branch, or one above it."""
        above = self.tree.above(branch_id)
        return any(one.role in LEADS and one.branch_id in above for one in self.own)

    def seen(self) -> list[int]:
        return [one for one in self.tree.branches if self.sees(one)]

    def led(self) -> list[int]:
        return [one for one in self.tree.branches if self.leads(one)]

    def inside(self, branch_id: int) -> list[int]:
        """A branch and what is below it, as far as one sees it: who belongs to a general branch reads no roll of a sister branch."""
        return [one for one in self.tree.below(branch_id) if self.sees(one)]

    def member_in(self, branch_ids: Collection[int]) -> Member | None:
        """Who one is in one of these branches."""
        return next((one for one in self.own if one.branch_id in branch_ids), None)


def tree_of(branches: Iterable[Branch]) -> Tree:
    return Tree(branches={one.id: one for one in branches})


async def reader(person_id: int | None) -> Reader:
    """Somebody in the village in scope: two questions, however large the branches are."""
    tree = tree_of(await Branch.all().order_by("id"))
    if person_id is None:
        return Reader(person_id=None, tree=tree)
    own = await Member.filter(person_id=person_id, standing="verified").order_by("id")
    return Reader(person_id=person_id, tree=tree, own=tuple(own))
