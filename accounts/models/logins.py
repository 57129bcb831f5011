"""Logins of people: one row per device and log-in, which is also the log of who came in."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Expression, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class LoginQuerySet(models.QuerySet["Login"]):
    def open(self, at: datetime | Expression | None = None) -> Self:
        """Logins that still count, of people who may still come in."""
        return self.filter(ended_at=None, expires_at__gt=at or timezone.now(), user__is_active=True)


class Login(models.Model):
    """One person logged in on one device, by any dialect; ended ones stay as the log of logins.

    The credential itself (256 random bits, in the person's cookie) is never stored. A LiveRoom
    login has no key but tokens that follow each other (`LiveRoomToken`).
    """

    user = models.ForeignKey(User, models.CASCADE, related_name="logins", verbose_name=_("person"))
    key_checksum = models.CharField(max_length=64, unique=True, null=True, editable=False)
    dialect = models.CharField(_("dialect"), max_length=16)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    user_agent = models.CharField(_("device"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)
    seen_at = models.DateTimeField(_("last seen"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = LoginQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("login")
        verbose_name_plural = _("logins")
        indexes = [
            models.Index("user", name="login_open", condition=Q(ended_at=None)),
            models.Index("expires_at", name="login_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.created_at:%Y-%m-%d %H:%M}"


class SocketToken(models.Model):
    """What a client shows our WebSocket; it counts as long as its login does."""

    login = models.ForeignKey(Login, models.CASCADE, related_name="socket_tokens")
    checksum = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("socket token")
        verbose_name_plural = _("socket tokens")

    def __str__(self) -> str:
        return str(self.pk)
