"""What the OpenAPI file says beyond the views themselves: security, errors, the token endpoint."""

import threading
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

ERRORS = {
    "400": "What was sent cannot be read, or the state of things forbids it.",
    "401": "No usable bearer token; or the session or participant was cancelled.",
    "403": "The token lacks the scope.",
    "404": "Unknown here: no such id, or another team's.",
    "429": "Too many requests; `Retry-After` says when to come back.",
}
RTCAT_ERRORS = {
    "400": "What was sent cannot be read, or the session or token is over.",
    "403": "The key or its secret is missing or wrong, or the key may not do this.",
    "404": "Unknown here: no such id, deleted, or another team's.",
    "429": "Too many requests; `Retry-After` says when to come back.",
}
SEALTALK_ERRORS = {
    "400": "What was sent cannot be read, or the state of things forbids it.",
    "403": "Not logged in, or not allowed.",
    "404": "Unknown here.",
    "429": "Too many requests; `Retry-After` says when to come back.",
}
NAMED_IN_BODY = ("/v1/user/auth-codes", "/v1/system/clients")  # what may be unknown
TEXT = ""  # no component: a line for people
REFUSALS = {
    "/v1/": ("Error", ERRORS),
    "/v0.4/": ("RtcatError", RTCAT_ERRORS),
    **dict.fromkeys(("/user/", "/friendship/", "/group/", "/misc/"), (TEXT, SEALTALK_ERRORS)),
}
COMPONENTS = {
    "schemas": {
        "Error": {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {
                    "type": "object",
                    "required": ["code", "message"],
                    "properties": {
                        "code": {"type": "string", "description": "Stable, for programs."},
                        "message": {"type": "string", "description": "For people."},
                    },
                }
            },
        },
        "Token": {
            "type": "object",
            "required": ["access_token", "refresh_token", "expires_in", "token_type", "scope"],
            "properties": {
                "access_token": {"type": "string"},
                "refresh_token": {"type": "string"},
                "expires_in": {"type": "integer", "description": "Seconds."},
                "token_type": {"type": "string", "enum": ["Bearer"]},
                "scope": {"type": "string"},
            },
        },
        "LiveRoomError": {
            "type": "object",
            "required": ["errorCode", "codeStr", "errorMessage", "version"],
            "properties": {
                "errorCode": {"type": "integer", "description": "Stable, for programs."},
                "codeStr": {"type": "string"},
                "errorMessage": {"type": "string", "description": "For people."},
                "version": {"type": "string"},
            },
        },
        "RtcatError": {
            "type": "object",
            "required": ["error", "description"],
            "properties": {
                "error": {"type": "string", "description": "Stable, for programs."},
                "description": {"type": "string", "description": "For people."},
            },
        },
        "OAuthError": {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {"type": "string"},
                "error_description": {"type": "string"},
            },
        },
    },
    "securitySchemes": {
        "apiKey": {
            "type": "http",
            "scheme": "basic",
            "description": "api_key and key_secret of an API client.",
        }
    },
}


class OnceGenerator(SchemaGenerator):
    """Describes the API once per process: the library may not be entered by two threads."""

    _lock = threading.Lock()
    _described: dict[str, Any] | None = None

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        with OnceGenerator._lock:
            if OnceGenerator._described is None:
                OnceGenerator._described = super().get_schema(request, public)
            return OnceGenerator._described


class BearerScheme(OpenApiAuthenticationExtension):
    """Bearer tokens, with the scopes that each view requires."""

    target_class = "accounts.authentication.BearerAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = {name: str(text) for name, text in settings.SCOPES.items()}
        flow = {"tokenUrl": "/v1/auth/token", "scopes": scopes}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {self.name: list(auto_schema.view.required_scopes)}


class LoginCookieScheme(OpenApiAuthenticationExtension):
    """The login cookie of people."""

    target_class = "accounts.authentication.LoginCookie"
    name = "loginCookie"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {"type": "apiKey", "in": "cookie", "name": settings.LOGIN_COOKIE_NAME}


class KeyHeadersScheme(OpenApiAuthenticationExtension):
    """The two headers of the RTCat dialect."""

    target_class = "accounts.authentication.KeyHeaders"
    name = ["rtcatKey", "rtcatSecret"]

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, Any]]:
        names = ("X-RTCAT-APIKEY", "X-RTCAT-SECRET")
        return [{"type": "apiKey", "in": "header", "name": name} for name in names]

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        return {name: [] for name in self.name}


class LiveRoomSchema(AutoSchema):
    """A LiveRoom view names its parameters and its `data`; the path is its name."""

    view: Any

    def get_tags(self) -> list[str]:
        return ["LiveRoom dialect"]

    def get_operation_id(self) -> str:
        return "liveroom_" + "_".join(self.path.strip("/").split("/")[2:])

    def map_parsers(self) -> list[str]:
        return ["application/json", "application/x-www-form-urlencoded"]

    def get_request_serializer(self) -> Any:
        return self.view.Parameters

    def get_response_serializers(self) -> Any:
        answer = self.view.Answer
        return answer(many=True) if answer and self.view.many else answer


class ChatroomSchema(AutoSchema):
    """A chatroom view names its parameters; the texts of `res` are in docs/dialects/chatroom.md."""

    view: Any

    def get_tags(self) -> list[str]:
        return ["Chatroom dialect"]

    def get_operation_id(self) -> str:
        return "chatroom_" + self.path.rsplit("/", 1)[1]

    def get_override_parameters(self) -> list[Any]:
        required = {name: name not in self.view.optional for name in self.view.parameters}
        return [OpenApiParameter(name, str, required=needed) for name, needed in required.items()]

    def get_response_serializers(self) -> Any:
        fields = {"res": {"type": "string"}, "data": {"type": "object"}}
        return {200: {"type": "object", "properties": fields}}


def one_path_each(endpoints: list[Any], **context: Any) -> list[Any]:
    """Leave out what says the same again: LiveRoom's and RTCat's prefixes, POST of chatroom."""
    again = ("/base/v1/", "v0.3/")
    return [
        endpoint
        for endpoint in endpoints
        if not any(part in endpoint[0][1:] for part in again)
        and not (endpoint[2] == "POST" and endpoint[0].startswith(("/auth/", "/chatroom/")))
    ]


def add_liveroom_envelope(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Every answer of the LiveRoom dialect is an envelope around `data`."""
    for path, operations in result["paths"].items():
        if not path.startswith("/base/v1/"):
            continue
        for operation in operations.values():
            content = next(iter(operation["responses"].values())).get("content", {})
            fields: dict[str, Any] = {
                "errorCode": {"type": "integer", "enum": [0]},
                "errorMessage": {"type": "string"},
                "version": {"type": "string"},
            }
            if content:
                fields["data"] = content["application/json"]["schema"]
            envelope = {"type": "object", "properties": fields, "required": list(fields)}
            operation["responses"] = {
                "200": {
                    "description": "Done.",
                    "content": {"application/json": {"schema": envelope}},
                },
                "400": _json("The body cannot be read.", "LiveRoomError"),
                "500": _json("Refused; with 200 if the server is set so.", "LiveRoomError"),
            }
    return result


def add_errors(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """Every operation of these paths can be refused in the ways of one error shape."""
    for kind, parts in COMPONENTS.items():
        result["components"].setdefault(kind, {}).update(parts)
    for path, operations in result["paths"].items():
        found = [one for one in REFUSALS if path.startswith(one)]
        for operation in operations.values() if found else ():
            shape, meanings = REFUSALS[found[0]]
            for status, meaning in meanings.items():
                names_something = "{" in path or path in NAMED_IN_BODY or not shape
                if status == "404" and not names_something:
                    continue
                answer = _json(meaning, shape) if shape else _text(meaning)
                operation["responses"].setdefault(status, answer)
    return result


def add_token_endpoints(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """The endpoints that django-oauth-toolkit answers, which no serializer describes."""
    result["paths"] |= {
        "/v1/auth/token": _form(
            "create_token",
            "Exchange credentials for an access token and a refresh token.",
            {
                "grant_type": {
                    "type": "string",
                    "enum": [
                        "client_credentials",
                        "refresh_token",
                        "authorization_code",
                        "password",
                    ],
                },
                "refresh_token": {"type": "string"},
                "code": {"type": "string"},
                "username": {"type": "string"},
                "password": {"type": "string"},
            },
            ["grant_type"],
            _json("The tokens.", "Token"),
        ),
        "/v1/auth/revoke": _form(
            "revoke_token",
            "Revoke an own token (RFC 7009); a refresh token takes its access tokens along.",
            {"token": {"type": "string"}, "token_type_hint": {"type": "string"}},
            ["token"],
            {"description": "It does not count any more, whether or not it was known."},
        ),
        "/v1/auth/introspect": _form(
            "introspect_token",
            "Describe an own token (RFC 7662).",
            {"token": {"type": "string"}},
            ["token"],
            {
                "description": "What it gives, or `active: false`.",
                "content": {
                    "application/json": {
                        "schema": {"type": "object", "properties": {"active": {"type": "boolean"}}}
                    }
                },
            },
        ),
    }
    return result


def _form(
    operation_id: str, summary: str, fields: dict[str, Any], required: list[str], answer: Any
) -> dict[str, Any]:
    schema = {"type": "object", "properties": fields, "required": required}
    return {
        "post": {
            "operationId": operation_id,
            "description": summary,
            "tags": ["tokens"],
            "security": [{"apiKey": []}],
            "requestBody": {
                "required": True,
                "content": {"application/x-www-form-urlencoded": {"schema": schema}},
            },
            "responses": {
                "200": answer,
                "400": _json("Refused as RFC 6749 5.2 says.", "OAuthError"),
                "401": _json("The key or its secret is wrong.", "OAuthError"),
                "429": _json("Too many failures with this key.", "OAuthError"),
            },
        }
    }


def _text(description: str) -> dict[str, Any]:
    return {"description": description, "content": {"text/html": {"schema": {"type": "string"}}}}


def _json(description: str, component: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{component}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
