"""Signature names: registering, signing in, and what signed-in people do to their account."""

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import phonenumbers
from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.errors import (
    BadName,
    BadSignature,
    BadSignatureTime,
    NameTaken,
    NothingToSet,
    RegistrationClosed,
    SignatureUsed,
    TokenInvalid,
    UnknownUser,
)
from accounts.hashers import new_secret
from accounts.models import LiveRoomToken, SignatureName, SignatureUser, UsedSignature, User
from accounts.services.liveroom_tokens import (
    IssuedToken,
    removable_token,
    start_signature_login,
)
from accounts.services.logins import Device
from accounts.services.profiles import erase_user
from rtcserver.crypto import decrypt, encrypt, rotate
from rtcserver.events import Actor, record
from rtcserver.models import SyncClock

WINDOW = timedelta(
    minutes=10
)  # how far a signature's time may be from ours, and how long it is kept
_SECONDS_BELOW = 10**11  # a smaller time stamp counts seconds, a larger one milliseconds
DIALECT = "liveroom"
SIGNATURE_HASHES = ("md5", "sha256")


@transaction.atomic
def register_name(*, name: str, salt: str, invite: str = "") -> SignatureName:
    """Register a name whose holder signs with `salt`, which is kept encrypted.

    Args:
        invite: Needed when RTC_LIVEROOM_REGISTRATION is `invite`.

    Raises:
        RegistrationClosed: Nobody may register, or not with that invite.
        BadName: Blank at an end, or with characters that cannot be seen.
        NameTaken: It is there; its salt stays as it was.

    Records `signature_name.registered`.
    """
    if not _may_register(invite):
        raise RegistrationClosed("Registration is not open.")
    if not name.isprintable() or name != name.strip():
        raise BadName("The name has blanks at an end, or invisible characters.")
    try:
        with transaction.atomic():
            registered = SignatureName.objects.create(name=name, salt=encrypt(salt))
    except IntegrityError:
        raise NameTaken("That name cannot be registered.") from None
    record(
        "signature_name.registered",
        subject_kind="signature_name",
        subject_id=registered.pk,
        actor=Actor("system", "", DIALECT),
    )
    return registered


def sign_in(
    *,
    name: str,
    signature: str,
    tag: str = "",
    ts: str = "",
    nonce: str = "",
    device: Device,
    algorithm: str = "md5",
    nickname: str = "",
    portrait_url: str = "",
) -> tuple[User, IssuedToken]:
    """Sign in by `md5("{name}-{tag}-{ts}-{nonce}-{salt}")`, in lower-case hexadecimal.

    Args:
        algorithm: Of SIGNATURE_HASHES; md5 is what the original clients know.
        ts: Unix time in milliseconds or seconds; with it, the signature counts once.
        nickname: As `portrait_url`, fills what is still empty.

    Returns:
        The person of (name, tag), made at the first sign-in, and their token.

    Raises:
        BadSignature: Wrong signature, unknown name or blocked person; takes the same time.
        BadSignatureTime: `ts` is no time, too far from now, or missing where it is required.
        SignatureUsed: It was accepted before.

    Records `login.started`, and `user.created` the first time.
    """
    signed_at = _signed_at(ts)
    registered = SignatureName.objects.filter(name=name).first()
    # An unknown name costs the same: encrypting takes as long as decrypting.
    salt = decrypt(registered.salt) if registered else _nobodys_salt()
    text = f"{name}-{tag}-{ts}-{nonce}-{salt}"
    expected = hashlib.new(algorithm, text.encode(), usedforsecurity=False).hexdigest()
    if not constant_time_compare(expected, signature) or registered is None:
        raise BadSignature("Wrong name or signature.")
    profile = {"name": nickname, "portrait_url": portrait_url}
    return _admit(registered, tag, expected, signed_at, device, profile)


@transaction.atomic
def _admit(
    registered: SignatureName,
    tag: str,
    digest: str,
    signed_at: datetime | None,
    device: Device,
    profile: dict[str, str],
) -> tuple[User, IssuedToken]:
    locked = SignatureName.objects.select_for_update().filter(pk=registered.pk).first()
    if locked is None:
        raise BadSignature("Wrong name or signature.")
    if signed_at:
        _use_up(locked, digest, signed_at)
    found = SignatureUser.objects.select_related("user").filter(name=locked, sign_in_tag=tag)
    known = found.first() or _create_user(locked, tag)
    user = known.user
    user.signature_user = known
    if not user.is_active:
        raise BadSignature("Wrong name or signature.")
    token = start_signature_login(user, device)
    _fill(user, profile)
    return user, token


@transaction.atomic
def update_signature_user(
    user: User,
    *,
    name: str = "",
    tag: str = "",
    tag2: str = "",
    portrait_url: str = "",
) -> None:
    """Set what is given; the portrait goes along with one of the others.

    Raises:
        NothingToSet: Name and tags are all empty.
        TokenInvalid: The person was removed or blocked meanwhile.

    Records `user.updated`.
    """
    if not (name or tag or tag2):
        raise NothingToSet("Give a name or a tag.")
    user = User.objects.select_for_update().get(pk=user.pk)
    if not user.is_active:
        raise TokenInvalid("Sign in again.")
    tags = {field: value for field, value in (("tag", tag), ("tag2", tag2)) if value}
    if tags:
        SignatureUser.objects.filter(user=user).update(**tags)
    record("user.updated", subject_kind="user", subject_id=user.public_id, actor=_actor(user))
    shown = {"name": name, "portrait_url": portrait_url}
    _set(user, {field: value for field, value in shown.items() if value})


def find_signature_user(*, public_id: str = "", phone: str = "") -> User:
    """A person of the dialect, by user id or else by phone (`+8613800000000`).

    Raises UnknownUser.
    """
    people = User.objects.select_related("signature_user").filter(is_active=True)
    if public_id:
        found = people.filter(signature_user__public_id=public_id).first()
    else:
        found = people.filter(**_phone(phone), signature_user__isnull=False).first()
    if found is None:
        raise UnknownUser("No such user.")
    return found


@transaction.atomic
def remove_signature_user(*, user_id: str, token: str) -> None:
    """Remove an account: its salt, and everyone who signs in by its name, whatever the tag.

    The token may be of a login that ended less than a minute ago, even by this very act.

    Raises TokenInvalid, TokenExpired. Sends `accounts.signals.user_removed` and records
    `user.removed` for each person.
    """
    found: LiveRoomToken = removable_token(user_id=user_id, token=token)
    mine = SignatureUser.objects.get(user_id=found.login.user_id)
    if mine.name_id is None:
        return  # a moment ago
    registered = SignatureName.objects.select_for_update().filter(pk=mine.name_id).first()
    if registered is None:
        return  # by a call at the same time
    actor = _actor(found.login.user)
    people = User.objects.filter(signature_user__name=registered).order_by("pk")
    for user in list(people.select_for_update(of=("self",))):  # all, before a stamp is taken
        erase_user(user, actor=actor)
    registered.users.update(name=None, sign_in_tag="", tag=None, tag2=None)
    registered.delete()


@transaction.atomic
def sweep_used_signatures() -> int:
    """Delete signatures whose window is over; returns how many."""
    return UsedSignature.objects.filter(expires_at__lt=timezone.now()).delete()[0]


@transaction.atomic
def reencrypt_salts() -> int:
    """Put every salt under the first encryption key, so that older keys can go; how many."""
    names = list(SignatureName.objects.select_for_update().only("salt"))
    for registered in names:
        registered.salt = rotate(registered.salt)
    SignatureName.objects.bulk_update(names, ["salt"], batch_size=500)
    return len(names)


def _may_register(invite: str) -> bool:
    if settings.LIVEROOM_REGISTRATION == "invite":
        return constant_time_compare(invite, settings.LIVEROOM_INVITE_CODE)
    return bool(settings.LIVEROOM_REGISTRATION == "open")


def _nobodys_salt() -> str:
    salt = new_secret()
    return encrypt(salt) if settings.ENCRYPTION_KEYS else salt


def _signed_at(ts: str) -> datetime | None:
    if not ts and not settings.LIVEROOM_REQUIRE_TS:
        return None
    if not re.fullmatch(r"[0-9]{1,15}", ts):
        raise BadSignatureTime("ts must be a Unix time.")
    seconds = int(ts) if int(ts) < _SECONDS_BELOW else int(ts) / 1000
    if abs(timezone.now().timestamp() - seconds) > WINDOW.total_seconds():
        raise BadSignatureTime("ts is too far from the time of the server.")
    return datetime.fromtimestamp(seconds, UTC)


def _use_up(registered: SignatureName, digest: str, signed_at: datetime) -> None:
    try:
        with transaction.atomic():
            UsedSignature.objects.create(
                name=registered, digest=digest, expires_at=signed_at + 2 * WINDOW
            )
    except IntegrityError:
        raise SignatureUsed("Sign anew: this signature was used.") from None


def _create_user(registered: SignatureName, tag: str) -> SignatureUser:
    user = User.objects.create_user(None)
    made = SignatureUser.objects.create(
        user=user, name=registered, sign_in_tag=tag, tag=tag or None
    )
    tenant = settings.LIVEROOM_TENANT
    made.public_id = f"{tenant}-{made.pk}" if tenant else str(made.pk)
    made.save(update_fields=["public_id"])
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=_actor(user))
    return made


def _fill(user: User, profile: dict[str, str]) -> None:
    empty = {field: value for field, value in profile.items() if value and not getattr(user, field)}
    if empty:
        User.objects.select_for_update().get(pk=user.pk)  # before the stamp's lock, as everywhere
        _set(user, empty)


def _set(user: User, facts: dict[str, str]) -> None:
    changed = {field: value for field, value in facts.items() if getattr(user, field) != value}
    if not changed:
        return
    for field, value in changed.items():
        setattr(user, field, value)
    user.stamp = SyncClock.tick()
    user.save(update_fields=[*changed, "stamp"])


def _phone(phone: str) -> dict[str, Any]:
    try:
        number = phonenumbers.parse(f"+{phone.strip().removeprefix('+')}"[:30])
    except phonenumbers.NumberParseException:
        raise UnknownUser("No such user.") from None
    national = phonenumbers.national_significant_number(number)
    return {"region": str(number.country_code), "phone": national}


def _actor(user: User) -> Actor:
    return Actor("person", user.public_id, DIALECT)
