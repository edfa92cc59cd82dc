"""What was held back before it was published: officials look at it, and publish it or refuse it. Told to the author, audited."""

from __future__ import annotations

from cunli import db
from cunli.feed import holding, moderation, rules
from cunli.feed.actions import appear
from cunli.feed.answers import appear_below
from cunli.feed.events import post_changed
from cunli.jobs import emit
from cunli.notify.actions import tell
from cunli.reviewing import cases
from cunli.reviewing.rules import HELD, REFUSE, RELEASE
from cunli.trust.audit import audit
from cunli.trust.reports import OwnContent, Reported


@db.unit
async def approve(about: Reported, actor_id: int) -> None:
    """Publish it: counted, told and announced as if it had been written now. Raises `OwnContent` and `feed.actions.Gone`."""
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.turn_comment(about.comment, rules.HELD, rules.VISIBLE, "")
        await appear_below(about.comment, about.post)
    else:
        await moderation.turn_post(about.post, rules.HELD, rules.VISIBLE, "")
        await appear(about.post)
    thing = (about.kind, about.id)
    await cases.closed(HELD, thing, RELEASE, actor=actor_id, chain=about.post.chain, was=rules.HELD, reason="")
    await audit("content.approve", actor=actor_id, village=about.post.village_id, object=thing)
    await _tell(about, "approved")


@db.unit
async def refuse(about: Reported, actor_id: int, reason: str, *, rule: str = "") -> None:
    """Do not publish it; its author reads the reason. Raises `OwnContent` and `feed.actions.Gone`."""
    if about.author_id == actor_id:
        raise OwnContent
    if about.comment:
        await moderation.turn_comment(about.comment, rules.HELD, rules.HIDDEN, reason)
    else:
        await moderation.turn_post(about.post, rules.HELD, rules.HIDDEN, reason)
        if about.post.plugin:
            await emit(post_changed(about.post, rules.HIDDEN))  # it has a page of its own about what it published
    await holding.settle(about.kind, about.id, refused=True)
    thing = (about.kind, about.id)
    chain = about.post.chain
    await cases.closed(HELD, thing, REFUSE, actor=actor_id, chain=chain, was=rules.HELD, reason=reason, rule=rule)
    await audit("content.refuse", actor=actor_id, village=about.post.village_id, object=thing, reason=reason)
    await _tell(about, "refused", reason=reason)


async def _tell(about: Reported, what: str, **reason: str) -> None:
    village, plugin = about.post.village_id, about.post.plugin
    await tell(about.author_id, f"{about.kind}.{what}", village_id=village, url=about.url, plugin=plugin, **reason)
