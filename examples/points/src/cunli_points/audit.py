"""Do the sums of the ledger agree? And the list of balances for the notice board."""

from __future__ import annotations

import csv
import io

import click
from cunli import Finding
from cunli import gettext as _
from tortoise.functions import Sum

from . import reading
from .models import Entry, Purse


async def wrong_sums() -> list[int]:
    """The ids of purses whose balance is not the sum of their lines, or is below zero."""
    rows = await Entry.annotate(total=Sum("amount")).group_by("purse_id").values_list("purse_id", "total")
    sums = dict(rows)
    return [one.id for one in await Purse.all().order_by("id") if one.balance != sums.get(one.id, 0) or one.balance < 0]


async def findings() -> list[Finding]:
    wrong = await wrong_sums()
    if not wrong:
        return []
    ids = ", ".join(map(str, wrong[:10]))
    text = _("%(n)s 本积分对不上账：%(ids)s", n=len(wrong), ids=ids)
    hint = _("有人动过数据库里的数。请从备份核对 points_purse 和 points_entry 两张表")
    return [Finding(id="points.sums", text=text, hint=hint)]


@click.command()
async def statement() -> None:
    """Print everybody's points in the village as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([str(_("谁")), str(_("积分"))])
    for row in await reading.balances():
        name = f"'{row.who}" if row.who[:1] in "=+-@\t" else row.who
        writer.writerow([name, row.balance])
    click.echo(out.getvalue(), nl=False)
