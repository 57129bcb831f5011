"""Rows of rooms; imported from here."""

from rooms.models.rooms import (
    LiveRoom,
    Membership,
    MembershipQuerySet,
    Presence,
    PresenceQuerySet,
    Room,
    RoomBan,
    RoomQuerySet,
    RoomReservation,
    room_key,
)
from rooms.models.seats import ChatRoom, Seat

__all__ = [
    "ChatRoom",
    "LiveRoom",
    "Membership",
    "MembershipQuerySet",
    "Presence",
    "PresenceQuerySet",
    "Room",
    "RoomBan",
    "RoomQuerySet",
    "RoomReservation",
    "Seat",
    "room_key",
]
