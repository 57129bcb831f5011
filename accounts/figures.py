"""What the installation tells Prometheus of accounts (rtcserver/metrics.py)."""

from django.utils import timezone

from accounts.models import WebhookDelivery
from rtcserver.metrics import Figure, register


def webhooks_due() -> float:
    return float(WebhookDelivery.objects.due().count())


def webhook_lag() -> float:
    """Seconds the delivery that is due longest has waited."""
    first = WebhookDelivery.objects.due().values_list("due_at", flat=True).first()
    return max(0.0, (timezone.now() - first).total_seconds()) if first else 0.0


register(Figure("rtc_webhooks_due", "Webhook deliveries that are due", webhooks_due))
register(Figure("rtc_webhook_lag_seconds", "How long the oldest has been due", webhook_lag))
