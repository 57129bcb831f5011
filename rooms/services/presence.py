"""Who is there: signs of life, what follows from silence, and the sweep that tells of it.

Lists and head counts are right without the sweep, because they are computed (rooms/states.py).
The sweep ends what is over and records the events; any number of processes may run it.
"""

import time
from collections.abc import Collection
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from accounts.models import User
from rooms.models import LiveRoom, Membership, Presence, Room, RoomReservation
from rooms.services import steps
from rooms.states import (
    RoomState,
    host_heard_since,
    left_before,
    offline_before,
    over_before,
)
from rtcserver.events import Actor

BATCH = 500
SWEEP_SECONDS = 20  # at most, then others of the same process get their turn


def seen(user_id: int) -> None:
    """Note a sign of life. One conditional UPDATE; of somebody just heard of, nothing is written.

    Back from silence, what became of their rooms meanwhile is settled first.
    """
    now = timezone.now()
    stale = now - timedelta(seconds=settings.PRESENCE_WRITE_SECONDS)
    mine = Presence.objects.filter(user=user_id)
    online = mine.filter(last_seen_at__lt=stale, last_seen_at__gte=offline_before(now))
    if online.update(last_seen_at=now):
        return
    last = mine.values_list("last_seen_at", flat=True).first()
    if last is None:
        unseen = [Presence(user_id=user_id, last_seen_at=now)]
        Presence.objects.bulk_create(unseen, ignore_conflicts=True)
    elif last < stale:
        _come_back(user_id)


@transaction.atomic
def seen_many(user_ids: Collection[int]) -> set[int]:
    """Move the sign of life of everybody who is online to now; returns who was.

    A row that somebody else writes at this moment is left to them, so that batches of several
    processes never wait for each other.
    """
    now = timezone.now()
    online = Presence.objects.online(now).filter(user__in=user_ids)
    free = online.select_for_update(skip_locked=True)
    written = set(free.order_by().values_list("user", flat=True))
    Presence.objects.filter(user__in=written).update(last_seen_at=now)
    return written


@transaction.atomic
def _come_back(user_id: int) -> None:
    presence = Presence.objects.select_for_update().get(user=user_id)
    now = timezone.now()
    _settle(user_id, now)
    presence.last_seen_at = max(now, presence.last_seen_at)
    presence.save(update_fields=["last_seen_at"])
    _settle(user_id, now)


@transaction.atomic
def go_offline(user: User, *, actor: Actor) -> None:
    """Silence from now on: own rooms are hidden at once, other rooms are left.

    Records `room.hidden`, `room.left`.
    """
    Presence.objects.select_for_update().filter(user=user).first()
    held = _hold_rooms(user.pk)
    now = timezone.now()
    gone = offline_before(now) - timedelta(microseconds=1)
    Presence.objects.filter(user=user).update(last_seen_at=gone)
    own = LiveRoom.objects.filter(room__owner=user, room__closed_at=None)
    own.filter(hosted_since__gt=gone).update(hosted_since=gone)
    for room in held:
        if room.owner_id != user.pk:
            steps.leave(room, user, actor=actor, reason="signed out")
    _settle(user.pk, now)


@transaction.atomic
def forget(user: User, *, actor: Actor) -> None:
    """The person is being removed: own rooms end, memberships and presence go."""
    Presence.objects.select_for_update().filter(user=user).first()
    for room in _hold_rooms(user.pk):
        if room.owner_id == user.pk:
            steps.close(room, actor=actor, reason="owner removed")
        else:
            steps.leave(room, user, actor=actor, reason="removed")
    Membership.objects.filter(user=user, room__kind=Room.Kind.LIVE).delete()
    RoomReservation.objects.filter(user=user).delete()
    Presence.objects.filter(user=user).delete()


@transaction.atomic
def settle(user_id: int) -> None:
    """Let happen what the silence or the return of a person means at this moment.

    Records `room.hidden`, `room.shown`, `room.destroyed`, `room.left`.
    """
    Presence.objects.select_for_update().filter(user=user_id).first()
    _settle(user_id, timezone.now())


def sweep_presence() -> int:
    """Settle everybody whose silence or return changes something; returns how many."""
    settled = 0
    until = time.monotonic() + SWEEP_SECONDS
    while waiting := _unsettled(timezone.now()):
        for user_id in waiting:
            settle(user_id)
        settled += len(waiting)
        if len(waiting) < BATCH or time.monotonic() > until:
            break
    return settled


def sweep_reservations() -> int:
    """Delete a batch of reservations that ran out; returns how many."""
    over = RoomReservation.objects.filter(expires_at__lte=timezone.now()).order_by("expires_at")
    ids = list(over.values_list("pk", flat=True)[:BATCH])
    deleted, _kinds = RoomReservation.objects.filter(pk__in=ids).delete()
    return deleted


def _unsettled(now: datetime) -> list[int]:
    hosted = Room.across_teams.live().open().exclude(owner=None)
    online = host_heard_since(offline_before(now))
    turned = hosted.filter(
        (Q(live__hidden_at=None) & ~online)
        | (Q(live__hidden_at__isnull=False) & online)
        | ~host_heard_since(over_before(now))
    )
    hosts = turned.order_by().values_list("owner", flat=True).distinct()[:BATCH]
    gone = left_before(now)
    members = Membership.objects.present().filter(
        room__kind=Room.Kind.LIVE, room__closed_at=None, joined_at__lt=gone
    )
    silent = members.exclude(room__owner=F("user")).exclude(user__presence__last_seen_at__gte=gone)
    guests = silent.order_by().values_list("user", flat=True).distinct()[:BATCH]
    return sorted({*hosts, *guests})[:BATCH]  # owner is never null here


def _settle(user_id: int, now: datetime) -> None:
    """The caller holds the person's presence, so that no two do this for one person."""
    present = Presence.objects.filter(user=user_id, last_seen_at__gte=left_before(now)).exists()
    for room in _hold_rooms(user_id):
        if room.owner_id == user_id:
            _settle_own(room, now)
        elif not present:
            _settle_guest(room, user_id, now)


def _settle_own(room: Room, now: datetime) -> None:
    state = room.state_at(now)
    if state is RoomState.CLOSED:
        steps.close(room, actor=steps.WORKER, reason="host silent")
    elif (state is RoomState.HIDDEN) is not (room.live.hidden_at is not None):
        room.live.hidden_at = now if state is RoomState.HIDDEN else None
        room.live.save(update_fields=["hidden_at"])
        event = "room.hidden" if state is RoomState.HIDDEN else "room.shown"
        steps.tell(room, event, steps.WORKER)


def _settle_guest(room: Room, user_id: int, now: datetime) -> None:
    mine = room.memberships.present().filter(user=user_id, joined_at__lt=left_before(now))
    if member := mine.select_related("user").first():
        steps.leave(room, member.user, actor=steps.WORKER, reason="silent")


def _hold_rooms(user_id: int) -> list[Room]:
    """Open rooms the person owns or is in, held in the order of their ids.

    All at once: two people in each other's rooms would otherwise wait for each other for ever.
    """
    inside = Membership.objects.present().filter(user=user_id).values("room")
    rooms = Room.across_teams.live().open().filter(Q(owner=user_id) | Q(pk__in=inside))
    return list(rooms.select_for_update(of=("self",)).order_by("id"))
