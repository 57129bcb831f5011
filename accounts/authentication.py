"""Ways a request proves who it acts for."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import CharField, DateTimeField
from django.utils import timezone
from limits import parse
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.errors import BadKey, TooManyFailures
from accounts.hashers import checksum
from accounts.models import AccessToken, Login, User
from accounts.services import client_with_secret, find_login
from rtcserver.prepared import Parameter, PreparedRows
from rtcserver.wire.base import client_address
from rtcserver.wire.cookies import cookie_value
from rtcserver.wire.throttles import hit

FAILURES = parse("30/minute")  # per address and key; successes are not counted


@dataclass(frozen=True, slots=True)
class BearerGrant:
    """What a token, or a key itself, gives: who acts (perhaps for a person), where, how far."""

    api_key: str
    team_id: int
    team_public_id: UUID
    scopes: frozenset[str]
    user_id: int | None
    expires_at: datetime | None = None  # of a token; a key lasts


class BearerAuthentication(OAuth2Authentication):
    """An access token in the Authorization header; never in the query or the body.

    One narrow query by checksum: oauthlib would parse the whole request again for every call,
    and full rows of token, client, team and user cost more than the rest of a request.
    """

    def authenticate(self, request: Request) -> tuple[None, BearerGrant] | None:
        scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        grant = find_grant(token.strip())
        if grant is None:
            request.oauth2_error = {  # type: ignore[attr-defined]
                "error": "invalid_token",
                "error_description": "The access token is unknown, revoked or expired.",
            }
            raise AuthenticationFailed("The access token is unknown, revoked or expired.")
        return None, grant


def find_grant(token: str) -> BearerGrant | None:
    """The grant behind an access token, if token, key, team and person are all still good."""
    found = _usable_token(checksum=checksum(token), now=timezone.now())
    if not found:
        return None
    [row] = found
    return BearerGrant(
        api_key=row["application__client_id"],
        team_id=row["application__team_id"],
        team_public_id=row["application__team__public_id"],
        scopes=frozenset(row["scope"].split()),
        user_id=row["user_id"],
        expires_at=row["expires"],
    )


_usable_token = PreparedRows(
    lambda: (
        AccessToken.objects.usable(at=Parameter("now", DateTimeField()))
        .filter(token_checksum=Parameter("checksum", CharField()))
        .values(
            "application__client_id",
            "application__team_id",
            "application__team__public_id",
            "scope",
            "user_id",
            "expires",
        )
    ),
    on_server=True,
)


class KeyHeaders(BaseAuthentication):
    """The RTCat dialect's way in: a key and its secret with every call (contract B.3).

    Raises BadKey; TooManyFailures for an address that goes on failing with a key. Who knows the
    secret is never kept out by the guesses of others.
    """

    def authenticate(self, request: Request) -> tuple[None, BearerGrant]:
        api_key = request.headers.get("X-RTCAT-APIKEY", "")
        client = client_with_secret(api_key, request.headers.get("X-RTCAT-SECRET", ""))
        if client is None:
            if wait := hit(FAILURES, "token", client_address(request), checksum(api_key)):
                raise TooManyFailures("Too many failures with this key.", wait=wait)
            raise BadKey("The API key or its secret is missing or wrong.")
        return None, BearerGrant(
            api_key=client.client_id,
            team_id=client.team_id,
            team_public_id=client.team.public_id,
            scopes=frozenset(client.scope.split()),
            user_id=None,
        )


class LoginCookie(BaseAuthentication):
    """The SealTalk dialect's cookie. One that is unknown, expired or forged counts as none."""

    def authenticate(self, request: Request) -> tuple[User, Login] | None:
        key = cookie_value(request._request)
        login = find_login(key) if key else None
        return (login.user, login) if login else None
