"""Steps that the acts on live rooms are made of; the caller holds the lock of the room.

Locks are taken in one order: a person, their presence, rooms by id, memberships.
"""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts.errors import NameTaken
from accounts.models import Team, User
from accounts.services import create_team
from rooms.errors import RoomClosed, UnknownRoom
from rooms.models import LiveRoom, Membership, Room, room_key
from rooms.states import RoomState
from rtcserver.events import Actor, publish, record

WORKER = Actor("system", "worker", "worker")

# What a client calls it -> where it is kept.
OF_ROOM = {"title": "name", "cover": "picture", "app_id": "app_id", "category": "category"}
OF_LIVE_ROOM = ("subject", "description")


def live_team() -> Team:
    """The team whose rooms the LiveRoom dialect opens, created when it is first needed."""
    teams = Team.objects.filter(name=settings.LIVEROOM_TEAM)
    if team := teams.first():
        return team
    try:
        return create_team(actor=WORKER, name=settings.LIVEROOM_TEAM)
    except NameTaken:  # by somebody who opened the first room at the same moment
        return teams.get()


def hold_person(user: User) -> bool:
    """Keep a person from being removed until the transaction ends; False if they already are.

    `no_key`: rows that name the person by foreign key need not wait for it.
    """
    held = User.objects.select_for_update(no_key=True).filter(pk=user.pk, is_active=True)
    return held.values_list("pk", flat=True).first() is not None


def find_locked(sent: str) -> Room | None:
    """The live room of that id as it is now, held until the transaction ends.

    No joins in the locked read: PostgreSQL reads only the awaited row anew.
    """
    rooms = Room.across_teams.live().select_for_update(of=("self",))
    room = rooms.filter(key=room_key(sent)).first()
    if room and room.team.name != settings.LIVEROOM_TEAM:  # type: ignore[union-attr]
        raise UnknownRoom("There is no such room.")
    return room


def locked(room: Room) -> Room:
    """The same room as it is now, held; raises RoomClosed if it is over."""
    room = Room.across_teams.select_for_update(of=("self",)).get(pk=room.pk)
    if room.state_at(timezone.now()) is RoomState.CLOSED:
        raise RoomClosed("The room is closed.")
    return room


def change(room: Room, fields: dict[str, Any], *, by: User | None, actor: Actor) -> bool:
    """Set what differs; records `room.updated` with the names. Returns whether anything did."""
    wanted = {OF_ROOM.get(name, name): value for name, value in fields.items()}
    live = room.live
    of_live = [n for n in OF_LIVE_ROOM if n in wanted and getattr(live, n) != wanted[n]]
    of_room = [n for n in OF_ROOM.values() if n in wanted and getattr(room, n) != wanted[n]]
    if not (of_live or of_room):
        return False
    for name in of_live:
        setattr(live, name, wanted[name])
    for name in of_room:
        setattr(room, name, wanted[name])
    live.updated_at, live.updated_by = timezone.now(), by
    live.save(update_fields=[*of_live, "updated_at", "updated_by"])
    if of_room:
        room.save(update_fields=of_room)
    changed = sorted([*of_live, *of_room])
    tell(room, "room.updated", actor, shown=described(room), changed=changed)
    return True


def close(room: Room, *, actor: Actor, reason: str) -> None:
    """End a room: nobody is in it, nobody stays put out. Records `room.destroyed`."""
    now = timezone.now()
    room.closed_at = now
    room.save(update_fields=["closed_at"])
    LiveRoom.objects.filter(pk=room.pk).update(hidden_at=None, updated_at=now)
    Membership.objects.present().filter(room=room).hold().update(left_at=now)
    room.bans.all().delete()
    tell(room, "room.destroyed", actor, reason=reason)


def leave(room: Room, user: User, *, actor: Actor, reason: str = "") -> bool:
    """Mark a present member as gone, once; records `room.left`. Needs no lock of the room."""
    mine = Membership.objects.present().filter(room=room, user=user)
    if not mine.update(left_at=timezone.now()):
        return False
    facts = {"reason": reason} if reason else {}
    tell(room, "room.left", actor, shown=person_shown(user), member=user.public_id, **facts)
    return True


def tell(
    room: Room,
    event_type: str,
    actor: Actor,
    *,
    shown: Mapping[str, Any] | None = None,
    **facts: Any,
) -> None:
    """Record what happened to a room, for its team, and tell whoever listens to the room.

    Args:
        shown: What listeners show beside the facts; it is not recorded.
    """
    record(
        event_type,
        team_id=room.team_id,
        subject_kind="room",
        subject_id=room.public_id,
        actor=actor,
        key=room.key,
        **facts,
    )
    publish(
        room.topic, "room.event", room=room.public_id, event=event_type, facts=facts, shown=shown
    )


def described(room: Room) -> dict[str, Any]:
    """A live room in the words of its clients."""
    return {
        "roomId": room.key,
        "title": room.name,
        "category": room.category,
        "cover": room.picture,
        "subject": room.live.subject,
        "description": room.live.description,
    }


def person_shown(user: User) -> dict[str, Any]:
    """A person in the words of the clients of live rooms."""
    return {"userId": wire_id(user), "name": user.name, "avatar": user.portrait_url}


def wire_id(user: User | None) -> str | None:
    """The id a person has in the LiveRoom dialect; somebody of another way in has the usual one."""
    if user is None:
        return None
    known = getattr(user, "signature_user", None)
    return (known and known.public_id) or user.public_id
