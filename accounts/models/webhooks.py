"""Where teams want their events sent, and what became of each."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import Team
from rtcserver.ids import new_public_id
from rtcserver.models import Event
from rtcserver.tenancy import TeamRows


class WebhookEndpointQuerySet(models.QuerySet["WebhookEndpoint"]):
    def active(self) -> Self:
        return self.filter(is_active=True, team__is_active=True)


class WebhookEndpoint(models.Model):
    """An address of a team's own software that its events are sent to."""

    public_id = models.CharField(
        _("public id"), max_length=16, unique=True, default=new_public_id, editable=False
    )
    team = models.ForeignKey(
        Team, models.CASCADE, related_name="webhook_endpoints", verbose_name=_("team")
    )
    url = models.URLField(_("address"), max_length=2048)
    description = models.CharField(_("description"), max_length=200, blank=True)
    event_types = models.JSONField(
        _("event types"),
        default=list,
        blank=True,
        help_text=_("Such as session.created or room.*; none: all events of the team."),
    )
    secret = models.TextField(editable=False)  # encrypted; it has to sign
    is_active = models.BooleanField(_("active"), default=True)
    cursor = models.CharField(max_length=64, blank=True, editable=False)  # Event.cursor, queued
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    across_teams = WebhookEndpointQuerySet.as_manager()
    objects = TeamRows[WebhookEndpointQuerySet]()

    class Meta:
        ordering = ["id"]
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.url

    def wants(self, event_type: str) -> bool:
        """Whether an event of this type is to be sent; `room.*` stands for every `room.`…"""
        if not self.event_types:
            return True
        kind = event_type.partition(".")[0]
        return event_type in self.event_types or f"{kind}.*" in self.event_types


class WebhookDeliveryQuerySet(models.QuerySet["WebhookDelivery"]):
    def due(self, now: datetime | None = None) -> Self:
        pending = self.filter(state=WebhookDelivery.State.PENDING)
        return pending.filter(due_at__lte=now or timezone.now()).order_by("due_at", "id")


class WebhookDelivery(models.Model):
    """One event on its way to one endpoint."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        DEAD = "dead", _("given up")

    endpoint = models.ForeignKey(
        WebhookEndpoint,
        models.CASCADE,
        related_name="deliveries",
        db_index=False,
        verbose_name=_("webhook"),
    )
    event = models.ForeignKey(Event, models.CASCADE, related_name="+", verbose_name=_("event"))
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.PENDING)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    due_at = models.DateTimeField(_("next attempt"), default=timezone.now)
    answer_status = models.PositiveIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    delivered_at = models.DateTimeField(_("delivered at"), null=True, blank=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index("due_at", "id", name="delivery_due", condition=Q(state="pending")),
            models.Index("endpoint", "id", name="delivery_of_endpoint"),
            models.Index("created_at", name="delivery_age"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_once"),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "delivered", "dead"]),
                name="delivery_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.endpoint}"
