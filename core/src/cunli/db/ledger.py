"""Double entry: lines of money, in a table of whoever takes it. Which accounts there are, and what moves when, is theirs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tortoise import fields
from tortoise.functions import Sum

from cunli.clock import now
from cunli.db.scopes import VillageModel

MOST_TOLD: Final = 1000


class Unbalanced(Exception):
    """The sides of an entry do not sum to zero. A mistake in the program, so nothing is written."""


class LedgerLine(VillageModel):
    """One side of an entry of a money ledger, only ever added. The lines of one `journal` sum to zero, so all of them do.

    Its columns are `journal` (48 characters), `account` (8), `fen` and `at`. The subclass declares, beside `id` and `village`, what a
    line is about, and that a journal is written once:

        class Meta:
            table = "stall_ledgerline"
            unique_together = (("journal", "account"),)
    """

    journal = fields.CharField(max_length=48)
    account = fields.CharField(max_length=8)
    fen = fields.BigIntField()
    at = fields.DatetimeField()

    class Meta:
        abstract = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if not cls._meta.abstract and ("journal", "account") not in cls._meta.unique_together:
            raise TypeError(f"{cls.__name__} is a LedgerLine without unique_together = (('journal', 'account'),)")

    @classmethod
    async def enter(
        cls, journal: str, sides: Mapping[str, int], *, at: datetime | None = None, **about: object
    ) -> None:
        """Write one entry, in a unit: fen by account, which sum to zero, or it raises `Unbalanced`. Where nothing moves nothing is written.

        `about` are the columns of the table that say what it is about. The database refuses the same journal a second time.
        """
        if any(type(fen) is not int for fen in sides.values()):
            raise TypeError(f"money is a whole number of fen: {journal}")
        if sum(sides.values()):
            raise Unbalanced(journal)
        if not any(sides.values()):
            return
        moment = at or now()
        for account, fen in sides.items():
            await cls(journal=journal, account=account, fen=fen, at=moment, **about).save()

    @classmethod
    async def balances(cls, **about: object) -> dict[str, int]:
        """What stands on each account, of all lines in scope or of those about something."""
        rows = cls.filter(**about).annotate(total=Sum("fen")).group_by("account")
        return {account: int(total) for account, total in await rows.values_list("account", "total")}

    @classmethod
    async def wrong_journals(cls) -> list[str]:
        """Entries whose sides do not sum to zero, at most a thousand. There are none, or somebody changed numbers."""
        found = cls.annotate(total=Sum("fen")).filter(total__not=0).group_by("journal").order_by("journal")
        return [str(one) for one in await found.limit(MOST_TOLD).values_list("journal", flat=True)]
