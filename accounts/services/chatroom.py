"""Names of the chatroom dialect: registering, logging in, and who may speak under a name."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.core.cache import cache
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.errors import BadPhone, NameTaken, RegistrationClosed, UnknownUser, WrongPassword
from accounts.hashers import checksum, new_secret
from accounts.models import ChatName, Login, User
from accounts.phones import normalised
from accounts.services.logins import Device, inet, start_login
from rtcserver.events import Actor, record

DIALECT = "chatroom"
LOGIN_COUNTS = timedelta(hours=12)  # how long a login speaks for its address
TICKET_SECONDS = 60
CHINA = "86"  # numbers of this dialect have no region

_NOBODYS_PASSWORD = make_password(new_secret())


@dataclass(frozen=True, slots=True)
class ChatLogin:
    known: ChatName
    login: Login


@transaction.atomic
def register_chat_name(*, tel: int, name: str, password: str) -> ChatName:
    """Make the person of a chat name.

    Raises:
        RegistrationClosed: RTC_CHATROOM_REGISTRATION is `closed`.
        NameTaken: Somebody has the name or the number, or proved that phone elsewhere.

    Records `user.created`.
    """
    if settings.CHATROOM_REGISTRATION != "open":
        raise RegistrationClosed("Registration is not open.")
    if _person_of_phone(tel):
        raise NameTaken("That name or number is taken.")
    user = User.objects.create_user(password, name=name)
    known = _name(user, name, tel)
    if known is None:
        raise NameTaken("That name or number is taken.")
    actor = Actor("person", user.public_id, DIALECT)
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=actor)
    return known


def log_in_by_tel(*, tel: int, password: str, device: Device) -> ChatLogin:
    """Let a person in by number and password.

    Whoever proved that phone elsewhere comes in with their password of there, and gets a chat
    name the first time: their own name, or one made from it if that is taken.

    Raises:
        UnknownUser: Nobody has that number.
        WrongPassword: Wrong password, or a blocked person.

    Records `login.started`.
    """
    known = ChatName.objects.select_related("user").filter(tel=tel).first()
    people = [known.user] if known else []
    people += [proved] if (proved := _person_of_phone(tel)) else []
    if not people:
        check_password(password, _NOBODYS_PASSWORD)
        raise UnknownUser("There is no such user.")
    for user in people:
        if user.is_active and user.has_usable_password() and user.check_password(password):
            login, _key = start_login(user=user, device=device)
            return ChatLogin(known if known and known.user == user else _name_of(user), login)
    raise WrongPassword("Wrong number or password.")


def find_chat_name(*, tel: int | None = None, name: str = "") -> ChatName:
    """A registered name, by the number or else by the name itself. Raises UnknownUser."""
    sought = {"name": name} if tel is None else {"tel": tel}
    people = ChatName.objects.select_related("user").filter(user__is_active=True)
    known = people.filter(**sought).first()
    if known is None:
        raise UnknownUser("There is no such user.")
    return known


def issue_chat_ticket(known: ChatName) -> str:
    """A ticket that opens one socket as this person, within TICKET_SECONDS."""
    ticket = new_secret()
    expires = timezone.now() + timedelta(seconds=TICKET_SECONDS)
    cache.set(_ticket_key(ticket), (known.pk, expires), TICKET_SECONDS)
    return ticket


def use_chat_ticket(ticket: str) -> int | None:
    """The id of the chat name a ticket was issued to, once; None for any other text."""
    key = _ticket_key(ticket)
    kept: tuple[int, datetime] | None = cache.get(key)
    if kept is None or kept[1] <= timezone.now() or not cache.delete(key):
        return None
    return kept[0]


def speaker_of(
    name: str, *, address: str, ticket_of: int | None = None, by_call: bool = False
) -> User | None:
    """Who acts under `name`, by RTC_CHATROOM_AUTH; None is a guest under an unregistered name.

    Args:
        address: Where they come from. A login from there within 12 hours counts, but for sockets
            where tickets are asked for.
        ticket_of: The chat name whose ticket they showed.

    Raises:
        UnknownUser: The name is somebody else's.
    """
    if settings.CHATROOM_AUTH == "open":
        return None
    known = ChatName.objects.select_related("user").filter(name=name).first()
    if known is None:
        return None
    proved = known.pk == ticket_of
    if not proved and (by_call or settings.CHATROOM_AUTH == "login-ip"):
        proved = _logged_in_from(known, address)
    if not (proved and known.user.is_active):
        raise UnknownUser("That name is somebody else's.")
    return known.user


def _logged_in_from(known: ChatName, address: str) -> bool:
    return (
        Login.objects.open()
        .filter(
            user=known.user_id,
            dialect=DIALECT,
            address=inet(address),
            created_at__gt=timezone.now() - LOGIN_COUNTS,
        )
        .exists()
    )


def _person_of_phone(tel: int) -> User | None:
    try:
        return User.objects.of_phone(*normalised(CHINA, str(tel))).first()
    except BadPhone:
        return None


def _name_of(user: User) -> ChatName:
    """The chat name of a person known by phone, made at their first login."""
    if known := ChatName.objects.filter(user=user).first():
        return known
    for name in (user.name[:64].strip(), f"{user.name[:50].strip()}-{user.public_id}"):
        if name and (made := _name(user, name, None)):
            return made
    return ChatName.objects.get(user=user)  # made by a login at the same moment


def _name(user: User, name: str, tel: int | None) -> ChatName | None:
    """None if the name or the number is somebody's."""
    try:
        with transaction.atomic():
            return ChatName.objects.create(user=user, name=name, tel=tel)
    except IntegrityError:
        return None


def _ticket_key(ticket: str) -> str:
    return f"chatroom-ticket:{checksum(ticket)}"
