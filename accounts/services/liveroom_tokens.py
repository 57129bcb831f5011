"""Logins by signature and their tokens: issued, renewed, checked, ended.

Why not django-oauth-toolkit's tables: docs/decisions/0005-liveroom-tokens.md.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import CharField
from django.utils import timezone

from accounts.errors import TokenExpired, TokenInvalid
from accounts.hashers import checksum, new_secret
from accounts.models import LiveRoomToken, Login, User
from accounts.services.logins import Device, create_login
from rtcserver.prepared import Parameter, PreparedObject

TOKEN_LIFETIME = timedelta(days=30)
OVERLAP = timedelta(
    minutes=10
)  # how long a renewed token still counts: lost answers, parallel calls
GRACE = timedelta(seconds=60)  # how long after sign-out an account may still be removed
KEPT = timedelta(days=60)  # how long an expired token is told apart from an unknown one


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token as its holder gets it, once; `text` is stored nowhere."""

    text: str
    expires_at: datetime


def start_signature_login(user: User, device: Device) -> IssuedToken:
    """Sign a person in. Call inside a transaction. Records `login.started`."""
    now = timezone.now()
    login = create_login(user, device, expires_at=now + TOKEN_LIFETIME)
    return _issue(login, now)


def live_token(*, user_id: str, token: str) -> LiveRoomToken:
    """The token behind a user id and a token's text, with its login and person: one query.

    Raises:
        TokenExpired: It was that user's and its time is over.
        TokenInvalid: Unknown, another user's, or signed out.
    """
    found = _find(user_id, token)
    if found.login.ended_at or not found.login.user.is_active:
        raise TokenInvalid("Sign in again.")
    if found.expires_at <= timezone.now():
        raise TokenExpired("Sign in again.")
    return found


def removable_token(*, user_id: str, token: str) -> LiveRoomToken:
    """As `live_token`, and for GRACE after its login ended: clients sign out, then remove."""
    found = _find(user_id, token)
    if found.login.ended_at and timezone.now() - found.login.ended_at <= GRACE:
        return found
    return live_token(user_id=user_id, token=token)


@transaction.atomic
def renew_token(token: LiveRoomToken) -> IssuedToken:
    """Issue a fresh token of the same login; the presented one lives on for OVERLAP.

    Raises TokenInvalid: The login has ended meanwhile.
    """
    login = Login.objects.select_for_update().get(pk=token.login_id)
    if login.ended_at:
        raise TokenInvalid("Sign in again.")
    now = timezone.now()
    login.tokens.filter(pk=token.pk, expires_at__gt=now + OVERLAP).update(expires_at=now + OVERLAP)
    login.tokens.filter(expires_at__lt=now - KEPT).delete()
    login.expires_at = now + TOKEN_LIFETIME
    login.save(update_fields=["expires_at"])
    return _issue(login, now)


@transaction.atomic
def sweep_liveroom_tokens() -> int:
    """Delete tokens that ran out more than KEPT ago; returns how many. Logins stay as the log."""
    before = timezone.now() - KEPT
    return LiveRoomToken.objects.filter(expires_at__lt=before).delete()[0]


def _find(user_id: str, token: str) -> LiveRoomToken:
    found = _token_of_user(checksum=checksum(token), user_id=user_id)
    if found is None:
        raise TokenInvalid("Sign in again.")
    return found


_token_of_user = PreparedObject(
    lambda: LiveRoomToken.objects.filter(
        checksum=Parameter("checksum", CharField()),
        login__user__signature_user__public_id=Parameter("user_id", CharField()),
    ),
    {
        "": {"id", "login_id", "expires_at"},
        "login": {"id", "user_id", "seen_at", "ended_at"},
        "login__user": {
            "id", "public_id", "is_active", "name", "portrait_url", "region", "phone", "email",
        },
        "login__user__signature_user": {"id", "user_id", "public_id", "tag", "tag2"},
    },
)  # fmt: skip


def _issue(login: Login, now: datetime) -> IssuedToken:
    issued = IssuedToken(text=new_secret(), expires_at=now + TOKEN_LIFETIME)
    login.tokens.create(checksum=checksum(issued.text), expires_at=issued.expires_at)
    return issued
