"""What this room holds about a person: forms that they began and have not sent."""

from __future__ import annotations

from typing import Final

from cunli import db
from cunli.drafts import actions
from cunli.own_data.parts import CorePart
from cunli.plugin_data import DataContext, ErasureReport, ExportFile
from cunli.web.i18n import _


async def export(ctx: DataContext) -> list[ExportFile]:
    """What was begun, field by field."""
    rows = await db.read(
        "SELECT v.name, d.form, d.key, d.fields_sealed, d.updated_at FROM core_form_draft d JOIN core_village v ON v.id = d.village_id"
        " WHERE d.person_id = ? ORDER BY d.id",
        ctx.person_id,
    )
    found: list[dict[str, object]] = []
    for row in rows:
        fields = actions.opened(row, ctx.person_id, row["form"])
        words = "\n".join(value for value in fields.values() if value)
        found.append({"village": row["name"], "words": words, "updated_at": db.when(row["updated_at"])})
    columns = {"village": _("村"), "words": _("写的话"), "updated_at": _("什么时候")}
    return [ExportFile(name="forms.json", label=_("没交的表格"), rows=found, columns=columns)]


@db.unit
async def erase(ctx: DataContext) -> ErasureReport:
    """All of it goes."""
    gone = await db.write("DELETE FROM core_form_draft WHERE person_id = ?", ctx.person_id)
    return ErasureReport(erased={"begun forms": gone})


PART: Final = CorePart(
    name="drafts", label=_("没交的表格"), export=export, erase=erase, covers=frozenset({"core_form_draft.person"})
)
