"""The plugin object."""

from __future__ import annotations

from collections.abc import Iterable

from cunli import Act, Capability, DataContext, ErasureReport, ExportFile, Manifest, MessageKind, Page, Plugin, hookimpl
from cunli import gettext as _

from . import actions, pages
from .models import Letter

OFFICES = frozenset({"village_admin", "township_admin", "county_admin"})


class Letters(Plugin):
    """Letters."""

    manifest = Manifest(
        label=_("来信"),
        summary="Letters to the committee",
        capabilities=(Capability(id=pages.READ, roles=OFFICES, label="看来信"),),
        messages=(
            MessageKind(id="letters.came", says="%(village)s有人来信", icon="mail", quotes="about"),
            MessageKind(id="letters.answered", says="%(name)s回了你的信：%(words)s，百分之百%(village)s"),
        ),
        acts=(Act(id=actions.ANSWER, label="回信"),),
        models="cunli_letters.models",
        personal_data="own tables",
    )

    @hookimpl
    def pages(self) -> Iterable[Page]:
        return pages.PAGES

    @hookimpl
    async def export_data(self, ctx: DataContext) -> list[ExportFile]:
        rows = [{"words": one.words} for one in await Letter.filter(author_id=ctx.person_id)]
        return [ExportFile(name="letters.json", label="来信", rows=rows)]

    @hookimpl
    async def erase_data(self, ctx: DataContext) -> ErasureReport:
        return ErasureReport(erased={"letters": await actions.forget(ctx.person_id)})


plugin = Letters()
