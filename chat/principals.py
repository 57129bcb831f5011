"""Whom a chat socket speaks for, and until when: every credential the server knows.

What a credential proves is asked again when somebody's logins change: by the login, where the
credential was a token of one. Rights in a conversation are asked by every service anew.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from django.utils import timezone

from accounts import usersig
from accounts.authentication import find_grant
from accounts.errors import TokenExpired, TokenInvalid
from accounts.models import Login, User
from accounts.services import find_login_by_id, find_login_by_socket_token, live_token
from chat.services import Speaker, SpeakerKind
from chat.staff_tickets import staff_pass
from sessions_api.models import Participant
from sessions_api.tickets import peer_id_of

SCOPES = frozenset({"rooms", "sessions"})


@dataclass(frozen=True, slots=True)
class Principal:
    """A speaker and what proved it."""

    speaker: Speaker
    expires_at: datetime | None = None
    ask_again: "Check | None" = field(default=None, compare=False)  # None: as at first

    @property
    def user_id(self) -> int | None:
        """The person; nobody, if an API client, a participant or staff speaks."""
        return self.speaker.user_id if self.speaker.kind is SpeakerKind.PERSON else None

    @property
    def looks_only(self) -> bool:
        """Staff read what they oversee; what they change, they change at the console."""
        return self.speaker.kind is SpeakerKind.STAFF


Check = Callable[[], Principal | None]


def check_of(credentials: Mapping[str, str]) -> Check | None:
    """How to check what a client showed; None if it is none of the known sets of names.

    `bearer` | `login` | `ticket` | `staff` | `userId` with `userSig` or `token`.
    """
    given = frozenset(credentials)
    for names, check in _CHECKS.items():
        if given == names:
            values = [credentials[name] for name in sorted(names)]
            return partial(_asked, partial(check, *values))
    return None


def _asked(check: Check) -> Principal | None:
    """What a credential proves now; asked again, the same way unless the check knows another."""
    found = check()
    if found is None or found.ask_again:
        return found
    return replace(found, ask_again=partial(_asked, check))


def _by_bearer(token: str) -> Principal | None:
    """An access token: of a person, or of an API client for the conversations of its team."""
    grant = find_grant(token)
    if grant is None:
        return None
    if grant.user_id is not None:
        person = User.objects.filter(pk=grant.user_id, is_active=True).first()
        return _person(person, grant.expires_at)
    if not grant.scopes & SCOPES:
        return None
    return Principal(Speaker.api_client(grant.api_key, team_id=grant.team_id), grant.expires_at)


def _by_login(token: str) -> Principal | None:
    """What SealTalk's `/user/get_token` hands out."""
    return _of_login(find_login_by_socket_token(token))


def _by_live_token(token: str, user_id: str) -> Principal | None:
    try:
        return _by_login_id(live_token(user_id=user_id, token=token).login_id)
    except (TokenExpired, TokenInvalid):
        return None


def _of_login(login: Login | None) -> Principal | None:
    """The token opened the socket; from then on the login counts, whatever tokens it has."""
    if login is None:
        return None
    again = partial(_by_login_id, login.pk)
    return Principal(Speaker.person(login.user), login.expires_at, again)


def _by_login_id(login_id: int) -> Principal | None:
    return _of_login(find_login_by_id(login_id))


def _by_user_sig(user_id: str, user_sig: str) -> Principal | None:
    if not usersig.is_valid(user_sig, user_id=user_id, now=timezone.now().timestamp()):
        return None
    person = User.objects.filter(signature_user__public_id=user_id, is_active=True).first()
    return _person(person, usersig.expires_at(user_sig))


def _by_ticket(ticket: str) -> Principal | None:
    peer_id = peer_id_of(ticket)
    return _participant(peer_id) if peer_id else None


def _participant(peer_id: UUID) -> Principal | None:
    """The ticket opened the socket; from then on the invitation counts, not the ticket's age."""
    participant = Participant.across_teams.not_canceled().filter(peer_id=peer_id).first()
    if participant is None:
        return None
    again = partial(_participant, peer_id)
    return Principal(Speaker.participant(participant), participant.expires_at, again)


def _by_staff(ticket: str) -> Principal | None:
    """What the web chat hands to staff who may look into conversations."""
    shown = staff_pass(ticket)
    return Principal(Speaker.staff(shown.user), shown.expires_at) if shown else None


def _person(user: User | None, expires_at: datetime | None = None) -> Principal | None:
    return Principal(Speaker.person(user), expires_at) if user else None


_CHECKS: dict[frozenset[str], Callable[..., Principal | None]] = {
    frozenset({"bearer"}): _by_bearer,
    frozenset({"login"}): _by_login,
    frozenset({"ticket"}): _by_ticket,
    frozenset({"staff"}): _by_staff,
    frozenset({"userId", "token"}): _by_live_token,
    frozenset({"userId", "userSig"}): _by_user_sig,
}
