"""Sending what is due, and what follows from the answers."""

import asyncio
import json
import logging
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit, urlunsplit

import httpx
from django.conf import settings
from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.delivery.addresses import Forbidden, resolve
from accounts.delivery.signing import signature
from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.shown_events import shown
from rtcserver.crypto import decrypt

logger = logging.getLogger(__name__)

# Seconds between attempts: about three days in all, as the specification suggests.
PAUSES = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400]
ROUND = 100  # deliveries sent together
ROUNDS_SECONDS = 1.0  # one round follows another for so long, then the turn is given back
OF_ONE_ENDPOINT = 10  # of them, so that a slow receiver does not hold up the others
LEASE = timedelta(seconds=90)  # a delivery in hand is not taken by somebody else
TIMEOUT_SECONDS = 15.0
GONE = 410  # the receiver asks to be left alone

State = WebhookDelivery.State


@dataclass(frozen=True, slots=True)
class Answer:
    status: int | None
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def send_due() -> int:
    """Send rounds of due deliveries; returns how many were tried. At least once each.

    A queue goes as fast as its receiver takes it; who dies has one round in hand.
    """
    tried, until = 0, time.monotonic() + ROUNDS_SECONDS
    while taken := _take():
        answers = asyncio.run(_send_all(taken))
        for delivery, answer in zip(taken, answers, strict=True):
            _settle(delivery, answer)
        tried += len(taken)
        if time.monotonic() > until:
            break
    return tried


def sweep_deliveries() -> int:
    """Delete a batch of deliveries older than RTC_WEBHOOK_LOG_DAYS; returns how many."""
    before = timezone.now() - timedelta(days=settings.WEBHOOK_LOG_DAYS)
    old = WebhookDelivery.objects.exclude(state=State.PENDING).filter(created_at__lt=before)
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:1000])
    return WebhookDelivery.objects.filter(pk__in=ids).delete()[0]


def _take() -> list[WebhookDelivery]:
    """Due deliveries, each claimed by a conditional update."""
    now = timezone.now()
    taken: list[WebhookDelivery] = []
    for delivery in _fair_round(now):
        mine = WebhookDelivery.objects.filter(pk=delivery.pk, due_at=delivery.due_at)
        if mine.filter(state=State.PENDING).update(due_at=now + LEASE):
            taken.append(delivery)
    return taken


def _fair_round(now: datetime) -> list[WebhookDelivery]:
    """The oldest few of each endpoint: a long queue of one is no queue of the others."""
    due = WebhookDelivery.objects.due(now).filter(
        endpoint__is_active=True, endpoint__team__is_active=True
    )
    place = Window(RowNumber(), partition_by=F("endpoint"), order_by=["due_at", "id"])
    first = due.annotate(place=place).filter(place__lte=OF_ONE_ENDPOINT)
    return list(first.select_related("endpoint", "event")[:ROUND])


async def _send_all(deliveries: list[WebhookDelivery]) -> list[Answer]:
    async with httpx.AsyncClient(
        timeout=TIMEOUT_SECONDS, follow_redirects=False, trust_env=False
    ) as client:
        return await asyncio.gather(*(_send(client, delivery) for delivery in deliveries))


async def _send(client: httpx.AsyncClient, delivery: WebhookDelivery) -> Answer:
    endpoint = delivery.endpoint
    body = json.dumps(shown(delivery.event), separators=(",", ":")).encode()
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            address = await resolve(endpoint.url)
            request = _request(client, endpoint, address, str(delivery.event_id), body)
            answer = await client.send(request, stream=True)  # the body is of no interest
            await answer.aclose()
    except Forbidden as refused:
        return Answer(None, str(refused))
    except Exception as fault:  # noqa: BLE001 (whatever one address causes, the others are sent)
        return Answer(None, type(fault).__name__)
    return Answer(answer.status_code)


def _request(
    client: httpx.AsyncClient, endpoint: WebhookEndpoint, address: str, event_id: str, body: bytes
) -> httpx.Request:
    """To the address that was checked, under the name that was given."""
    parts = urlsplit(endpoint.url)
    host = f"[{address}]" if ":" in address else address
    netloc = f"{host}:{parts.port}" if parts.port else host
    message_id, now = f"evt_{event_id}_{endpoint.public_id}", int(time.time())
    secret = decrypt(endpoint.secret)
    return client.build_request(
        "POST",
        urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, "")),
        content=body,
        headers={
            "host": parts.netloc,
            "content-type": "application/json",
            "user-agent": "rtcserver-webhooks/1",
            "webhook-id": message_id,
            "webhook-timestamp": str(now),
            "webhook-signature": signature(secret, message_id=message_id, timestamp=now, body=body),
        },
        extensions={"sni_hostname": parts.hostname},
    )


def _settle(delivery: WebhookDelivery, answer: Answer) -> None:
    attempts, now = delivery.attempts + 1, timezone.now()
    facts: dict[str, object] = {
        "attempts": attempts,
        "answer_status": answer.status,
        "error": answer.error[:200],
    }
    if answer.is_good:
        facts |= {"state": State.DELIVERED, "delivered_at": now}
    elif attempts > len(PAUSES):
        facts["state"] = State.DEAD
    else:
        pause = PAUSES[attempts - 1] * random.uniform(0.9, 1.1)  # noqa: S311 (spreads load)
        facts["due_at"] = now + timedelta(seconds=pause)
    WebhookDelivery.objects.filter(pk=delivery.pk, state=State.PENDING).update(**facts)
    if answer.status == GONE:
        WebhookEndpoint.across_teams.filter(pk=delivery.endpoint_id).update(is_active=False)
        logger.info("Webhook %s is gone and was switched off", delivery.endpoint.public_id)
