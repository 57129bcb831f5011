"""What phones prove: codes sent, tokens earned with them, and failed tries to log in."""

from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PhoneQuerySet(models.QuerySet[models.Model]):
    def of_phone(self, region: str, phone: str) -> Self:
        return self.filter(region=region, phone=phone)


class OfPhone(models.Model):
    """A row about a phone number, whether or not somebody registered with it."""

    region = models.CharField(_("region"), max_length=5)
    phone = models.CharField(_("phone"), max_length=20)
    created_at = models.DateTimeField(_("at"), default=timezone.now)

    objects = PhoneQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"+{self.region} {self.masked_phone}"

    @property
    def masked_phone(self) -> str:
        return f"{self.phone[:3]}****{self.phone[-2:]}"


class PhoneCode(OfPhone):
    """A code sent to a phone; the newest of a phone is the one that counts.

    Kept as an HMAC under a key of the installation: a million codes are soon hashed, so a
    plain hash would show them to whoever reads the table.
    """

    code_mac = models.CharField(max_length=64, editable=False)
    address = models.GenericIPAddressField(_("asked from"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    used_at = models.DateTimeField(_("used at"), null=True, blank=True)
    failure = models.CharField(_("failure"), max_length=100, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("phone code")
        verbose_name_plural = _("phone codes")
        indexes = [
            models.Index(fields=["region", "phone", "-id"], name="phone_code_newest"),
            models.Index("address", "created_at", name="phone_code_address"),
            models.Index("created_at", "region", name="phone_code_time"),
        ]


class CodeBudget(models.Model):
    """Codes sent to a region on one day (UTC). Its lock makes all counting of codes exact."""

    region = models.CharField(_("region"), max_length=5)
    day = models.DateField(_("day"))
    sent = models.PositiveIntegerField(_("sent"), default=0)

    class Meta:
        ordering = ["-day", "region"]
        verbose_name = _("code budget")
        verbose_name_plural = _("code budgets")
        constraints = [
            models.UniqueConstraint(fields=["region", "day"], name="code_budget_once"),
        ]

    def __str__(self) -> str:
        return f"+{self.region} {self.day}"


class VerificationToken(OfPhone):
    """Proof that someone holds a phone: good once to register and once to reset a password."""

    checksum = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"))
    registered_at = models.DateTimeField(_("used to register at"), null=True, blank=True)
    reset_at = models.DateTimeField(_("used to reset at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("verification token")
        verbose_name_plural = _("verification tokens")
        indexes = [models.Index("expires_at", name="verification_expiry")]


class FailedLogin(OfPhone):
    """A wrong password; slows down the next try from there and for that phone."""

    address = models.GenericIPAddressField(_("address"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("failed login")
        verbose_name_plural = _("failed logins")
        indexes = [
            models.Index("region", "phone", "created_at", name="failed_login_phone"),
            models.Index("address", "created_at", name="failed_login_address"),
            models.Index("created_at", name="failed_login_time"),
        ]


class OutboxMessage(OfPhone):
    """A text message that the outbox backend kept instead of sending it."""

    text = models.CharField(_("text"), max_length=500)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("outbox message")
        verbose_name_plural = _("outbox messages")
        indexes = [models.Index(fields=["region", "phone", "-id"], name="outbox_newest")]
