"""Whether a room is there, and who is in it: decided here alone, from the clock and the row.

A live room goes by the sign of life of its host: silent, it leaves the lists; silent for long, it
is over. A room of nobody depends on nobody. A chat room goes by who is seated in it.
"""

from datetime import datetime, timedelta
from typing import Protocol

from django.conf import settings
from django.db import models
from django.db.models import Expression, F, Q
from django.utils.translation import gettext_lazy as _

NEVER_JOINED = timedelta(minutes=10)  # how long a chat room waits for its first member


class RoomState(models.TextChoices):
    VISIBLE = "visible", _("visible")
    HIDDEN = "hidden", _("hidden")  # its host is silent
    CLOSED = "closed", _("closed")


class Hosted(Protocol):
    """What a state is read from."""

    closed_at: datetime | None
    owner_id: int | None


def offline_before(now: datetime) -> datetime:
    """Who was last heard of before this is offline."""
    return now - timedelta(seconds=settings.PRESENCE_OFFLINE_SECONDS)


def left_before(now: datetime) -> datetime:
    """A guest last heard of before this has left."""
    return now - timedelta(seconds=settings.PRESENCE_LEFT_SECONDS)


def over_before(now: datetime) -> datetime:
    """The room of a host last heard of before this is over."""
    return offline_before(now) - timedelta(seconds=settings.PRESENCE_OVER_SECONDS)


def state_of(room: Hosted, heard_at: datetime | None, now: datetime) -> RoomState:
    """Args:
    heard_at: The host's last sign of life, or when they became host if that is later.
    """
    if room.closed_at is not None:
        return RoomState.CLOSED
    if room.owner_id is None or heard_at is None or heard_at >= offline_before(now):
        return RoomState.VISIBLE
    return RoomState.HIDDEN if heard_at >= over_before(now) else RoomState.CLOSED


def host_heard_since(moment: datetime | Expression, room: str = "") -> Q:
    """The same decision as a query condition on rooms, or on rows that have one.

    Args:
        room: How such a row names its room, such as `room__`.
    """
    return (
        Q(**{f"{room}owner": None})
        | Q(**{f"{room}owner__presence__last_seen_at__gte": moment})
        | Q(**{f"{room}live__hosted_since__gte": moment})
    )


def in_room_at(now: datetime) -> Q:
    """A condition on memberships: present, and heard of unless it is the host."""
    return in_room_since(left_before(now))


def in_room_since(alive: datetime | Expression) -> Q:
    """The same, by the moment since which a guest must have been heard of."""
    return Q(left_at=None) & (
        Q(user=F("room__owner"))
        | Q(user__presence__last_seen_at__gte=alive)
        | Q(joined_at__gte=alive)
    )


def seated_at(now: datetime | Expression) -> Q:
    """A condition on seats of chat rooms: taken by a call or held by a socket."""
    return Q(called_until__gt=now) | Q(socket_until__gt=now)


def never_joined_before(now: datetime) -> datetime:
    """A chat room created before this and never entered is over."""
    return now - NEVER_JOINED
