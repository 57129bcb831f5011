"""Refusals of rooms."""

from rtcserver.errors import DomainError, Kind


class UnknownRoom(DomainError):
    kind, slug = Kind.NOT_FOUND, "room_not_found"


class NotRoomOwner(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_room_owner"


class NotInRoom(DomainError):
    kind, slug = Kind.NOT_FOUND, "not_in_room"


class PutOut(DomainError):
    """Somebody in charge put the person out; it holds until the room closes."""

    kind, slug = Kind.FORBIDDEN, "put_out"


class RoomClosed(DomainError):
    kind, slug = Kind.CONFLICT, "room_closed"


class RoomIdTaken(DomainError):
    kind, slug = Kind.CONFLICT, "room_id_taken"


class TooManyRooms(DomainError):
    kind, slug = Kind.LIMITED, "too_many_rooms"


class NotLiveTeam(DomainError):
    kind, slug = Kind.INVALID, "not_live_team"


class RoomFull(DomainError):
    kind, slug = Kind.CONFLICT, "room_full"


class SeatTaken(DomainError):
    """Somebody else sits in the room under that name."""

    kind, slug = Kind.CONFLICT, "seat_taken"
