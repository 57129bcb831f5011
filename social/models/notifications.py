"""Which events a person's devices are to be told of."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rtcserver.models import Event


class NotificationQuerySet(models.QuerySet["Notification"]):
    def of_user(self, user_id: int) -> Self:
        return self.filter(user_id=user_id)

    def after(self, event_id: int) -> Self:
        """What came after the event a device has seen last, oldest first."""
        return self.filter(event_id__gt=event_id).order_by("event_id").select_related("event")


class Notification(models.Model):
    """One person in the audience of one event; the facts are in the event, once for all.

    The audience is fixed in the transaction of the change. Events that notify are written
    while the SyncClock is held, so their ids appear in commit order and one event id is a
    cursor that skips nothing.
    """

    user = models.ForeignKey(
        User, models.CASCADE, related_name="notifications", db_index=False
    )  # the constraint's index serves it
    event = models.ForeignKey(Event, models.CASCADE, related_name="notifications")

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-event_id"]
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        constraints = [models.UniqueConstraint(fields=["user", "event"], name="notified_once")]

    def __str__(self) -> str:
        return f"{self.event} → {self.user}"
