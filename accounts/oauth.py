"""What our tokens do that django-oauth-toolkit's do not (contract A.3, decision 0002).

`client_credentials` answers a refresh token; refresh tokens of confidential clients are not
rotated, so that any number of workers may refresh with the same one; an old access token lives
out its hour after a refresh; codes are bound to the team instead of the key.
"""

import secrets
import time
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from jwcrypto import jwk, jwt
from jwcrypto.common import base64url_encode
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.scopes import BaseScopes
from oauthlib.common import Request
from oauthlib.oauth2 import ClientCredentialsGrant, Server
from oauthlib.oauth2.rfc6749 import errors

from accounts.hashers import checksum
from accounts.models import AccessToken, ApiClient, Grant, RefreshToken, User
from accounts.services import find_api_client, person_with_password

LIVE_REFRESH_TOKENS = 1000  # per client; the oldest go first

# Codes are handed out by a bearer-protected call, not by a redirect, so there is no address to
# compare; oauthlib insists on one.
NO_REDIRECT = "urn:ietf:wg:oauth:2.0:oob"


def _signing_key() -> jwk.JWK:
    return jwk.JWK(kty="oct", k=base64url_encode(settings.ACCESS_TOKEN_KEY))


def new_access_token(request: Request) -> str:
    """Make a JWT whose payload carries `userId` (or null): the JS SDK decodes it.

    The claims are decoration. Whether a token counts is decided by its row alone, so it can
    be revoked; an altered token has another checksum and no row.
    """
    issued_at = int(time.time())
    user: User | None = request.user
    token = jwt.JWT(
        header={"alg": "HS256", "typ": "JWT"},
        claims={
            "jti": secrets.token_urlsafe(24),
            "iat": issued_at,
            "exp": issued_at + request.expires_in,
            "client_id": request.client.client_id,
            "userId": user.public_id if user else None,
        },
    )
    token.make_signed_token(_signing_key())
    return token.serialize()


def new_refresh_token(request: Request) -> str:
    return secrets.token_hex(32)


class ClientScopes(BaseScopes):
    """A client may ask for the scopes staff gave it, and gets all of them by default."""

    def get_all_scopes(self) -> dict[str, Any]:
        return settings.SCOPES

    def get_available_scopes(
        self, application: ApiClient | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return application.scope.split() if application else list(settings.SCOPES)

    def get_default_scopes(
        self, application: ApiClient | None = None, *args: Any, **kwargs: Any
    ) -> list[str]:
        return self.get_available_scopes(application)


class _AlwaysWithRefresh:
    """The token handler, asked for a refresh token even where RFC 6749 4.4.3 advises none."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler

    def __getattr__(self, name: str) -> Any:
        return getattr(self._handler, name)

    def create_token(self, request: Request, refresh_token: bool = False, **options: Any) -> Any:
        return self._handler.create_token(request, refresh_token=True, **options)


class _ClientCredentialsWithRefresh(ClientCredentialsGrant):
    def create_token_response(self, request: Request, token_handler: Any) -> Any:
        return super().create_token_response(request, _AlwaysWithRefresh(token_handler))


class TokenServer(Server):
    """oauthlib's server with our client-credentials grant and without the implicit one."""

    def __init__(self, request_validator: Any, *args: Any, **options: Any) -> None:
        super().__init__(request_validator, *args, **options)
        grants = self._grant_types
        grants["client_credentials"] = _ClientCredentialsWithRefresh(request_validator)
        self._response_types.pop("token", None)


class TokenValidator(OAuth2Validator):
    """Every rule of contract A.3 that is not django-oauth-toolkit's own."""

    # --- who asks -----------------------------------------------------------------------------

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        return self._authenticate_basic_auth(request)  # credentials in the body do not count

    def _load_application(self, client_id: str | None, request: Request) -> ApiClient | None:
        client = find_api_client(client_id or "")
        if client is None or not client.is_usable(request):
            return None
        request.client = client
        return client

    def validate_user(
        self,
        username: str,
        password: str,
        client: ApiClient,
        request: Request,
        *args: Any,
        **kw: Any,
    ) -> bool:
        request.user = person_with_password(
            email=username, password=password, team_id=client.team_id
        )
        return request.user is not None

    # --- authorization codes: single use, of the team -------------------------------------------

    def get_default_redirect_uri(self, *args: Any, **kwargs: Any) -> str:
        return NO_REDIRECT

    def confirm_redirect_uri(
        self, client_id: str, code: str, redirect_uri: str, *args: Any, **kwargs: Any
    ) -> bool:
        return redirect_uri == NO_REDIRECT

    def validate_code(
        self, client_id: str, code: str, client: ApiClient, request: Request, *args: Any, **kw: Any
    ) -> bool:
        """Consume the code: of two calls with the same one, the database lets one delete it."""
        mine = Grant.objects.filter(code=checksum(code), application__team=client.team_id)
        grant = mine.select_related("user").first()
        if grant is None or not mine.delete()[0] or grant.is_expired():
            return False
        request.scopes = grant.scope.split()
        request.user = grant.user
        return grant.user.is_active

    def invalidate_authorization_code(self, *args: Any, **kwargs: Any) -> None:
        """Done by validate_code."""

    def is_pkce_required(self, client_id: str, request: Request) -> bool:
        return False  # no redirect that could leak a code: it is handed out to a bearer call

    def get_code_challenge(self, code: str, request: Request) -> None:
        return None

    def get_authorization_code_scopes(
        self, client_id: str, code: str, redirect_uri: str, request: Request
    ) -> list[str]:
        return request.scopes

    def _check_and_set_request_resource(self, request: Request) -> None:
        request.resource = []  # RFC 8707 audiences are not offered

    # --- refresh: never rotated, a new access token each time ------------------------------------

    def rotate_refresh_token(self, request: Request) -> bool:
        return False

    def validate_refresh_token(
        self, refresh_token: str, client: ApiClient, request: Request, *args: Any, **kwargs: Any
    ) -> bool:
        idle = timedelta(seconds=settings.OAUTH2_PROVIDER["REFRESH_TOKEN_EXPIRE_SECONDS"])
        stored = (
            RefreshToken.objects.select_related("user")
            .filter(
                token_checksum=checksum(refresh_token),
                application=client,
                revoked=None,
                updated__gt=timezone.now() - idle,
            )
            .first()
        )
        if stored is None or (stored.user and not stored.user.is_active):
            return False
        request.user = stored.user
        request.refresh_token = refresh_token
        request.refresh_token_instance = stored
        return True

    def get_original_scopes(
        self, refresh_token: str, request: Request, *args: Any, **kwargs: Any
    ) -> list[str]:
        granted, allowed = request.refresh_token_instance.scope, request.client.scope
        return [scope for scope in granted.split() if scope in allowed.split()]

    def _save_bearer_token(
        self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Called by django-oauth-toolkit inside a transaction."""
        if request.grant_type == "refresh_token":
            # The update also holds the row, so that a revocation waits and takes this token along.
            renewed = RefreshToken.objects.filter(
                pk=request.refresh_token_instance.pk, revoked=None
            ).update(updated=timezone.now())
            if not renewed:  # revoked since it was read
                raise errors.InvalidGrantError(request=request)
            refresh = request.refresh_token_instance
        else:
            refresh = self._store_refresh_token(token, request)
        access = AccessToken(
            user=request.user,
            application=request.client,
            scope=token["scope"],
            expires=timezone.now() + timedelta(seconds=token["expires_in"]),
            renewed_by=refresh,
        )
        self._set_token_value(access, token["access_token"])
        access.save()

    def _store_refresh_token(self, token: dict[str, Any], request: Request) -> RefreshToken:
        refresh = RefreshToken(user=request.user, application=request.client, scope=token["scope"])
        self._set_token_value(refresh, token["refresh_token"])
        refresh.save()
        of_client = RefreshToken.objects.filter(application=request.client).order_by("-id")
        surplus = of_client.values_list("id", flat=True)[LIVE_REFRESH_TOKENS:]
        if oldest := list(surplus):
            RefreshToken.objects.filter(id__in=oldest).delete()
        return refresh

    # --- revocation (RFC 7009) -------------------------------------------------------------------

    @transaction.atomic
    def revoke_token(
        self, token: str, token_type_hint: str | None, request: Request, *args: Any, **kwargs: Any
    ) -> None:
        """Forget the caller's token; a refresh token takes every access token of its own along."""
        own = {"token_checksum": checksum(token), "application": request.client}
        AccessToken.objects.filter(**own).delete()
        if refresh := RefreshToken.objects.select_for_update().filter(**own).first():
            AccessToken.objects.filter(renewed_by=refresh).delete()
            refresh.delete()
