"""A form that is sent twice, one after the other or at once, does one thing, and both are answered alike (ST-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import pytest

from cunli import db
from cunli.people.sessions import token_hash
from cunli.testing.rows import Change
from cunli.web import forms
from cunli.web.receipts import carry_out_once
from cunli.web.tokens import Signer

from .asks import ASKS, Ask
from .matrix import BESIDES, rows_of
from .roles import BY_ID, Role
from .table import expected
from .test_provenance import somebody_who_may
from .world import Answer, World

AT_ONCE: Final = 3
WRITES = [
    (row, route, variant)
    for row, route, variant in rows_of()
    if route.startswith("POST ") and any(o.endswith("+") for (r, _), o in expected().items() if r == row)
]
# What is written beside the thing itself: that it was done, who has to hear of it, and which form it was.
BESIDE: Final = {
    "core_plugin_epoch",
    "core_audit_entry",
    "core_event",
    "core_job",
    "core_notification",
    "core_form_receipt",
}
# Forms whose second sending is another act, or is told that it comes too late. None of them makes a second thing, but for
# a session: a browser can be told the secret of its own session only once. Photos of one page share the page's token.
AGAIN: Final[Mapping[str, str]] = {
    "POST /sign-in": "a session for each answer",
    "POST /sign-in/code": "one code; asked again at once, one is told to wait",
    "POST /sign-out": "the session is over",
    "POST /me/security/sessions": "the session is over",
    "POST /v/{village}/households/{key}": "a household that is closed is not there to be closed",
    "POST /v/{village}/invites/{token}/revoke": "an invitation that was taken back is not there any more",
    "POST /v/{village}/officials/{role}/revoke": "an office that was given up gives no right to give it up",
    "POST /v/{village}/members/{key}/place": "written down each time, one place",
    "POST /v/{village}/members/{key}/reveal": "every look is written down",
    "POST /admin/people/{key}/reveal": "every look is written down",
    "POST /admin/people.csv": "every look is written down",
    "POST /admin/handbook.csv": "every look is written down",
    "POST /me/wards/{key}/end": "a child that somebody let go of is not there to be let go of",
    "POST /admin/audit/export": "every look is written down",
    "POST /admin/people": "every look for a number is written down",
    "POST /admin/audit/readers/{reader}": "a reader who was let go is not there to be let go",
    "POST /admin/roles/{role}/revoke": "an office that was given up gives no right to give it up",
    "POST /v/{village}/p/{key}/receipts.csv": "every look is written down",
    "POST /v/{village}/p/{key}/pin": "written down each time, one notice on top",
    "POST /v/{village}/uploads": "several photos of one page; what no post uses is swept",
    "POST /v/{village}/settings/cover": "a photo is taken in before the form is carried out; what is not used is swept",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of sending one form several times."""

    answers: list[Answer]
    first: Mapping[str, Change]  # what the first of them changed; of those sent at once, what all changed
    all: Mapping[str, Change]

    @property
    def made(self) -> dict[str, int]:
        """By table, how many things there are now that were not there."""
        grown = {table: len(change.new) - len(change.gone) for table, change in self.all.items()}
        return {table: n for table, n in grown.items() if n > 0 and table not in BESIDE}

    @property
    def alike(self) -> bool:
        said = {(a.status, a.headers.get("location"), a.body if a.status == 200 else "") for a in self.answers}
        return len(said) == 1 and _rows(self.first) == _rows(self.all)


def _rows(changes: Mapping[str, Change]) -> dict[str, tuple[int, int]]:
    return {table: (len(change.gone), len(change.new)) for table, change in changes.items()}


Sending = Callable[[World, Role, Ask], Awaitable[Sent]]


def with_token(world: World, role: Role, ask: Ask) -> Ask:
    """The form as it stands on this person's page: with a token of its own."""
    token = Signer(world.site.settings).form_token(token_hash(world.tokens[role.id])) if role.signed_in else ""
    return Ask(path=ask.path, fields={**ask.fields, forms.TOKEN_FIELD: token}, files=ask.files)


async def one_after_the_other(world: World, role: Role, ask: Ask) -> Sent:
    answers = [await world.send(role, "POST", ask)]
    first = await world.rows.changes(but=BESIDES)
    answers.append(await world.send(role, "POST", ask))
    return Sent(answers=answers, first=first, all=await world.rows.changes(but=BESIDES))


async def at_once(world: World, role: Role, ask: Ask) -> Sent:
    answers = await asyncio.gather(*(world.send(role, "POST", ask) for _ in range(AT_ONCE)))
    changes = await world.rows.changes(but=BESIDES)
    return Sent(answers=list(answers), first=changes, all=changes)


async def sent_several_times(world: World, row: str, route: str, variant: str, sending: Sending) -> Sent:
    role = somebody_who_may(row)
    sent = await sending(world, role, with_token(world, role, ASKS[route][variant](world, role)))
    await world.put_back()
    return sent


def _said(sent: Sent) -> str:
    return f"{[(a.status, a.headers.get('location')) for a in sent.answers]} {sent.made}"


@pytest.mark.parametrize("sending", [one_after_the_other, at_once])
async def test_a_form_sent_twice_does_one_thing_and_is_answered_alike(lived_in: World, sending: Sending) -> None:
    wrong, making = list[str](), set[str]()
    for row, route, variant in WRITES:
        sent = await sent_several_times(lived_in, row, route, variant, sending)
        making |= {route} if sent.made else set()
        several = [table for table, n in sent.made.items() if n > 1]
        if route not in AGAIN and (several or not sent.alike):
            wrong.append(f"{row}: {_said(sent)}")
    assert "\n".join(wrong) == ""
    assert making >= MAKING
    assert set(AGAIN) <= {route for _, route, _ in WRITES}


# Some of those that make something: proof that the test above saw things being made.
MAKING: Final = {
    f"POST /v/{{village}}/{tail}"
    for tail in (
        "new",
        "join",
        "notices/new",
        "p/{key}/comments",
        "p/{key}/report",
        "invites",
        "officials",
        "households",
    )
}


async def test_a_form_that_was_changed_and_sent_again_is_not_taken_for_the_first(lived_in: World) -> None:
    """Back, another town, sent again: what was typed the second time is not dropped in silence."""
    author = BY_ID["author"]
    away = with_token(lived_in, author, ASKS["POST /me/away"][""](lived_in, author))
    elsewhere = Ask(path=away.path, fields={**away.fields, "away_city": "佛山"})
    for ask, city in ((away, "成都"), (elsewhere, "佛山"), (elsewhere, "佛山")):
        assert (await lived_in.send(author, "POST", ask)).status == 303
        rows = await db.read("SELECT away_city FROM core_membership WHERE person_id = ?", lived_in.owner(author))
        assert rows[0]["away_city"] == city
    edit = with_token(lived_in, author, ASKS["POST /v/{village}/p/{key}/edit"]["village"](lived_in, author))
    again = Ask(path=edit.path, fields={**edit.fields, "body": "又改了一次"})
    assert (await lived_in.send(author, "POST", edit)).status == 303
    refused = await lived_in.send(author, "POST", again)
    assert refused.status == 422
    assert "又改了一次" in refused.body


async def test_without_receipts_a_form_sent_twice_would_do_two_things(
    lived_in_sqlite: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forgetful(key: str | None, act: Callable[[], Awaitable[str]]) -> str:
        return await carry_out_once(None, act)

    monkeypatch.setattr(forms, "carry_out_once", forgetful)
    wanted = {"POST /v/{village}/new", "POST /v/{village}/notices/new", "POST /v/{village}/p/{key}/comments"}
    for sending, many in ((one_after_the_other, 2), (at_once, AT_ONCE)):
        for row, route, variant in WRITES:
            if route in wanted and variant in ("", "publish", "village"):
                sent = await sent_several_times(lived_in_sqlite, row, route, variant, sending)
                assert many in sent.made.values(), row
