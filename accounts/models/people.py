"""People and the teams they work for."""

import uuid
from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from rtcserver.ids import new_public_id


class UserQuerySet(models.QuerySet["User"]):
    def known(self) -> Self:
        """People as others may see them: blocked ones too, removed ones no more."""
        return self.filter(removed_at=None)

    def of_phone(self, region: str, phone: str) -> Self:
        return self.filter(region=region, phone=phone)


class UserManager(BaseUserManager["User"].from_queryset(UserQuerySet)):  # type: ignore[misc]
    def create_user(self, password: str | None = None, **fields: Any) -> "User":
        user = self.model(**fields)
        user.set_password(password)  # None: nobody can log in by password
        user.save(using=self._db)
        return user

    def create_superuser(self, username: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(
            password, username=username, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """One row per person, whichever dialect they came in by.

    Every way in is optional and unique: a username for staff, an e-mail for API users,
    region and phone for those who registered by phone code.
    """

    public_id = models.CharField(
        _("public id"), max_length=16, unique=True, default=new_public_id, editable=False
    )
    username = models.CharField(
        _("username"),
        max_length=150,
        unique=True,
        null=True,
        blank=True,
        validators=[UnicodeUsernameValidator()],
    )
    email = models.EmailField(_("e-mail"), unique=True, null=True, blank=True)
    region = models.CharField(_("region"), max_length=5, blank=True)
    phone = models.CharField(_("phone"), max_length=20, null=True, blank=True)
    name = models.CharField(_("name"), max_length=128, blank=True)
    portrait_url = models.CharField(_("portrait"), max_length=512, blank=True)
    is_staff = models.BooleanField(_("staff"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    # A removed person's row stays, emptied: what others keep (messages, histories) names it.
    removed_at = models.DateTimeField(_("removed at"), null=True, editable=False)
    # When name or portrait last changed, by SyncClock; devices of friends sync on it.
    stamp = models.BigIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "username"

    class Meta:
        ordering = ["id"]
        verbose_name = _("user")
        verbose_name_plural = _("users")
        indexes = [models.Index("stamp", name="user_stamp")]  # who changed since a device synced
        constraints = [
            models.UniqueConstraint(
                fields=["region", "phone"],
                condition=Q(phone__isnull=False),
                name="user_phone_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.username or self.email or self.public_id

    def clean(self) -> None:
        """Store what was left empty as absent: only absent values may repeat."""
        super().clean()
        self.username = self.username or None
        self.email = (self.email or "").lower() or None
        self.phone = self.phone or None


class Team(models.Model):
    """A tenant: what belongs to one team is invisible to every other."""

    public_id = models.UUIDField(_("team id"), default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=100, unique=True)
    subdomain = models.CharField(_("subdomain"), max_length=63, blank=True)
    picture = models.CharField(_("picture"), max_length=2048, blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    members = models.ManyToManyField(User, through="TeamMembership", related_name="teams")

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class TeamMembership(models.Model):
    """A person who works for a team; as staff they see that team's rows in the admin."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="team_memberships")
    is_owner = models.BooleanField(_("owner"), default=False)

    class Meta:
        verbose_name = _("team membership")
        verbose_name_plural = _("team memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="team_member_once")]

    def __str__(self) -> str:
        return f"{self.user} @ {self.team}"
