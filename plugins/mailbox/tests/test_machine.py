"""Letters driven through the pages by everybody at once, right and wrong, while months go by. `CUNLI_MAILBOX_EXAMPLES` asks for more."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

import pytest
from doing import V, moves
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from cunli.testing.live import LiveSite
from cunli.testing.rows import Rows
from cunli.testing.visitor import Visitor
from cunli_mailbox import figures, moments, states
from cunli_mailbox.clocks import Running
from cunli_mailbox.figures import Rates
from cunli_mailbox.models import Letter, Step
from cunli_mailbox.move_forms import FORMS
from cunli_mailbox.office import calendar
from cunli_mailbox.states import BY_NAME, State, Who
from cunli_mailbox.ticking import clocks_of, next_due, rules_with

pytestmark = pytest.mark.both_databases

T = TypeVar("T")
EXAMPLES: Final = int(os.environ.get("CUNLI_MAILBOX_EXAMPLES", "5"))
WRITERS_ONLY: Final = {"supplement", "confirm", "reopen", "contest", "ask_review", "ask_rereview", "withdraw"}
OFFICES: Final = {"secretary": 1, "colleague": 1, "township": 2, "county": 3}
COUNTED: Final = ("received", "answered", "in_time", "due", "resolved", "silent", "satisfied", "said")
FACTS: Final[dict[str, str]] = {
    "words": "说一句",
    "reason": "因为这样",
    "route": "去镇上二楼",
    "outcome": "support",
    "track": "help",
    "urgency": "general",
    "rule": "R14-finish",
    "amount": "3",
}


@dataclass(slots=True)
class Ground:
    """One site with everybody signed in, for all examples on one database."""

    site: LiveSite
    loop: asyncio.AbstractEventLoop
    people: dict[str, Visitor] = field(default_factory=dict)
    ids: dict[str, int] = field(default_factory=dict)
    later: timedelta = timedelta()
    tried: int = 0
    done: int = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(120)

    def now(self) -> datetime:
        return datetime.now(UTC) + self.later


async def settle(site: LiveSite) -> Ground:
    """Everybody who could have to do with a letter."""
    ground = Ground(site, asyncio.get_running_loop())
    worker = await site.stranger("农技员")
    await site.department("nongye", "农业农村局", worker)
    cast = {
        "writer": await site.villager("张桂秀"),
        "neighbour": await site.villager("李有田"),
        "foreigner": await site.villager("邻村人", "shangba"),
        "secretary": await site.village_admin(),
        "colleague": await site.village_admin("覃主任", title="主任"),
        "township": await site.township_admin(),
        "county": await site.county_admin(),
        "worker": worker,
    }
    for name, person in cast.items():
        ground.people[name], ground.ids[name] = await site.sign_in(person), person.id
    return ground


class Letters(RuleBasedStateMachine):
    """What anybody tries is judged by what must hold afterwards, not by a copy of the rules."""

    ground: Ground  # given by the test

    @initialize(kind=st.sampled_from(["help", "question", "complaint", "snapshot"]), public=st.booleans())
    def begin(self, kind: str, public: bool) -> None:
        self.titles: list[str] = []
        self.ground.later = timedelta()
        self._write(kind, public, "1")

    @rule(
        kind=st.sampled_from(["help", "complaint"]),
        public=st.booleans(),
        office=st.sampled_from(["1", "2", "d:nongye"]),
    )
    def write_another(self, kind: str, public: bool, office: str) -> None:
        if len(self.titles) < 3:
            self._write(kind, public, office)

    def _write(self, kind: str, public: bool, office: str) -> None:
        self.ground.tried += 1
        title = f"第{self.ground.tried}件事"
        fields = {"kind": kind, "title": title, "body": "写一写", "office": office, "anyway": "1"}
        answer = self.ground.run(
            self.ground.people["writer"].post(f"{V}/mailbox/write", fields | ({"public": "1"} if public else {}))
        )
        assert answer.status == 200, answer.text
        self.titles.append(title)

    @rule(
        who=st.sampled_from(
            ["writer", "writer", "secretary", "secretary", "colleague", "township", "county", "worker"]
        ),
        move=st.sampled_from(sorted(FORMS)),
        which=st.integers(0, 2),
        office=st.sampled_from(["1", "2", "3", "d:nongye"]),
        satisfaction=st.sampled_from(["1", "2", "3"]),
    )
    def try_to(self, who: str, move: str, which: int, office: str, satisfaction: str) -> None:
        self.ground.run(self._try(who, move, self.titles[which % len(self.titles)], office, satisfaction))

    @rule(who=st.sampled_from(["neighbour", "foreigner"]), move=st.sampled_from(sorted(FORMS)), which=st.integers(0, 2))
    def try_what_is_no_business_of_theirs(self, who: str, move: str, which: int) -> None:
        self.ground.run(self._try(who, move, self.titles[which % len(self.titles)], "1", "3"))

    @rule(
        who=st.sampled_from(["writer", "secretary", "secretary", "township", "county", "worker"]),
        which=st.integers(0, 2),
        pick=st.integers(0, 30),
        office=st.sampled_from(["1", "2", "3", "d:nongye"]),
    )
    def do_what_the_page_offers(self, who: str, which: int, pick: int, office: str) -> None:
        title = self.titles[which % len(self.titles)]
        letter, _steps = self.ground.run(self._letter(title))
        page = self.ground.run(self.ground.people[who].open(f"{V}/mailbox/letters/{letter.key}"))
        offered = sorted(moves(page)) if page.status == 200 else []
        if offered:
            done = self.ground.done
            self.ground.run(self._try(who, offered[pick % len(offered)], title, office, str(pick % 3 + 1)))
            assert self.ground.done > done or offered[pick % len(offered)] in ("extend", "join", "merge")

    @rule(which=st.integers(0, 2), last=st.sampled_from(["reply", "not_done", "confirm", "ask_review"]))
    def go_the_usual_way(self, which: int, last: str) -> None:
        """Chance alone seldom gets a letter answered."""
        title = self.titles[which % len(self.titles)]
        for who, move in (("secretary", "triage"), ("secretary", "assign"), ("secretary", "reply"), ("writer", last)):
            self.ground.run(self._try(who, move, title, "1", "3"))

    @rule(hours=st.sampled_from([1, 3, 30, 24 * 8, 24 * 20]))
    def time_goes_by(self, hours: int) -> None:
        self.ground.later += timedelta(hours=hours)
        self.ground.run(self.ground.site.run_task("mailbox.mind"))
        for title in self.titles:
            self.ground.run(self._holds(title))

    async def _try(self, who: str, move: str, title: str, office: str, satisfaction: str) -> None:
        before, steps = await self._letter(title)
        facts = FACTS | {"office": office, "satisfaction": satisfaction, "into": str(before.id + 1)}
        answer = await self.ground.people[who].post(f"{V}/mailbox/letters/{before.key}/do/{move}", facts, follow=False)
        assert answer.status in (303, 404, 422), (who, move, answer.status)
        after, now = await self._holds(title)
        if answer.status != 303 or len(now) == len(steps):
            assert (after.state, len(now), after.rank) == (before.state, len(steps), before.rank), (who, move)
            return
        self.ground.done += 1
        (step,) = now[len(steps) :]
        assert (step.move, step.actor_id) == (move, self.ground.ids[who])
        assert who not in ("neighbour", "foreigner"), "no business of theirs"
        assert (who == "writer") == (step.acting == "writer")
        assert move not in WRITERS_ONLY or who == "writer", (who, move)
        if move in ("assign", "hand_over"):
            self._clocks_go_on(before, steps, after, now)

    def _clocks_go_on(self, before: Letter, steps: list[Step], after: Letter, now: list[Step]) -> None:
        """No hand-over gives anybody more time: every term that runs began when it began, and the soonest is no later for it."""

        def begun(running: list[Running]) -> dict[str, datetime]:
            return {one.rule.id: one.since for one in running if one.met is None}

        earlier = begun(clocks_of(before, steps, calendar(), rules_with({})))
        later = begun(clocks_of(after, now, calendar(), rules_with({})))
        assert all(later[name] == since for name, since in earlier.items() if name in later)
        assert set(earlier) - set(later) <= {
            "R01-dispatch",
            "R13-dispatch-life",
            "R13-dispatch-utility",
            "R13-dispatch-general",
        }

    async def _letter(self, title: str) -> tuple[Letter, list[Step]]:
        with self.ground.site.inside():
            letter = await Letter.get(title=title)
            return letter, await Step.filter(letter_id=letter.id).order_by("number")

    async def _holds(self, title: str) -> tuple[Letter, list[Step]]:
        """What is true of every letter at every moment."""
        letter, steps = await self._letter(title)
        assert [one.number for one in steps] == list(range(1, letter.steps_count + 1))
        assert letter.state == steps[-1].after
        for before, one in zip([None, *steps[:-1]], steps, strict=True):
            known = BY_NAME[one.move]
            assert one.before == (before.after if before else "draft")
            assert State(one.before) in known.sources
            assert known.to is None or one.after == known.to.value
            assert one.seconds >= 0
            if one.after == "closed":
                acted = {each.actor_id for each in steps[: one.number - 1] if each.acting not in ("writer", "clock")}
                assert one.acting in ("writer", "caller", "clock"), "closed by an office"
                assert one.acting != "caller" or one.actor_id not in acted, "called back by somebody who handled it"
                assert one.acting != "writer" or one.actor_id == letter.writer_id
        return letter, steps

    def teardown(self) -> None:
        self.ground.run(self._numbers_and_trail())

    async def _numbers_and_trail(self) -> None:
        """Every step is in the trail, and the board says what the steps say."""
        with self.ground.site.inside():
            letters = await Letter.all().order_by("id")
            steps = {one.id: await Step.filter(letter_id=one.id).order_by("number") for one in letters}
        rows = await Rows.of(self.ground.site.settings.database_url)
        trail = [dict(row) for row in rows.tables["core_audit_entry"]]
        await rows.close()
        for letter in letters:
            acts = [one for one in trail if one["object_kind"] == "letter" and one["object_id"] == str(letter.id)]
            done = sorted(str(one["action"]).removeprefix("mailbox.letter.") for one in acts)
            assert done == sorted(one.move for one in steps[letter.id]), "a step that is not in the trail"
        assert await self._board() == from_the_log(letters, steps, self.ground.now())

    async def _board(self) -> Rates:
        """The last row of the table that a county downloads."""
        table = (await self.ground.people["county"].open("/mailbox/board.csv?months=12")).html
        cells = table.strip().splitlines()[-1].split(",")
        return Rates(**dict(zip(COUNTED, map(int, cells[1:9]), strict=True)))


def from_the_log(letters: list[Letter], steps: dict[int, list[Step]], now: datetime) -> Rates:
    """The three rates from what happened, without a look at the columns that the board's sums are kept from."""
    found = dict.fromkeys(COUNTED, 0)
    for letter in letters:
        log = steps[letter.id]
        found["received"] += any(one.move == "submit" for one in log)
        first = next((n for n, one in enumerate(log) if BY_NAME[one.move].event == "replied"), None)
        upto = log if first is None else log[:first]
        asked = Letter(kind=letter.kind, track=_track(upto), urgency=_urgency(upto), stage=_stage(upto))
        running = next_due(clocks_of(asked, upto, calendar(), rules_with({})))
        due = running.due.at if running and running.due else None
        if first is None:
            open_ = log[-1].after in figures.UNANSWERED
            found["due"] += open_ and due is not None and due <= now
        else:
            found["answered"] += 1
            found["due"] += 1
            found["in_time"] += not (due is not None and due <= log[first].at)
        closing, said = "", 0
        for one in log:
            if one.after == "closed" and one.before != "closed":
                closing, said = one.move, int(one.facts.get("satisfaction", 0)) or 0
            elif one.after == "reopened":
                closing, said = "", 0
        found["resolved"] += closing in ("confirm", "call_back")
        found["silent"] += closing == "fall_silent"
        found["satisfied"] += said == 3
        found["said"] += bool(said)
    return Rates(**found)


def _track(log: list[Step]) -> str:
    return next((str(one.facts["track"]) for one in reversed(log) if one.move == "triage"), "")


def _urgency(log: list[Step]) -> str:
    return next((str(one.facts["urgency"]) for one in reversed(log) if one.move == "triage"), "general")


def _stage(log: list[Step]) -> int:
    return sum(one.move in ("ask_review", "ask_rereview") for one in log)


@pytest.mark.filterwarnings(
    "ignore:Do not use the `random` module"
)  # the site does, in another thread, whenever it likes
async def test_whatever_anybody_tries_nothing_illegal_happens_and_the_board_says_what_the_log_says(
    plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = await settle(plugin_site)
    monkeypatch.setattr(moments, "now", ground.now)
    machine = type("Machine", (Letters,), {"ground": ground})
    bounds = settings(
        max_examples=EXAMPLES, stateful_step_count=16, deadline=None, suppress_health_check=list(HealthCheck)
    )
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=bounds)
    assert ground.done > 0, "the control: something was done"


async def test_the_machine_sees_an_office_that_closes(plugin_site: LiveSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """The planted control: the writer's own moves open to the office that has the letter."""
    open_to_all = replace(BY_NAME["confirm"], by=frozenset({Who.WRITER, Who.RECEIVER}))
    monkeypatch.setitem(BY_NAME, "confirm", open_to_all)
    monkeypatch.setattr(states, "MOVES", tuple(open_to_all if one.name == "confirm" else one for one in states.MOVES))
    ground = await settle(plugin_site)
    machine: Letters = type("Machine", (Letters,), {"ground": ground})()

    def tries() -> None:
        machine.begin("help", False)
        for who, move in (("secretary", "triage"), ("secretary", "reply"), ("secretary", "confirm")):
            ground.run(machine._try(who, move, machine.titles[0], "1", "3"))

    with pytest.raises(AssertionError, match="closed by an office"):
        await asyncio.to_thread(tries)
