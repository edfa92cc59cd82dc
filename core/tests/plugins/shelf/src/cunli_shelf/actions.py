"""What is done with papers: one unit each."""

from __future__ import annotations

from collections.abc import Sequence

from cunli import discard_files, unit, use_files, use_photos

from .models import Paper


@unit
async def put(file: str, *, owner_id: int, secret: bool) -> None:
    await use_files([file], owner_id=owner_id)
    await Paper.create(file=file, owner_id=owner_id, secret=secret)


@unit
async def take_off(paper: Paper) -> None:
    await paper.delete()
    await discard_files([paper.file])


@unit
async def forget(person_id: int) -> int:
    """The papers of somebody who leaves go, in every village."""
    own = await Paper.filter(owner_id=person_id)
    await Paper.filter(owner_id=person_id).delete()
    return await discard_files([one.file for one in own])


async def use(keys: Sequence[str], owner_id: int) -> None:
    await use_files(keys, owner_id=owner_id)


async def use_as_photo(keys: Sequence[str], owner_id: int) -> None:
    await use_photos(keys, owner_id=owner_id)
