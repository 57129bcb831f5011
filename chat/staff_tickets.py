"""Tickets of console staff for the socket: short-lived, and worth nothing once rights are gone."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import signing
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts.models import User
from rtcserver.dates import moment_of_stamp

LIFETIME = timedelta(minutes=10)  # the page fetches a new one when it has run out
_SALT = "chat.staff"
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class StaffPass:
    """Whose ticket it is, and until when."""

    user: User
    expires_at: datetime


def may_look(user: object) -> bool:
    """Whether somebody at the console may look into conversations."""
    return (
        isinstance(user, User)
        and user.is_active
        and user.is_staff
        and user.has_perm("chat.view_conversation")
    )


def issue_staff_ticket(user: User) -> str:
    """A signed statement of who they are, bound to their password. Ask `may_look` first."""
    expires = int((timezone.now() + LIFETIME).timestamp() * _MILLISECONDS)
    facts = [user.public_id, user.get_session_auth_hash(), expires]
    return signing.dumps(facts, salt=_SALT)


def staff_pass(ticket: str) -> StaffPass | None:
    """Whom a ticket was issued to; None if it is forged, has run out or their rights are gone."""
    try:
        public_id, auth_hash, expires = signing.loads(ticket, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    expires_at = moment_of_stamp(expires)
    user = User.objects.filter(public_id=public_id).first()
    if expires_at <= timezone.now() or not may_look(user) or user is None:
        return None
    if not constant_time_compare(auth_hash, user.get_session_auth_hash()):
        return None
    return StaffPass(user, expires_at)
