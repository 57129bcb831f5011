"""`/v1/auth/…`: token, revocation (RFC 7009), introspection (RFC 7662), metadata (RFC 8414)."""

import json
from typing import Any

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.views.mixins import OAuthLibMixin
from oauthlib.common import Request

from accounts.authentication import FAILURES
from accounts.hashers import checksum
from accounts.models import AccessToken, RefreshToken
from accounts.oauth import TokenValidator
from rtcserver.errors import DatabaseAway
from rtcserver.wire.base import client_address
from rtcserver.wire.throttles import hit

GRANT_TYPES = ("client_credentials", "refresh_token", "authorization_code", "password")
DESCRIPTIONS = {
    "invalid_client": "The key or its secret is wrong.",
    "invalid_grant": "What was granted is unknown, used up, expired, or another key's.",
    "invalid_scope": "This key may not ask for such a scope.",
    "invalid_request": "A parameter is missing, repeated, or contradicts another.",
}


class OAuthView(OAuthLibMixin, View):
    """A form in, JSON out, never cached; refusals as RFC 6749 5.2 writes them."""

    http_method_names = ["post", "options"]

    @method_decorator(csrf_exempt)
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            response = self.answer(request)
        except (BadRequest, MultiPartParserError, SuspiciousOperation, UnicodeError, ValueError):
            response = refusal(400, "invalid_request", "The form cannot be read.")
        except DatabaseAway:
            response = refusal(503, "temporarily_unavailable", "Try again shortly.")
            response["Retry-After"] = "5"
        if response.status_code == 401:
            response["WWW-Authenticate"] = 'Basic realm="token", charset="UTF-8"'
        response["Content-Type"] = "application/json"
        response["Cache-Control"] = "no-store"
        response["Pragma"] = "no-cache"
        return response

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            response = refusal(405, "invalid_request", "Use POST.")
            response["Allow"] = "POST"
            return response
        if any(len(values) > 1 for _name, values in request.POST.lists()):
            return refusal(400, "invalid_request", "A parameter is given more than once.")
        if any("\x00" in value for value in request.POST.values()):
            return refusal(400, "invalid_request", "A parameter has a NUL character.")
        self._normalise_scheme(request)
        response = self.post(request)
        if self._is_guess(request, response) and (wait := self._count_guess(request)):
            # Whoever knows the secret is never kept out by the guesses of others.
            response = refusal(429, "slow_down", "Too many failures.")
            response["Retry-After"] = str(int(wait))
        return response

    @staticmethod
    def _is_guess(request: HttpRequest, response: HttpResponse) -> bool:
        """A wrong secret, or a wrong password: what tells a guesser to go on."""
        is_password = request.POST.get("grant_type") == "password"
        return response.status_code == 401 or (is_password and response.status_code == 400)

    def _count_guess(self, request: HttpRequest) -> float | None:
        name = request.POST.get("username", "").lower() or self._api_key(request)
        return hit(FAILURES, "token", client_address(request), checksum(name))

    @staticmethod
    def _normalise_scheme(request: HttpRequest) -> None:
        """`basic` counts as `Basic` (RFC 9110 11.1); the library compares the case."""
        scheme, _blank, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() == "basic":
            request.META["HTTP_AUTHORIZATION"] = f"Basic {credentials.strip()}"

    @staticmethod
    def _api_key(request: HttpRequest) -> str:
        # Half of the header tells keys apart well enough to count, and is no secret.
        return checksum(request.META.get("HTTP_AUTHORIZATION", "")[:48])


class TokenView(OAuthView):
    """`POST /v1/auth/token` (contract A.3)."""

    def post(self, request: HttpRequest) -> HttpResponse:
        grant_type = request.POST.get("grant_type", "")
        if not grant_type:
            return refusal(400, "invalid_request", "grant_type is missing.")
        if grant_type not in GRANT_TYPES:
            return refusal(400, "unsupported_grant_type", "No such grant type.")
        _url, headers, body, status = self.create_token_response(request)
        if status >= 400:
            body = _complete(body)
        return HttpResponse(body, status=status, headers=headers)


class RevokeView(OAuthView):
    """`POST /v1/auth/revoke`: 200 whether or not the token was known."""

    def post(self, request: HttpRequest) -> HttpResponse:
        _url, headers, body, status = self.create_revocation_response(request)
        return HttpResponse(body or "{}", status=status, headers=headers)


class IntrospectView(OAuthView):
    """`POST /v1/auth/introspect`: a key asks about its own tokens; others are inactive to it."""

    def post(self, request: HttpRequest) -> HttpResponse:
        core = self.get_oauthlib_core()
        asking = Request(*core._extract_params(request))
        if not TokenValidator().authenticate_client(asking):
            return refusal(401, "invalid_client", "The key or its secret is wrong.")
        if not (token := request.POST.get("token")):
            return refusal(400, "invalid_request", "token is missing.")
        own = {"token_checksum": checksum(token), "application": asking.client}
        if access := AccessToken.objects.live().select_related("user").filter(**own).first():
            return JsonResponse(_description(access) | {"exp": int(access.expires.timestamp())})
        if refresh := RefreshToken.objects.select_related("user").filter(**own).first():
            return JsonResponse(_description(refresh))
        return JsonResponse({"active": False})


class MetadataView(View):
    """`GET /.well-known/oauth-authorization-server`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        base = settings.PUBLIC_BASE_URL
        password = settings.OAUTH2_PROVIDER["COMPLIANT_BCP_RFC9700_PASSWORD_GRANT"]
        return JsonResponse(
            {
                "issuer": base,
                "token_endpoint": f"{base}/v1/auth/token",
                "revocation_endpoint": f"{base}/v1/auth/revoke",
                "introspection_endpoint": f"{base}/v1/auth/introspect",
                "grant_types_supported": [
                    grant for grant in GRANT_TYPES if not (grant == "password" and password)
                ],
                "response_types_supported": [],
                "scopes_supported": list(settings.SCOPES),
                "token_endpoint_auth_methods_supported": ["client_secret_basic"],
                "revocation_endpoint_auth_methods_supported": ["client_secret_basic"],
                "introspection_endpoint_auth_methods_supported": ["client_secret_basic"],
                "service_documentation": f"{base}/v1/docs",
            },
            headers={"Access-Control-Allow-Origin": "*"},
        )


def _complete(body: str) -> str:
    """A refusal of the library with all that the contract shows (A.3.5), by codes of RFC 6749."""
    told = json.loads(body)
    if told["error"] == "server_error":  # its word for parameters that contradict each other
        told = {"error": "invalid_request"}
    return json.dumps({"error_description": DESCRIPTIONS.get(told["error"], "Refused.")} | told)


def refusal(status: int, error: str, description: str) -> HttpResponse:
    return JsonResponse({"error": error, "error_description": description}, status=status)


def _description(token: AccessToken | RefreshToken) -> dict[str, Any]:
    return {
        "active": True,
        "scope": token.scope,
        "client_id": token.application.client_id,
        "token_type": "Bearer",
        "iat": int(token.created.timestamp()),
        "sub": token.user.public_id if token.user else token.application.client_id,
    }
