"""A tour of the whole application: every request once as somebody who may send it, and what was logged and answered."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from cunli.logs import set_up_logs
from cunli.people import codes
from cunli.testing.accounts import CodeBox

from ..permissions.asks import ASKS, REASON, Ask
from ..permissions.matrix import rows_of
from ..permissions.roles import BY_ID
from ..permissions.table import expected
from ..permissions.world import Answer, World, world

# what people type on the tour, by field: no log may repeat it
TYPED: Final = {
    "body": "信里写的话鹂",
    "note": "举报里写的话鹂",
    "reason": "处理的理由鹂",
    "place": "说的地方鹂",
    "name": "田鹂名",
    "head_name": "罗鹂主",
    "display_name": "秀鹂",
    "introduction": "写的介绍鹂",
    "motto": "写的一句话鹂",
    "title": "写的标题鹂",
    "household_name": "户鹂",
    "new": "新密码鹂 三块田 两口塘",
    "again": "新密码鹂 三块田 两口塘",
    "q": "找的字鹂",
}
WRONG: Final = "不对的密码鹂"
CHOSEN: Final = ("abuse", "untrue", "other", "")  # values of a field called `reason` that is a choice


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One request of the tour."""

    row: str
    role: str
    fragment: bool
    answer: Answer


@dataclass(slots=True, kw_only=True)
class Tour:
    """What the tour left behind."""

    stops: list[Stop] = field(default_factory=list)
    output: str = ""
    secrets: dict[str, str] = field(default_factory=dict)  # word → what it is
    phone: str = ""

    @property
    def lines(self) -> list[str]:
        return [line for line in self.output.split("\n") if line]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]

    def leaks(self) -> list[str]:
        """Secrets that stand in the output, with the line."""
        folded = self.output.replace(" ", "")
        found = [word for word in self.secrets if word in self.output or word.replace(" ", "") in folded]
        return [f"{self.secrets[word]}: {next((x for x in self.lines if word in x), '')[:300]}" for word in found]


def somebody_who_may(row: str) -> str:
    """Whoever gets furthest with this request: a villager where one does, then officials."""
    table, order = expected(), ("author", "verified", "admin", "county_admin", "applicant", "suspended", "no_village")
    outcomes = {role: table.get((row, role), "?") for role in order}  # a row not yet in the table fails elsewhere
    return min(order, key=lambda role: (outcomes[role][:1], not outcomes[role].endswith("+"), order.index(role)))


@contextmanager
def everything_said(level: str) -> Iterator[io.StringIO]:
    """All that this process writes to its terminal or log file. The test runner's own capture is left out meanwhile."""
    said, root = io.StringIO(), logging.getLogger()
    before, level_before = root.handlers[:], root.level
    root.handlers[:] = []
    with redirect_stderr(said), redirect_stdout(said):
        set_up_logs(level)
        try:
            yield said
        finally:
            root.handlers[:] = before
            root.setLevel(level_before)


async def walk(made: World, level: str, *, only: Iterable[str] = (), briefly: bool = False) -> Tour:
    """Every request as somebody who may; unless briefly, as a visitor too, and pages once more as htmx asks for them."""
    tour = Tour(phone=made.phone)
    box = CodeBox()
    codes.send_through(box)
    with everything_said(level) as said:
        for row, route, variant in rows_of(only):
            method, role = route.split(" ")[0], somebody_who_may(row)
            ask = typed(ASKS[route][variant](made, BY_ID[role]))
            await _stop(made, tour, row, role, method, ask)
            if not briefly:
                await _stop(made, tour, row, "anonymous", method, ask)
            if method == "GET" and not briefly:
                await _stop(made, tour, row, role, method, ask, hx_request="true")
        await _sign_in_by_every_way(made, tour, box)
    tour.output = said.getvalue()
    tour.secrets = secrets_of(made, box)
    return tour


async def _stop(made: World, tour: Tour, row: str, role: str, method: str, ask: Ask, **headers: str) -> Answer:
    answer = await made.send(BY_ID[role], method, ask, **headers)
    tour.stops.append(Stop(row=row, role=role, fragment="hx_request" in headers, answer=answer))
    await made.put_back()
    return answer


async def _sign_in_by_every_way(made: World, tour: Tour, box: CodeBox) -> None:
    anonymous = BY_ID["anonymous"]
    for path, fields in (
        ("/sign-in", {"phone": made.phone, "password": WRONG}),
        ("/sign-in", {"phone": "not a number 13900000001", "password": WRONG}),
        ("/sign-in", {"phone": made.phone, "password": made.password}),
        ("/sign-in/code", {"phone": made.phone, "code": "", "do": "send"}),
    ):
        answer = await made.send(anonymous, "POST", Ask(path=path, fields=fields))
        tour.stops.append(Stop(row=f"POST {path}", role="anonymous", fragment=False, answer=answer))
    for code in ("000000", box.last):
        fields = {"phone": made.phone, "code": code, "do": "enter"}
        answer = await made.send(anonymous, "POST", Ask(path="/sign-in/code", fields=fields))
        tour.stops.append(Stop(row="POST /sign-in/code enter", role="anonymous", fragment=False, answer=answer))
    await made.put_back()


def typed(ask: Ask) -> Ask:
    """The same request with words in it that are looked for afterwards."""
    fields = {name: _word(name, text) for name, text in ask.fields.items()}
    return replace(ask, path=ask.path.replace("q=禾坪", f"q={TYPED['q']}"), fields=fields)


def _word(name: str, text: Any) -> Any:
    if not text or (name == "reason" and text != REASON):
        return text
    return TYPED.get(name, text)


def secrets_of(made: World, box: CodeBox) -> dict[str, str]:
    """Everything that is nobody's business: what stands in rows, what was typed, what opens doors."""
    settings = made.site.settings
    found = {word: f"{canary.kind} of {canary.slug}" for word, canary in made.canaries.items()}
    found |= {word: f"typed into {name}" for name, word in TYPED.items()}
    found |= {code: "a sign-in code" for _, code, _ in box.sent}
    found |= {token: f"the session of {role}" for role, token in made.tokens.items()}
    found |= {made.phone: "a phone", made.password: "a password", WRONG: "a wrong password"}
    found |= {settings.secret.get_secret_value(): "the secret", settings.data_key.get_secret_value(): "the data key"}
    # an invitation's token is a part of its address, which the log names like every other
    return {word: what for word, what in found.items() if not what.startswith("invite.token")}


@asynccontextmanager
async def a_world(url: str, folder: Path, **settings: object) -> AsyncIterator[World]:
    """The lived-in site as people reach it in production: over TLS."""
    async with world(url, folder, base_url="https://cunli.example", **settings) as made:
        yield made


def parsed(cookie: str) -> tuple[str, Mapping[str, str]]:
    """Name and attributes of a Set-Cookie line."""
    first, *rest = [part.strip() for part in cookie.split(";")]
    return first.split("=", 1)[0], {part.split("=", 1)[0].lower(): part.partition("=")[2] for part in rest}
