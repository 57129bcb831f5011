"""What is shown of live rooms: a constant number of queries for any number of rows."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from rooms.errors import UnknownRoom
from rooms.models import ChatRoom, Membership, Room, RoomQuerySet, room_key
from rooms.states import RoomState


def live_room(room_id: str) -> Room:
    """A room of the LiveRoom dialect that is not closed, with its host and `heads`: one query.

    Raises UnknownRoom.
    """
    room = _of_dialect().with_host().with_heads().filter(key=room_key(room_id)).first()
    if room is None or room.state_at(timezone.now()) is RoomState.CLOSED:
        raise UnknownRoom("There is no such room.")
    return room


def visible_rooms(
    *,
    app_id: str,
    category: str | None = None,
    room_ids: Collection[str] | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> RoomQuerySet:
    """Rooms whose hosts are there, newest first; created at `start` or later, before `end`."""
    rooms = _of_dialect().in_state(RoomState.VISIBLE).filter(app_id=app_id)
    if category is not None:
        rooms = rooms.filter(category=category)
    if room_ids is not None:
        rooms = rooms.filter(key__in=[room_key(room_id) for room_id in room_ids])
    if start:
        rooms = rooms.filter(created_at__gte=start)
    if end:
        rooms = rooms.filter(created_at__lt=end)
    return rooms.with_host().order_by("-created_at", "-id")


def members_inside(room_id: str, limit: int) -> list[Membership]:
    """Who is in a room, first come first; nobody in a room that is closed or unknown."""
    now = timezone.now()
    room = _of_dialect().lasting(now).filter(key=room_key(room_id))
    inside = Membership.objects.inside(now).filter(room__in=room.values("pk"))
    people = inside.select_related("user__signature_user").order_by("joined_at", "id")
    return list(people[:limit])


def chat_rooms(limit: int) -> list[ChatRoom]:
    """The chat rooms that are there, oldest first, with `population`: one query."""
    now = timezone.now()
    standing = ChatRoom.objects.standing(now).with_population(now).select_related("room")
    return list(standing.order_by("pk")[:limit])


def chat_room_stands(name: str) -> bool:
    return ChatRoom.objects.standing().filter(room__key=name).exists()


def _of_dialect() -> RoomQuerySet:
    return Room.across_teams.live().filter(team__name=settings.LIVEROOM_TEAM)
