"""Events on their way to the teams' own software (docs/events.md)."""

from accounts.delivery.dispatch import queue_events
from accounts.delivery.sending import send_due, sweep_deliveries

__all__ = ["queue_events", "send_due", "sweep_deliveries"]
