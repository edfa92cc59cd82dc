"""Asking whether something may be published, before anything is written: the county's service and the village's plugins."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cunli import db, enabling, plugin_values
from cunli.dispatch import Dispatch
from cunli.hooks import RULES, PostContext
from cunli.moderation import ALLOWED, DEADLINE, Moderation, Verdict, strictest
from cunli.registry import Registry
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.feed.actions import Written
    from cunli.places.queries import VillageNow
    from cunli.web import Form, Visit

HOOK: Final = "review_post"
NOT_DONE: Final = Verdict.hold(_("自动检查没有做完"))
WAITS: Final = _("收到了，等村委会看过再发布")  # said to whose words are held


@dataclass(slots=True)
class _Process:
    registry: Registry
    moderation: Moderation | None = None


_process = _Process(Registry())


def use(registry: Registry, moderation: Moderation | None) -> None:
    """Ask these from now on; once at start."""
    _process.registry, _process.moderation = registry, moderation


def registry() -> Registry:
    """The plugins of this process, for code that has no visit."""
    return _process.registry


async def review(village: VillageNow, what: PostContext) -> Verdict:
    """The strictest verdict of all who are asked. Whoever fails or takes longer than two seconds wants it held.

    Outside units only: a plugin may take its time.
    """
    db.refuse_in_unit("a review")
    verdicts = await _of_plugins(village, what)
    if _process.moderation is not None:
        text = "\n".join(part for part in (what.title, what.body, what.place) if part)
        verdicts.append(await _of_service(_process.moderation, _process.registry.dispatch, text))
    return strictest(verdicts)


async def reviewed(visit: Visit, form: Form, kind: str, written: Written, *, post_id: int = 0) -> str:
    """Ask about what stands in a form. A refusal is noted there as an error; the value says why it is held, if it is."""
    verdict = await review(
        visit.here,
        PostContext(
            village_id=visit.here.id,
            author_id=visit.me.id,
            kind=kind,
            title=written.title,
            body=written.body,
            place=written.place,
            audience=written.audience,
            photos=len(written.photos),
            post_id=post_id,
        ),
    )
    if verdict.says == "refuse":
        form.error("body", str(verdict.reason))
    return str(verdict.reason) if verdict.says == "hold" else ""


async def _of_plugins(village: VillageNow, what: PostContext) -> list[Verdict]:
    known = _process.registry
    enabled = await enabling.enabled_for(known, village)
    asked = known.plan(HOOK, enabled)
    if not asked:
        return []
    ctx = replace(what, setting=await plugin_values.values_for(village))
    with db.scope(village.id):
        answers = await known.dispatch.collect(HOOK, ctx, enabled, check=_verdict, deadline=RULES[HOOK].deadline)
    verdicts = [answer.value for answer in answers]
    return verdicts if len(answers) == len(asked) else [*verdicts, NOT_DONE]


def _verdict(value: object) -> Verdict:
    if value is None:
        return ALLOWED
    if not isinstance(value, Verdict):
        raise TypeError("review_post() gives a Verdict or None")
    return value


async def _of_service(moderation: Moderation, dispatch: Dispatch, text: str) -> Verdict:
    said: list[Verdict] = []

    async def ask() -> None:
        said.append(_verdict(await moderation.review(text)))

    outcome = await dispatch.perform("core", "moderation", ask, deadline=DEADLINE)
    if outcome.error is None and said:
        return said[0]
    logging.getLogger("cunli.feed").warning("moderation did not answer: %s", type(outcome.error).__name__)
    return NOT_DONE
