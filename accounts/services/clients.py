"""Creating API clients, their secrets, and ending what they were given."""

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from accounts.errors import UnknownScope
from accounts.hashers import checksum, new_secret
from accounts.models import AccessToken, ApiClient, Grant, RefreshToken, Team
from rtcserver.events import Actor, record

SWEPT_AT_ONCE = 500
_UNKNOWN_CLIENT_SECRET = make_password(new_secret(), hasher="machine_secret")


def find_api_client(api_key: str) -> ApiClient | None:
    """The client of that key, with its team. Whether both may act is for the caller to ask.

    An unknown key costs a secret's time, so that time does not tell which keys exist.
    """
    clients = ApiClient.across_teams.select_related("team")
    known = bool(api_key) and "\x00" not in api_key
    client = clients.filter(client_id=api_key).first() if known else None
    if client is None:
        check_password("unknown", _UNKNOWN_CLIENT_SECRET)
    return client


def client_with_secret(api_key: str, secret: str) -> ApiClient | None:
    """The client of that key if the secret is its own and it may act, else None."""
    client = find_api_client(api_key)
    if client is None or not check_password(secret, client.client_secret):
        return None
    return client if client.is_active and client.team.is_active else None


@transaction.atomic
def create_api_client(
    *, actor: Actor, team: Team, name: str, scopes: Iterable[str] | None = None
) -> tuple[ApiClient, str]:
    """Create an API client of `team`, with the usual scopes unless others are named.

    Returns:
        The client (its api_key is `client_id`) and the key secret, which is stored hashed
        and cannot be shown again.

    Raises:
        UnknownScope: One of `scopes` is not in settings.SCOPES.

    Records `api_client.created`.
    """
    secret = new_secret()
    client = ApiClient.across_teams.create(
        team=team,
        name=name,
        client_id=str(uuid.uuid4()),
        client_secret=secret,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
        scope=_known(usual_scopes() if scopes is None else scopes),
    )
    _record(client, "api_client.created", actor)
    return client, secret


def usual_scopes() -> list[str]:
    """Every scope but those that create keys, people and teams."""
    return [scope for scope in settings.SCOPES if scope not in ("team", "system")]


@transaction.atomic
def update_api_client(client: ApiClient, *, actor: Actor, name: str, scopes: Iterable[str]) -> None:
    """Rename a client or change what it may ask for; tokens it has keep the scopes they had.

    Raises UnknownScope. Records `api_client.updated`.
    """
    client = _locked(client)
    client.name = name
    client.scope = _known(scopes)
    client.save(update_fields=["name", "scope", "updated"])
    _record(client, "api_client.updated", actor)


@transaction.atomic
def rotate_secret(client: ApiClient, *, actor: Actor) -> str:
    """Give `client` a new secret, returned once; the old one and every token die at once.

    Records `api_client.secret_rotated`.
    """
    client = _locked(client)
    secret = new_secret()
    client.client_secret = secret
    client.save(update_fields=["client_secret", "updated"])
    end_tokens(client)
    _record(client, "api_client.secret_rotated", actor)
    return secret


@transaction.atomic
def disable_api_client(client: ApiClient, *, actor: Actor) -> None:
    """Refuse `client` from now on and end its tokens; records `api_client.disabled`."""
    client = _locked(client)
    client.is_active = False
    client.save(update_fields=["is_active", "updated"])
    end_tokens(client)
    _record(client, "api_client.disabled", actor)


@transaction.atomic
def enable_api_client(client: ApiClient, *, actor: Actor) -> None:
    """Let a disabled client ask for tokens again; records `api_client.enabled`."""
    client = _locked(client)
    client.is_active = True
    client.save(update_fields=["is_active", "updated"])
    _record(client, "api_client.enabled", actor)


def end_tokens(client: ApiClient) -> None:
    """Delete every credential `client` ever got. Call inside a transaction."""
    AccessToken.objects.filter(application=client).delete()
    RefreshToken.objects.filter(application=client).delete()
    Grant.objects.filter(application=client).delete()


def create_auth_code(*, application: ApiClient, user_id: int) -> str:
    """Return a code that a key of the application's team may redeem once, within ten minutes."""
    code = new_secret()
    lifetime = timedelta(seconds=settings.OAUTH2_PROVIDER["AUTHORIZATION_CODE_EXPIRE_SECONDS"])
    Grant.objects.create(
        application=application,
        user_id=user_id,
        code=checksum(code),
        expires=timezone.now() + lifetime,
        scope=application.scope,
    )
    return code


@transaction.atomic
def sweep_access_tokens() -> int:
    """Delete a batch of access tokens and codes that ran out; returns how many."""
    now = timezone.now()
    tokens = AccessToken.objects.filter(expires__lt=now).order_by("expires")
    codes = Grant.objects.filter(expires__lt=now).order_by("expires")
    token_ids = list(tokens.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    code_ids = list(codes.values_list("pk", flat=True)[:SWEPT_AT_ONCE])
    AccessToken.objects.filter(pk__in=token_ids).delete()
    Grant.objects.filter(pk__in=code_ids).delete()
    return len(token_ids) + len(code_ids)


def _known(scopes: Iterable[str]) -> str:
    chosen = list(scopes)
    if unknown := set(chosen) - set(settings.SCOPES):
        raise UnknownScope(f"Unknown scope: {', '.join(sorted(unknown))}.")
    return " ".join(chosen)


def _locked(client: ApiClient) -> ApiClient:
    return ApiClient.across_teams.select_for_update().get(pk=client.pk)


def _record(client: ApiClient, event_type: str, actor: Actor) -> None:
    record(
        event_type,
        team_id=client.team_id,
        subject_kind="api_client",
        subject_id=client.client_id,
        actor=actor,
        name=client.name,
    )
