"""Writing down what officials do in a plugin, among the acts of the core."""

from __future__ import annotations

from cunli import db
from cunli.doors.owner import NotYours, asking
from cunli.feed import review
from cunli.trust.audit import By
from cunli.trust.audit import audit as write


async def audit(
    act: str,
    *,
    actor: int | None,
    object: tuple[str, str | int] = ("", ""),
    region: int | None = None,
    by: By = "web",
    **details: str | int | bool | None,
) -> None:
    """Write an entry about an act that the manifest declares as an `Act`, in the unit of the act.

    `actor` is who did it, None for the plugin itself; `object` names the thing, such as `("letter", letter.id)`. In a village
    the entry is the village's; a page of the county may name its `region`. `details` are ids, states, reasons and counts, never
    a name, a phone number or words of villagers. Entries stay when the plugin is removed.

    Raises `NotYours` for an act that the manifest does not declare, and an error outside of a unit.
    """
    asking(act)
    if act not in review.registry().acts:
        raise NotYours(f"“{act}” is not among the acts of the plugin's manifest")
    await write(act, actor=actor, village=_village(), region=region, object=object, by=by, **details)


def _village() -> int | None:
    try:
        return db.scoped_village()
    except db.NoScope:  # a page or a task of the county
        return None
