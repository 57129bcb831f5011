"""Who may hear a live room through a socket: who is inside, by any credential of the dialect."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils import timezone

from accounts import usersig
from accounts.errors import TokenInvalid
from accounts.models import Login, User
from accounts.services import live_token
from rooms.errors import NotInRoom
from rooms.models import Membership, Room
from rooms.reading import live_room
from rooms.services.signs import signs


@dataclass(frozen=True, slots=True)
class Credential:
    """What a client shows: its user id, and a UserSig or a token."""

    user_id: str
    user_sig: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class Attendance:
    """One person in one room, and what they came in by."""

    credential: Credential
    user_id: int
    member: str  # the person's public id, as events have it
    room_id: int
    key: str
    topic: str
    status: str
    login_id: int | None = None  # of a token; a UserSig belongs to none


def attend(room_id: str, credential: Credential) -> Attendance:
    """Let a client in that is inside the room; a sign of life.

    Raises:
        TokenInvalid, TokenExpired: The credential does not count.
        UnknownRoom: There is none, or it is closed.
        NotInRoom: Entering comes first, over HTTP.
    """
    user, login = _identify(credential)
    signs.note(user.pk)
    if login:
        signs.note_login(login)
    room = live_room(room_id)
    now = timezone.now()
    if not Membership.objects.inside(now).filter(room=room, user=user).exists():
        raise NotInRoom("You are not in the room.")
    return Attendance(
        credential=credential,
        user_id=user.pk,
        member=user.public_id,
        room_id=room.pk,
        key=room.key or "",
        topic=room.topic,
        status=room.state_at(now).value,
        login_id=login.pk if login else None,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What became of some attendances: a constant number of queries for all of them."""

    inside: frozenset[tuple[int, int]]
    open_rooms: frozenset[int]
    logins: frozenset[int]
    active: frozenset[int]
    signed_in: frozenset[int]  # people with an open login of this dialect

    @classmethod
    def of(cls, attendances: Iterable[Attendance]) -> "Standing":
        all_ = list(attendances)
        now = timezone.now()
        rooms, users = {a.room_id for a in all_}, {a.user_id for a in all_}
        inside = Membership.objects.inside(now).filter(room__in=rooms, user__in=users)
        opened = Login.objects.open(now).filter(user__in=users, dialect="liveroom")
        logins = list(opened.order_by().values_list("pk", "user"))
        lasting = Room.across_teams.lasting(now).filter(pk__in=rooms)
        active = User.objects.filter(pk__in=users, is_active=True)
        return cls(
            inside=frozenset(inside.order_by().values_list("room", "user")),
            open_rooms=frozenset(lasting.order_by().values_list("pk", flat=True)),
            logins=frozenset(pk for pk, _user in logins),
            active=frozenset(active.order_by().values_list("pk", flat=True)),
            signed_in=frozenset(user for _pk, user in logins),
        )

    def counts(self, attendance: Attendance) -> bool:
        """Whether the credential still does."""
        if attendance.login_id is not None:
            return attendance.login_id in self.logins
        return attendance.user_id in self.active and _is_genuine(attendance.credential)

    def is_inside(self, attendance: Attendance) -> bool:
        return (attendance.room_id, attendance.user_id) in self.inside


def _identify(credential: Credential) -> tuple[User, Login | None]:
    if credential.token:
        login = live_token(user_id=credential.user_id, token=credential.token).login
        return login.user, login
    people = User.objects.filter(is_active=True)
    user = people.filter(signature_user__public_id=credential.user_id).first()
    if not _is_genuine(credential) or user is None:
        raise TokenInvalid("Sign in again.")
    return user, None


def _is_genuine(credential: Credential) -> bool:
    now = timezone.now().timestamp()
    return usersig.is_valid(credential.user_sig, user_id=credential.user_id, now=now)
