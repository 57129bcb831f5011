"""How far a person's devices were told of what happened while they were away."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class NotificationPosition(models.Model):
    """The last event a person has seen the notification of; it never moves back."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    event_id = models.BigIntegerField()  # no foreign key: an order, not a reference

    class Meta:
        verbose_name = _("notification position")
        verbose_name_plural = _("notification positions")

    def __str__(self) -> str:
        return f"{self.user_id}: {self.event_id}"
