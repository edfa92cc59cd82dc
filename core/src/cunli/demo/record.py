"""What the demo's people did officially and what they were told: gathered while loading, written last, in the order of time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cunli import db
from cunli.demo.ground import Actor, Ground, Place
from cunli.notify.models import Notification
from cunli.people.models import Membership
from cunli.people.rules import Move
from cunli.trust.audit import Act, append

KEPT_INBOX: Final = timedelta(days=30)
UNREAD: Final = timedelta(hours=30)  # younger messages have not been opened by the accounts that visitors use


@dataclass(slots=True)
class Record:
    """Audit entries and messages to be."""

    acts: list[Act] = field(default_factory=list)
    messages: list[tuple[int, Notification]] = field(default_factory=list)  # with the receiver

    def act(
        self,
        action: str,
        *,
        at: datetime,
        actor: int | None = None,
        village: int | None = None,
        region: int | None = None,
        about: tuple[str, int],
        **details: str | int | bool | None,
    ) -> None:
        """An entry of the audit trail."""
        self.acts.append(
            Act(
                at=at,
                action=action,
                actor=actor,
                by="command" if actor is None else "web",
                village=village,
                region=region,
                object=about,
                details=details,
            )
        )

    def tell(
        self,
        person_id: int,
        kind: str,
        *,
        at: datetime,
        village_id: int | None,
        url: str,
        once: str | None = None,
        **params: str | int,
    ) -> None:
        """A message in somebody's inbox."""
        message = Notification(
            person_id=person_id, village_id=village_id, kind=kind, params=params, url=url, once=once, created_at=at
        )
        self.messages.append((person_id, message))

    def applied(self, ground: Ground, place: Place, applicant: Actor, at: datetime) -> None:
        """The village's officials hear of an application."""
        for officer in ground.officers(place.slug):
            if officer is not applicant:
                self.tell(
                    officer.id,
                    "membership.applied",
                    at=at,
                    village_id=place.id,
                    url=f"{place.url}/members/requests",
                    by=applicant.id,
                    village=place.name,
                )

    def decided(self, place: Place, official: Actor, membership_id: int, row: Membership, move: Move) -> None:
        """A decision about a membership, and its message to the person."""
        at = row.decided_at
        if at is None:
            raise ValueError("an application that waits was not decided")
        self.act(
            f"core.member.{move}",
            at=at,
            actor=official.id,
            village=place.id,
            about=("membership", membership_id),
            before="applied",
            after=row.state,
        )
        inside = move == Move.VERIFY
        self.tell(
            row.person_id,
            f"membership.{row.state}",
            at=at,
            village_id=place.id,
            url=f"{place.url}/" if inside else f"{place.url}/join/waiting",
            village=place.name,
            reason=row.reason,
        )

    async def write(self, ground: Ground) -> None:
        """Write everything, oldest first, with the unread counts that follow from it."""
        await append(sorted(self.acts, key=lambda act: act.at))
        now = ground.times.now
        recent = [each for each in self.messages if each[1].created_at > now - KEPT_INBOX]
        recent.sort(key=lambda each: each[1].created_at)
        open_letters = {actor.id for actor in ground.people.values() if actor.account}
        for receiver, each in recent:
            fresh = each.created_at > now - UNREAD
            if not fresh or (receiver not in open_letters and ground.chance.random() < 0.5):
                wait = [timedelta(minutes=ground.chance.randint(5, 600))]
                each.read_at = ground.times.later(each.created_at, wait)[0]
        await Notification.bulk_create([each for _, each in recent], batch_size=500)
        await db.write(
            "UPDATE core_person SET unread_count = (SELECT COUNT(*) FROM core_notification n"
            " WHERE n.person_id = core_person.id AND n.read_at IS NULL)"
        )
        ground.step("消息")
