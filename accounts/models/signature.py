"""Signature names and the tokens of their logins: the way in of the LiveRoom dialect."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.logins import Login
from accounts.models.people import User


class SignatureName(models.Model):
    """A registered name and the salt its signatures are made with.

    The salt is a shared secret that is needed to check MD5 signatures, so it cannot be hashed;
    it is encrypted (rtcserver/crypto.py).
    """

    name = models.CharField(_("name"), max_length=128, unique=True)
    salt = models.TextField(editable=False)
    created_at = models.DateTimeField(_("registered at"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("signature name")
        verbose_name_plural = _("signature names")

    def __str__(self) -> str:
        return self.name


class SignatureUser(models.Model):
    """Who a name signs in as under one tag, and what the dialect alone keeps about them.

    `public_id` is the row's own number as text, with the tenant of the time before it: it never
    changes and is never given again. A removed person keeps the row, without name and profile.
    """

    user = models.OneToOneField(User, models.CASCADE, related_name="signature_user")
    name = models.ForeignKey(
        SignatureName, models.SET_NULL, null=True, related_name="users", verbose_name=_("name")
    )
    sign_in_tag = models.CharField(_("tag at sign-in"), max_length=32, blank=True)
    public_id = models.CharField(_("user id"), max_length=64, unique=True, null=True)
    tag = models.CharField(_("tag"), max_length=32, null=True, blank=True)
    tag2 = models.CharField(_("second tag"), max_length=32, null=True, blank=True)

    class Meta:
        ordering = ["id"]
        verbose_name = _("signature user")
        verbose_name_plural = _("signature users")
        constraints = [
            models.UniqueConstraint(fields=["name", "sign_in_tag"], name="signature_user_once")
        ]

    def __str__(self) -> str:
        return self.public_id or str(self.pk)


class UsedSignature(models.Model):
    """A timed signature that was accepted; it is not accepted again within its window."""

    name = models.ForeignKey(SignatureName, models.CASCADE, db_index=False, related_name="+")
    digest = models.CharField(max_length=64)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("used signature")
        verbose_name_plural = _("used signatures")
        indexes = [models.Index("expires_at", name="used_signature_expiry")]
        constraints = [
            models.UniqueConstraint(fields=["name", "digest"], name="used_signature_once")
        ]

    def __str__(self) -> str:
        return str(self.pk)


class LiveRoomToken(models.Model):
    """A token of a LiveRoom login, by its checksum. Expired ones stay a while: 203 is not 204."""

    login = models.ForeignKey(Login, models.CASCADE, related_name="tokens")
    checksum = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("LiveRoom token")
        verbose_name_plural = _("LiveRoom tokens")
        indexes = [models.Index("expires_at", name="liveroom_token_expiry")]

    def __str__(self) -> str:
        return str(self.pk)
