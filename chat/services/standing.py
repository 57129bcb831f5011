"""What lets people into conversations: the rows, for any number of places at once.

Each function is one query, compiled once, that finds which of the given places hold; what follows
from them is decided in chat/services/access.py.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import (
    BigIntegerField,
    CharField,
    DateTimeField,
    Field,
    Q,
    QuerySet,
    UUIDField,
)

from rooms.models import Membership, Room, Seat
from rooms.states import host_heard_since, in_room_since, left_before, over_before, seated_at
from rtcserver.prepared import Among, Parameter, PreparedRows, Rows
from sessions_api.models import Participant, Session, admitted
from sessions_api.states import State, in_state
from social.models import Block, Friendship

Row = dict[str, Any]
Pairs = Collection[tuple[int | None, int | None]]


@dataclass(frozen=True, slots=True)
class Moment:
    """When it is asked; with `hold`, the rows found stay as they are until the transaction ends."""

    now: datetime
    hold: bool = False


class _Standing:
    """One query for places, in two forms: to look, and to hold what is found."""

    def __init__(
        self, build: Callable[[Rows], "QuerySet[Any, Any]"], **fields: "Field[Any, Any]"
    ) -> None:
        places = Rows("places", **fields)
        self._looking = PreparedRows(lambda: build(places).order_by(), on_server=True)
        self._holding = PreparedRows(
            lambda: build(places).order_by("id"), on_server=True, hold=True
        )

    def __call__(self, places: Collection[Any], at: Moment) -> list[Row]:
        if not places:
            return []
        asked = self._holding if at.hold else self._looking
        return asked(
            places=places,
            now=at.now,
            alive=left_before(at.now),
            lasting=over_before(at.now),
        )


_now = Parameter("now", DateTimeField())
_alive = Parameter("alive", DateTimeField())
_lasting = Parameter("lasting", DateTimeField())
_number = BigIntegerField()


def members(places: Pairs, at: Moment) -> list[Row]:
    """Which people (room id, user id) are in these rooms, and with them what the rooms are:
    `room_id`, `user_id`, `room__kind`, `room__owner_id`.
    """
    return _members(places, at)


def open_rooms(room_ids: Collection[int], at: Moment) -> list[Row]:
    """`id`, `kind`, `owner_id` of those that are not closed."""
    return _open_rooms([(room_id,) for room_id in room_ids], Moment(at.now))


def seats_of_people(places: Pairs, at: Moment) -> list[Row]:
    """Which people (room id, user id) sit in these chat rooms: `room_id`, `user_id`."""
    return _seats_of_people(places, Moment(at.now))


def seats_of_guests(places: Collection[tuple[int, str]], at: Moment) -> list[Row]:
    """Which guests (room id, name) sit in these chat rooms: `room_id`, `name`."""
    return _seats_of_guests(places, Moment(at.now))


def open_sessions(session_ids: Collection[int], at: Moment) -> list[Row]:
    """`id` of those that are to come or going on."""
    return _open_sessions([(session_id,) for session_id in session_ids], at)


def invited(places: Collection[tuple[int, UUID]], at: Moment) -> list[Row]:
    """Which participants (session id, peer id) may be inside: `session_id`, `peer_id`, `role`."""
    return _invited(places, at)


def friendships(pairs: Pairs, at: Moment) -> list[Row]:
    """Which people (user id, friend id) keep the other as a friend: `user_id`, `friend_id`."""
    return _friendships(pairs, at)


def blocks(pairs: Pairs, at: Moment) -> list[Row]:
    """Who (user id, blocked id) has put the other on the blacklist: `user_id`, `blocked_id`."""
    return _blocks(pairs, Moment(at.now))


def _people_inside(places: Rows) -> "QuerySet[Any, Any]":
    is_live = Q(room__kind=Room.Kind.LIVE)
    there = is_live & in_room_since(_alive) & host_heard_since(_lasting, "room__")
    return Membership.objects.filter(
        Among("room_id", "user_id", rows=places),
        there | (~is_live & Q(left_at=None)),
        room__closed_at=None,
        user__is_active=True,
    ).values("room_id", "user_id", "room__kind", "room__owner_id")


def _rooms_going_on(places: Rows) -> "QuerySet[Any, Any]":
    lasting = ~Q(kind=Room.Kind.LIVE) | host_heard_since(_lasting)
    rooms = Room.across_teams.open().filter(lasting, Among("id", rows=places))
    return rooms.values("id", "kind", "owner_id")


def _sessions_going_on(places: Rows) -> "QuerySet[Any, Any]":
    going_on = in_state(State.SCHEDULED, _now) | in_state(State.STARTED, _now)
    return Session.across_teams.filter(going_on, Among("id", rows=places)).values("id")


def _participants_inside(places: Rows) -> "QuerySet[Any, Any]":
    inside = admitted(Participant.across_teams.not_canceled())
    mine = inside.filter(Among("session_id", "peer_id", rows=places))
    return mine.values("session_id", "peer_id", "role")


_members = _Standing(_people_inside, room=_number, person=_number)
_open_rooms = _Standing(_rooms_going_on, room=_number)
_seats_of_people = _Standing(
    lambda places: Seat.objects.filter(
        Among("room_id", "user_id", rows=places), seated_at(_now), user__is_active=True
    ).values("room_id", "user_id"),
    room=_number,
    person=_number,
)
_seats_of_guests = _Standing(
    lambda places: Seat.objects.filter(
        Among("room_id", "name", rows=places), seated_at(_now), user=None
    ).values("room_id", "name"),
    room=_number,
    guest=CharField(),
)
_open_sessions = _Standing(_sessions_going_on, session=_number)
_invited = _Standing(_participants_inside, session=_number, peer=UUIDField())
_friendships = _Standing(
    lambda places: (
        Friendship.objects.agreed()
        .filter(Among("user_id", "friend_id", rows=places), user__is_active=True)
        .values("user_id", "friend_id")
    ),
    person=_number,
    friend=_number,
)
_blocks = _Standing(
    lambda places: (
        Block.objects.active()
        .filter(Among("user_id", "blocked_id", rows=places))
        .values("user_id", "blocked_id")
    ),
    person=_number,
    blocked=_number,
)
