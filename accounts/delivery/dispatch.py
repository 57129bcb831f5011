"""From the event log to the deliveries of each endpoint."""

from django.db import transaction

from accounts.models import WebhookDelivery, WebhookEndpoint
from accounts.shown_events import events_of_team

BATCH = 500  # events of one endpoint at a time
OWN = "webhook."  # what happens to webhooks themselves is in the log, and sent to none


def queue_events() -> int:
    """Queue what happened since for every active endpoint; returns how many deliveries.

    An endpoint's cursor moves in the transaction that queues, under the lock of its row: each
    event is queued once, however many workers run and wherever one of them dies.
    """
    active = WebhookEndpoint.across_teams.active().values_list("pk", flat=True)
    return sum(_queue(pk) for pk in list(active))


@transaction.atomic
def _queue(endpoint_id: int) -> int:
    held = WebhookEndpoint.across_teams.select_for_update().filter(pk=endpoint_id)
    endpoint = held.filter(is_active=True).first()
    if endpoint is None:
        return 0
    events = list(events_of_team(endpoint.team_id, after=endpoint.cursor)[:BATCH])
    if not events:
        return 0
    wanted = [
        event for event in events if endpoint.wants(event.type) and not event.type.startswith(OWN)
    ]
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(endpoint=endpoint, event=event) for event in wanted],
        ignore_conflicts=True,
    )
    endpoint.cursor = events[-1].cursor
    endpoint.save(update_fields=["cursor"])
    return len(wanted)
