"""Webhook endpoints of a team: who is told of its events."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.delivery.addresses import Forbidden, check_url
from accounts.delivery.signing import new_signing_secret
from accounts.errors import BadEventType, BadWebhookUrl, TooManyWebhooks
from accounts.models import Team, WebhookDelivery, WebhookEndpoint
from accounts.shown_events import EVENT_TYPE, MOST_TYPES, newest_cursor
from rtcserver.crypto import encrypt
from rtcserver.events import Actor, record


@transaction.atomic
def create_webhook(
    *, actor: Actor, team: Team, url: str, description: str = "", event_types: Sequence[str] = ()
) -> tuple[WebhookEndpoint, str]:
    """Have the team's events sent to `url`, from now on.

    Returns the endpoint and its signing secret, which is shown nowhere again.

    Raises BadWebhookUrl, BadEventType, TooManyWebhooks. Records `webhook.created`.
    """
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)
    if WebhookEndpoint.objects.of_team(team.pk).count() >= settings.WEBHOOKS_PER_TEAM:
        raise TooManyWebhooks("The team has as many webhooks as it may.")
    secret = new_signing_secret()
    endpoint = WebhookEndpoint.across_teams.create(
        team=team,
        url=_checked_url(url),
        description=description,
        event_types=_checked_types(event_types),
        secret=encrypt(secret),
        cursor=newest_cursor(team.pk),
    )
    _record("webhook.created", endpoint, actor)
    return endpoint, secret


@transaction.atomic
def change_webhook(endpoint: WebhookEndpoint, changes: dict[str, Any], *, actor: Actor) -> None:
    """Set `url`, `description`, `event_types`, `is_active`; what is missing stays.

    Switched on again, it continues where it stopped. Raises BadWebhookUrl, BadEventType.
    Records `webhook.changed`.
    """
    if "url" in changes:
        changes["url"] = _checked_url(changes["url"])
    if "event_types" in changes:
        changes["event_types"] = _checked_types(changes["event_types"])
    for name, value in changes.items():
        setattr(endpoint, name, value)
    endpoint.save(update_fields=list(changes))
    _record("webhook.changed", endpoint, actor, changed=sorted(changes))


@transaction.atomic
def renew_webhook_secret(endpoint: WebhookEndpoint, *, actor: Actor) -> str:
    """Sign with a new secret from the next attempt on; returns it. Records `webhook.renewed`."""
    secret = new_signing_secret()
    endpoint.secret = encrypt(secret)
    endpoint.save(update_fields=["secret"])
    _record("webhook.renewed", endpoint, actor)
    return secret


@transaction.atomic
def delete_webhook(endpoint: WebhookEndpoint, *, actor: Actor) -> None:
    """With its deliveries, also those still pending. Records `webhook.deleted`."""
    _record("webhook.deleted", endpoint, actor)
    endpoint.delete()


@transaction.atomic
def test_webhook(endpoint: WebhookEndpoint, *, actor: Actor) -> WebhookDelivery:
    """Send an event to this endpoint alone, whatever it listens to. Records `webhook.tested`."""
    event = record(
        "webhook.tested",
        team_id=endpoint.team_id,
        subject_kind="webhook",
        subject_id=endpoint.public_id,
        actor=actor,
    )
    return WebhookDelivery.objects.create(endpoint=endpoint, event=event)


@transaction.atomic
def replay_delivery(delivery: WebhookDelivery, *, actor: Actor) -> None:
    """Send it again, with all its attempts before it. Records `webhook.replayed`."""
    WebhookDelivery.objects.filter(pk=delivery.pk).update(
        state=WebhookDelivery.State.PENDING, attempts=0, due_at=timezone.now(), delivered_at=None
    )
    _record("webhook.replayed", delivery.endpoint, actor, delivery=delivery.pk)


def _checked_url(url: str) -> str:
    try:
        check_url(url)
    except Forbidden as reason:
        raise BadWebhookUrl(str(reason)) from None
    return url


def _checked_types(types: Sequence[str]) -> list[str]:
    if len(types) > MOST_TYPES:
        raise BadEventType(f"At most {MOST_TYPES} event types.")
    for name in types:
        if not isinstance(name, str) or not EVENT_TYPE.fullmatch(name):
            raise BadEventType("Event types are such as session.created, or room.*.")
    return sorted(set(types))


def _record(event_type: str, endpoint: WebhookEndpoint, actor: Actor, **facts: Any) -> None:
    record(
        event_type,
        team_id=endpoint.team_id,
        subject_kind="webhook",
        subject_id=endpoint.public_id,
        actor=actor,
        **facts,
    )
