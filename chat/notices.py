"""Notifications of social acts, for the devices of one person (contract SealTalk 6)."""

from typing import Any

from django.db import transaction

from chat.models import NotificationPosition
from rtcserver.dates import iso_date
from social.models import Notification
from social.sealtalk_api.notifications import message_of

PAGE = 100


def pending(user_id: int, after: int | None = None) -> list[dict[str, Any]]:
    """What a person has not seen, oldest first, at most PAGE; two queries.

    Args:
        after: The event a device has got last; None: what was acknowledged.

    Returns dicts of `id`, `objectName`, `content` (both as the original clients know them), `time`.
    """
    if after is None:
        seen = NotificationPosition.objects.filter(pk=user_id)
        after = seen.values_list("event_id", flat=True).first() or 0
    shown = []
    for notification in Notification.objects.of_user(user_id).after(after)[:PAGE]:
        object_name, content = message_of(notification.event)
        shown.append(
            {
                "id": notification.event_id,
                "objectName": object_name,
                "content": content,
                "time": iso_date(notification.event.happened_at),
            }
        )
    return shown


@transaction.atomic
def acknowledge(user_id: int, event_id: int) -> None:
    """Note that everything up to an event was seen; never moves back."""
    newest = Notification.objects.of_user(user_id).order_by("-event_id")
    event_id = min(event_id, newest.values_list("event_id", flat=True).first() or 0)
    mine = NotificationPosition.objects.filter(pk=user_id)
    NotificationPosition.objects.bulk_create(
        [NotificationPosition(user_id=user_id, event_id=0)], ignore_conflicts=True
    )
    mine.filter(event_id__lt=event_id).update(event_id=event_id)
