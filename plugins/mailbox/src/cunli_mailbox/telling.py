"""Who is told of a move: its writer of what the office does, the office of what the writer does, supporters of answers."""

from __future__ import annotations

from collections.abc import Sequence

from cunli import Officer, tell

from .models import Letter, Step, Supporter
from .reading import staff_of
from .states import Move, Who
from .words import RANK_OF, place_of


async def of_move(
    letter: Letter,
    chosen: Move,
    step: Step,
    offices: Sequence[Officer],
    actor: int | None,
    *,
    url: str,
    elsewhere: bool = False,
) -> None:
    """Tell everybody whom a move concerns. `elsewhere`: it lies with another office than before. How a letter is announced that was
    just sent, is said in `writing`."""
    address = f"{url}/mailbox/letters/{letter.key}"
    if chosen.name == "submit":
        return
    if chosen.tells_writer:
        people = {letter.writer_id, letter.helper_id}
        if chosen.event == "replied" and letter.public:
            people |= {one.person_id for one in await Supporter.filter(letter_id=letter.id)}
        for person in people - {None, actor}:
            await tell(int(person or 0), "mailbox.moved", url=address, title=letter.title, state=chosen.name)
    kind = "mailbox.supervised" if chosen.name == "supervise" else "mailbox.came"
    for one in await _office(letter, chosen, step, offices, elsewhere=elsewhere) - {actor, letter.writer_id}:
        await tell(one, kind, url=address, title=letter.title)


async def _office(letter: Letter, chosen: Move, step: Step, offices: Sequence[Officer], *, elsewhere: bool) -> set[int]:
    if chosen.name == "join":
        return await staff_of(place_of(str(step.facts["office"]))[1]) - {letter.about_id or 0}
    if elsewhere or chosen.name == "supervise" or Who.WRITER in chosen.by:
        return await whose_turn(letter, offices)
    return set()


async def whose_turn(letter: Letter, offices: Sequence[Officer]) -> set[int]:
    """Everybody of the office or department that has a letter, but for whoever it is about."""
    if letter.department:
        return await staff_of(letter.department) - {letter.about_id or 0}
    held = {one.person_id for one in offices if RANK_OF.get(one.level, 0) == letter.rank > letter.about_rank}
    return held - {letter.about_id or 0}
