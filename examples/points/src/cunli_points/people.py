"""What is held about one person, in all villages."""

from __future__ import annotations

from collections.abc import Sequence

from cunli import ExportFile, unit, withdraw_entry
from cunli import gettext as _

from .ledger import AWARD
from .models import Entry, Purse

COLUMNS = {"at": _("什么时候"), "amount": _("几分"), "what": _("什么事"), "reason": _("为什么")}


def _rows(lines: Sequence[Entry]) -> list[dict[str, object]]:
    return [{"at": line.at, "amount": line.amount, "what": line.what, "reason": line.reason} for line in lines]


async def export(person_id: int) -> list[ExportFile]:
    """Their own lines, and what they did as an official or for their household: without saying for whom."""
    own = await Entry.filter(purse__person_id=person_id).order_by("id")
    done = await Entry.filter(by_id=person_id).exclude(purse__person_id=person_id).order_by("id")
    did = [{key: row[key] for key in ("at", "amount", "what")} for row in _rows(done)]
    return [
        ExportFile(name="points.json", label=_("我的积分"), rows=_rows(own), columns=COLUMNS),
        ExportFile(name="done.json", label=_("经手的积分"), rows=did, columns=COLUMNS),
    ]


@unit
async def erase(person_id: int) -> int:
    """Take the person out of the ledger: the sums of the village stay, without a name, without a word about them."""
    purses = await Purse.filter(person_id=person_id)
    lines = Entry.filter(purse_id__in=[purse.id for purse in purses])
    for line in await lines.exclude(post=""):
        await withdraw_entry(line.post, kind=AWARD, village_id=line.village_id)
    count = await lines.update(reason="", post="")
    for purse in purses:
        await Purse.filter(id=purse.id).update(person_id=None, token=f"gone:{purse.id}")
    return count + await Entry.filter(by_id=person_id).update(by_id=None)
