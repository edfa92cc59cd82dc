"""What is done with letters: one unit each."""

from __future__ import annotations

from collections.abc import Sequence

from tortoise.expressions import F

from cunli import audit, discard_photos, new_key, officers, reveal, tell, unit, use_photos

from .models import PHONE, Letter

ANSWER = "letters.letter.answer"


class TooLate(Exception):
    """Somebody else answered first."""


@unit
async def write(words: str, phone: str, fen: int, photos: Sequence[str], *, author_id: int | None, url: str) -> str:
    """Keep a letter and tell whoever is nearest in charge."""
    key = new_key()
    await use_photos(photos, owner_id=author_id)
    letter = await Letter.create(
        key=key,
        author_id=author_id,
        words=words,
        phone=PHONE.seal(phone, key),
        phone_index=PHONE.index(phone) if phone else "",
        asked_fen=fen,
        photo=photos[0] if photos else "",
    )
    for one in await officers(("village_admin",)):
        await tell(
            one.person_id, "letters.came", url=f"{url}/letters/letter/{key}", once=f"came:{letter.id}", about=words
        )
    return key


@unit
async def answer(key: str, words: str, *, by: int, url: str) -> None:
    """Answer a letter once: of two who answer at the same moment, one is too late."""
    letter = await Letter.get(key=key)
    if not await Letter.filter(id=letter.id, state="open").update(state="answered", answers=F("answers") + 1):
        raise TooLate
    await audit(ANSWER, actor=by, object=("letter", letter.id), letters=1)
    if letter.author_id:
        await tell(letter.author_id, "letters.answered", url=f"{url}/letters/letter/{key}", by=by, words=words)


@unit
async def phone_of(key: str, *, by: int) -> str:
    """The phone number in clear, with an entry about whoever looked."""
    letter = await Letter.get(key=key)
    (clear,) = await reveal(
        PHONE.masked(letter.phone, key), actor=by, village=letter.village_id, object=("letter", letter.id)
    )
    return clear


@unit
async def forget(person_id: int) -> int:
    """The letters of somebody who leaves go, and their photos with them, in every village."""
    own = await Letter.filter(author_id=person_id)
    await Letter.filter(author_id=person_id).delete()
    await discard_photos([letter.photo for letter in own if letter.photo])
    return len(own)


@unit
async def burn(key: str) -> int:
    """Delete a letter with its photo; how many photos there were."""
    letter = await Letter.get(key=key)
    await letter.delete()
    return await discard_photos([letter.photo] if letter.photo else [])
