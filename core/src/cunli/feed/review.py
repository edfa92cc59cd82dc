"""Asking whether something may be published, before anything is written: the county's service and the village's plugins."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from cunli import db, enabling, plugin_values
from cunli.deid.gate import ask_about_personal_data
from cunli.dispatch import Dispatch
from cunli.feed.rules import NOTICE
from cunli.hooks import RULES, PostContext
from cunli.moderation import ALLOWED, DEADLINE, Moderation, Verdict, strictest
from cunli.registry import Registry
from cunli.reviewing.first import look
from cunli.web.i18n import _

if TYPE_CHECKING:
    from cunli.deid.gate import Basis
    from cunli.feed.actions import Written
    from cunli.places.queries import VillageNow
    from cunli.web import Form, Visit

HOOK: Final = "review_post"
TEXTS: Final = ("title", "body", "place")
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
    first = await look(village, what)
    if first.says == "refuse":
        return first
    verdicts = [first, *await _of_plugins(village, what)]
    if _process.moderation is not None:
        text = "\n".join(part for part in (what.title, what.body, what.place) if part)
        verdicts.append(await _of_service(_process.moderation, _process.registry.dispatch, text))
    return strictest(verdicts)


async def review_words(*words: str) -> Verdict:
    """What the county's service says of words that belong to no village; plugins, which are on in villages, are not asked."""
    db.refuse_in_unit("a review")
    if _process.moderation is None:
        return ALLOWED
    return await _of_service(_process.moderation, _process.registry.dispatch, "\n".join(filter(None, words)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What may be published of a form: as it was written or masked, why it is held if it is, and by what right it names people."""

    written: Written
    held: str = ""
    basis: Basis | None = None


async def reviewed(
    visit: Visit, form: Form, kind: str, written: Written, *, post_id: int = 0, village: VillageNow | None = None
) -> Looked:
    """Ask about what stands in a form. What has to be answered, and a refusal, are noted there as errors.

    `village`: where it is to stand, on pages that are of no village.
    """
    here = village or visit.here
    texts = {name: text for name in TEXTS if (text := getattr(written, name))}
    official = kind == NOTICE and visit.may("core.notice.publish")
    cleared = await ask_about_personal_data(visit, form, texts, official=official)
    if not form:
        return Looked(written=written)
    words = {name: cleared.texts.get(name, "") for name in TEXTS}
    written = replace(written, title=words["title"], body=words["body"], place=words["place"])
    verdict = await review(
        here,
        PostContext(
            village_id=here.id,
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
    held = str(verdict.reason) if verdict.says == "hold" else ""
    return Looked(written=written, held=held, basis=cleared.basis)


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
