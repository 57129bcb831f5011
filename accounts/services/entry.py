"""Ways in by phone: registering, logging in, and passwords."""

from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from accounts.errors import PhoneTaken
from accounts.models import FailedLogin, Login, User
from accounts.phones import normalised
from accounts.services.codes import use_token
from accounts.services.guesses import proved, proved_person
from accounts.services.logins import Device, end_logins, start_login
from accounts.services.people import set_password
from rtcserver.events import Actor, record
from rtcserver.models import SyncClock


def is_phone_free(*, region: str, phone: str) -> bool:
    """Whether nobody has registered with that phone. Raises BadPhone."""
    return not User.objects.of_phone(*normalised(region, phone)).exists()


@transaction.atomic
def register(*, name: str, password: str, token: UUID, device: Device) -> tuple[User, str]:
    """Make the person who proved a phone, and let them in.

    Returns:
        The person and the key of their first login.

    Raises:
        UnknownVerification: The token is unknown, expired or has registered someone.
        PhoneTaken: Somebody has that phone; the token stays good for a reset.

    Records `user.created` and `login.started`.
    """
    proof = use_token(token, purpose="registered_at")
    try:
        with transaction.atomic():
            user = User.objects.create_user(
                password, region=proof.region, phone=proof.phone, name=name
            )
    except IntegrityError:
        raise PhoneTaken("This phone has been registered.") from None
    actor = Actor("person", user.public_id, device.dialect)
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=actor)
    _login, key = start_login(user=user, device=device)
    user.stamp = SyncClock.tick()
    user.save(update_fields=["stamp"])
    return user, key


def log_in(*, region: str, phone: str, password: str, device: Device) -> tuple[Login, str]:
    """Let a person in by phone and password.

    Returns:
        The login and its key.

    Raises:
        BadPhone: No number of an allowed region.
        WrongPassword: Wrong phone or password, a blocked person, or too many failures lately;
            nobody can tell which, by the answer or by the time it takes.

    Records `login.started`.
    """
    region, phone = normalised(region, phone)
    user = User.objects.of_phone(region, phone).first()
    user = proved(user, password, region=region, phone=phone, address=device.address)
    return start_login(user=user, device=device)


def change_password(*, login: Login, old: str, new: str, actor: Actor, address: str = "") -> None:
    """Replace the password of the person logged in; all their other logins end.

    Raises:
        WrongPassword: `old` is not the password, or there were too many failures lately; they
            count as those of `log_in`.

    Records `user.password_set` and `login.ended`.
    """
    with proved_person(login.user_id, old, address=address) as user:
        set_password(user, new, actor=actor)
        end_logins(user, actor=actor, except_=login)


@transaction.atomic
def reset_password(*, token: UUID, password: str, dialect: str) -> None:
    """Set a password by a proved phone; all logins end, unless RTC_RESET_ENDS_LOGINS is off.

    A phone that nobody registered changes nothing and is not told apart.

    Raises:
        UnknownVerification: The token is unknown, expired or was used for a reset.

    Records `user.password_set` and `login.ended`.
    """
    proof = use_token(token, purpose="reset_at")
    users = User.objects.select_for_update().of_phone(proof.region, proof.phone)
    if (user := users.first()) is None:
        return
    actor = Actor("person", user.public_id, dialect)
    set_password(user, password, actor=actor)
    FailedLogin.objects.of_phone(proof.region, proof.phone).delete()
    if settings.RESET_ENDS_LOGINS:
        end_logins(user, actor=actor)


def find_by_phone(*, region: str, phone: str) -> User | None:
    """The person with that phone, unless blocked. Raises BadPhone."""
    return User.objects.of_phone(*normalised(region, phone)).filter(is_active=True).first()
