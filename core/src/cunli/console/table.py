"""A table of the console: which columns it may be sorted by, which filters it has, what an address asks of it, page and CSV.

Everything an address may say is listed here by whoever declares the table. Anything else is a 400, never a guess and never SQL.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from cunli.web.errors import BadRequest, Text
from cunli.web.text import clean
from cunli.web.visit import Visit

PAGE: Final = 50
MOST_PAGES: Final = 10_000
SEARCH_MOST: Final = 40
CSV_MOST: Final = 10_000  # rows of one download


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `sort` is the SQL it is sorted by, one expression after the other; without one its head is no link.

    `kind` is "" for words, "n" for numbers, "lo" for what a phone leaves out. `first` is which way round the first tap sorts.
    """

    key: str
    label: Text
    sort: tuple[str, ...] = ()
    kind: str = ""
    first: str = "asc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A filter with the values it may have; the first one is what holds when the address says nothing."""

    key: str
    label: Text
    values: Mapping[str, Text]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What an address of this table may ask for. `steady` ends every order, so that pages neither repeat nor lose a row."""

    url: str
    columns: tuple[Column, ...]
    sort: str
    steady: str
    choices: tuple[Choice, ...] = ()
    search: Text = ""
    keeps: tuple[str, ...] = ("region",)  # what else of the address goes along with links; read by the page itself

    def asked(self, visit: Visit) -> Asked:
        """What the address of this visit asks for. Raises `BadRequest` for anything that is not listed."""
        query = visit.query
        known = {"sort", "page", *(["q"] if self.search else []), *self.keeps, *(one.key for one in self.choices)}
        if set(query) - known or len(query.multi_items()) != len(set(query)):
            raise BadRequest
        sort = query.get("sort", self.sort)
        sortable = {one.key: one for one in self.columns if one.sort}
        if not _listed(sort.removeprefix("-"), sortable):
            raise BadRequest
        chosen: dict[str, str] = {}
        for choice in self.choices:
            value = query.get(choice.key, next(iter(choice.values)))
            if not _listed(value, choice.values):
                raise BadRequest
            chosen[choice.key] = value
        q = clean(query.get("q", "")[: SEARCH_MOST * 4])[:SEARCH_MOST] if self.search else ""
        kept = {key: query[key] for key in self.keeps if query.get(key)}
        return Asked(table=self, sort=sort, page=_page(query.get("page", "1")), chosen=chosen, q=q, kept=kept)


def _listed(value: str, values: Container[str]) -> bool:
    return value in values


def _page(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) <= 9 and int(text) > 0):
        raise BadRequest
    return min(int(text), MOST_PAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column: where a tap on it leads, and how the table is sorted by it now (ascending, descending or "")."""

    label: Text
    kind: str
    url: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an address asks of a table, all of it listed."""

    table: Table
    sort: str
    page: int
    chosen: Mapping[str, str]
    q: str
    kept: Mapping[str, str] = field(default_factory=dict)

    @property
    def order(self) -> str:
        """ORDER BY, of constants only."""
        column = next(one for one in self.table.columns if one.key == self.sort.removeprefix("-"))
        way = "DESC" if self.sort.startswith("-") else "ASC"
        return ", ".join([*(f"{one} {way}" for one in column.sort), self.table.steady])

    @property
    def is_narrowed(self) -> bool:
        """Whether a filter or a search leaves anything out."""
        return bool(self.q) or any(self.chosen[one.key] != next(iter(one.values)) for one in self.table.choices)

    def url(self, **changed: str) -> str:
        """This address with something changed; what is as it would be anyway is left out."""
        plain = {
            "sort": self.table.sort,
            "page": "1",
            "q": "",
            **{c.key: next(iter(c.values)) for c in self.table.choices},
        }
        now = {**self.kept, **self.chosen, "sort": self.sort, "page": str(self.page), "q": self.q, **changed}
        said = urlencode({key: value for key, value in now.items() if value != plain.get(key, "")})
        return f"{self.table.url}?{said}" if said else self.table.url

    @property
    def everything_url(self) -> str:
        """The table without filters and search."""
        return f"{self.table.url}?{urlencode(self.kept)}" if self.kept else self.table.url

    @property
    def csv_url(self) -> str:
        """The same rows as a file."""
        path, _, query = self.url(page="1").partition("?")
        return f"{path}.csv?{query}" if query else f"{path}.csv"

    @property
    def heads(self) -> tuple[Head, ...]:
        return tuple(self._head(column) for column in self.table.columns)

    def _head(self, column: Column) -> Head:
        now = ""
        if self.sort.removeprefix("-") == column.key:
            now = "descending" if self.sort.startswith("-") else "ascending"
        down = now == "ascending" or (not now and column.first == "desc")
        url = self.url(sort=f"-{column.key}" if down else column.key, page="1") if column.sort else ""
        return Head(label=column.label, kind=column.kind, url=url, now=now)

    def paged(self, total: int, size: int = PAGE) -> Pages:
        """Which page is shown of `total` rows: the last one, where the address asks for one beyond."""
        return pages_of(total, self.page, lambda page: self.url(page=str(page)), size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """A page among others, with the addresses of its neighbours."""

    total: int
    page: int
    count: int
    size: int
    before: str
    after: str

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size


def page_number(text: str, digits: int = 3) -> int:
    """The page that an address asks for; the first one for anything that is no number of so many digits."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) <= digits else 1


def pages_of(total: int, asked: int, url: Callable[[int], str], size: int = PAGE) -> Pages:
    """Which page is shown of `total` rows, with the addresses of its neighbours: the last one, where one beyond is asked for."""
    count = max(1, -(-total // size))
    page = max(1, min(asked, count))
    return Pages(
        total=total,
        page=page,
        count=count,
        size=size,
        before=url(page - 1) if page > 1 else "",
        after=url(page + 1) if page < count else "",
    )


def heads_of(table: Table) -> tuple[Text, ...]:
    """The first row of a download."""
    return tuple(column.label for column in table.columns)
