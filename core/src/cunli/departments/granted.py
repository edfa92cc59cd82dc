"""Capabilities that come with an appointment instead of an office: looked up on the county's pages that ask for one, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cunli import db

if TYPE_CHECKING:
    from cunli.web.visit import Visit

_NONE: Final[frozenset[str]] = frozenset()
_APPOINTED: Final = (
    "SELECT 'core.department.publish' AS capability FROM core_department_editor e"
    " JOIN core_department d ON d.id = e.department_id AND d.state = 'open' WHERE e.person_id = ? AND e.ended_at IS NULL"
)


async def granted(visit: Visit) -> frozenset[str]:
    """What this visitor is appointed to. An editor of a department is nothing in any village: there it is empty."""
    person, page = visit.person, visit.page
    if person is None or visit.village is not None or page is None or page.audience.kind != "capability":
        return _NONE
    return frozenset(row["capability"] for row in await db.read(_APPOINTED, person.id))
