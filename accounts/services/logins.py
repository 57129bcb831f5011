"""Logins: who is in, from which device, and until when."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from accounts.hashers import checksum, new_secret
from accounts.models import Login, SocketToken, User
from accounts.signals import user_signed_out
from rtcserver.events import PEOPLE_TOPIC, Actor, publish, record
from rtcserver.prepared import Parameter, PreparedObject

SEEN_EVERY = timedelta(minutes=10)  # how exact `Login.seen_at` is: one write each time
TOKENS_PER_LOGIN = 5


@dataclass(frozen=True, slots=True)
class Device:
    """Where a request comes from, as it is kept with a login."""

    dialect: str
    address: str = ""
    user_agent: str = ""


@transaction.atomic
def start_login(*, user: User, device: Device) -> tuple[Login, str]:
    """Let `user` in on `device`.

    Returns:
        The login and its key, 64 hexadecimal digits that exist nowhere else.

    Records `login.started`.
    """
    key = new_secret()
    expires_at = timezone.now() + timedelta(days=settings.LOGIN_DAYS)
    return create_login(user, device, expires_at=expires_at, key=key), key


def create_login(user: User, device: Device, *, expires_at: datetime, key: str = "") -> Login:
    """The row of a login, with or without a key of its own. Records `login.started`."""
    now = timezone.now()
    login = Login.objects.create(
        user=user,
        key_checksum=checksum(key) if key else None,
        dialect=device.dialect,
        address=inet(device.address),
        user_agent=device.user_agent.replace("\x00", "")[:255],
        created_at=now,
        seen_at=now,
        expires_at=expires_at,
    )
    actor = Actor("person", user.public_id, device.dialect)
    record("login.started", subject_kind="user", subject_id=user.public_id, actor=actor)
    return login


def find_login(key: str) -> Login | None:
    """The open login behind a key, with its person; notes now and then that it was used."""
    login: Login | None = _open_login(key_checksum=checksum(key), now=timezone.now())
    if login:
        note_use(login)
    return login


_open_login = PreparedObject(  # every call of a SealTalk client asks for it
    lambda: Login.objects.open(Parameter("now", DateTimeField())).filter(
        key_checksum=Parameter("key_checksum", CharField())
    ),
    {"": (), "user": ()},
)


def note_use(login: Login) -> None:
    """Move `seen_at` on, at most once in SEEN_EVERY."""
    now = timezone.now()
    if login.seen_at < now - SEEN_EVERY:
        Login.objects.filter(pk=login.pk).update(seen_at=now)


def logins_heard(login_ids: Collection[int]) -> None:
    """Move `seen_at` of these logins on to now: their clients just called."""
    Login.objects.filter(pk__in=login_ids, ended_at=None).update(seen_at=timezone.now())


@transaction.atomic
def end_login(login: Login, *, actor: Actor) -> None:
    """End one login and all its tokens; ending it again changes nothing.

    Sends `accounts.signals.user_signed_out` unless another open login of the person was heard of
    lately. Publishes `people.signed_out`. Records `login.ended`.
    """
    _end(login.user, [login.pk], actor)


@transaction.atomic
def end_logins(user: User, *, actor: Actor, except_: Login | None = None) -> int:
    """End all logins of a person, but for one; returns how many. As `end_login` for each."""
    mine = Login.objects.filter(user=user, ended_at=None)
    if except_:
        mine = mine.exclude(pk=except_.pk)
    return _end(user, list(mine.values_list("pk", flat=True)), actor)


@transaction.atomic
def issue_socket_token(login: Login) -> str:
    """Return a token that opens our WebSocket, good until its login ends.

    A login has a handful at most: the oldest go first, and what they opened stays open.
    """
    token = new_secret()
    SocketToken.objects.create(login=login, checksum=checksum(token))
    tokens = SocketToken.objects.filter(login=login).order_by("-id")
    if surplus := list(tokens.values_list("pk", flat=True)[TOKENS_PER_LOGIN:]):
        SocketToken.objects.filter(pk__in=surplus).delete()
    return token


def find_login_by_socket_token(token: str) -> Login | None:
    """The open login that a socket token belongs to, with its person."""
    tokens = SocketToken.objects.filter(checksum=checksum(token))
    return Login.objects.open().select_related("user").filter(socket_tokens__in=tokens).first()


def find_login_by_id(login_id: int) -> Login | None:
    """A login by its id, with its person, while it counts."""
    return Login.objects.open().select_related("user").filter(pk=login_id).first()


def _end(user: User, logins: list[int], actor: Actor) -> int:
    now = timezone.now()
    ended = Login.objects.filter(pk__in=logins, ended_at=None).update(ended_at=now)
    SocketToken.objects.filter(login__in=logins).delete()
    if not ended:
        return 0
    record(
        "login.ended",
        subject_kind="user",
        subject_id=user.public_id,
        actor=actor,
        count=ended,
    )
    publish(PEOPLE_TOPIC, "people.signed_out", user_ids=[user.pk])
    lately = now - timedelta(seconds=settings.PRESENCE_OFFLINE_SECONDS)
    if not Login.objects.open(now).filter(user=user, seen_at__gte=lately).exists():
        user_signed_out.send(sender=User, user=user, actor=actor)
    return ended


def inet(address: str) -> str | None:
    """An address as the database keeps it; None for what is none."""
    try:
        return str(ip_address(address.partition("%")[0]))
    except ValueError:
        return None
