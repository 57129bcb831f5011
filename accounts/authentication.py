"""Ways a request proves who it acts for."""

from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from accounts.hashers import checksum
from accounts.models import AccessToken, User


class BearerAuthentication(OAuth2Authentication):
    """An access token in the Authorization header; never in the query or the body.

    One query by checksum. oauthlib's own request object is left out: it parses the whole
    request again for every call, and the row alone decides.
    """

    def authenticate(self, request: Request) -> tuple[User | None, AccessToken] | None:
        scheme, _blank, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        access = (
            AccessToken.objects.live()
            .select_related("application__team", "user")
            .filter(token_checksum=checksum(token.strip()))
            .first()
        )
        if access is None or not _is_usable(access):
            request.oauth2_error = {  # type: ignore[attr-defined]
                "error": "invalid_token",
                "error_description": "The access token is unknown, revoked or expired.",
            }
            raise AuthenticationFailed("The access token is unknown, revoked or expired.")
        return access.user, access


def _is_usable(access: AccessToken) -> bool:
    client, user = access.application, access.user
    return bool(client and client.is_usable(None) and (user is None or user.is_active))
