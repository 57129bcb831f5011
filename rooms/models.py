"""Rooms of every kind, and who is in them."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from rtcserver.ids import new_public_id


class RoomQuerySet(models.QuerySet["Room"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)


class Room(models.Model):
    """A place people are in together. What only one kind has lives in a 1:1 row of its app.

    A live room and a chat room are known by a `key` their client chose; a group has none
    and is known by its `public_id`.
    """

    class Kind(models.TextChoices):
        CHAT = "chat", _("chat room")
        LIVE = "live", _("live room")
        GROUP = "group", _("group")

    public_id = models.CharField(
        _("public id"), max_length=16, unique=True, default=new_public_id, editable=False
    )
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="rooms",
        verbose_name=_("team"),
        help_text=_("Empty for groups and rooms of people who belong to no team."),
    )
    key = models.CharField(_("room id"), max_length=128, null=True, blank=True)
    name = models.CharField(_("name"), max_length=128, blank=True)
    picture = models.CharField(_("picture"), max_length=512, blank=True)
    owner = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="owned_rooms",
        verbose_name=_("owner"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    stamp = models.BigIntegerField(default=0, editable=False)  # SyncClock; groups only

    across_teams = RoomQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [models.Index("team", "kind", "id", name="room_of_team")]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(key__isnull=False), name="room_key_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["chat", "live", "group"]), name="room_kind_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.key or self.public_id


class MembershipQuerySet(models.QuerySet["Membership"]):
    def present(self) -> Self:
        return self.filter(left_at=None)


class Membership(models.Model):
    """One person in one room; leaving keeps the row, so that others' devices can learn of it."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="memberships", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="room_memberships")
    role = models.CharField(_("role"), max_length=32, blank=True)
    display_name = models.CharField(_("display name"), max_length=128, blank=True)
    joined_at = models.DateTimeField(_("joined at"))
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    stamp = models.BigIntegerField(default=0, editable=False)  # SyncClock; groups only

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        indexes = [
            models.Index(
                "room", "joined_at", "id", name="member_present", condition=Q(left_at=None)
            ),
        ]
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="member_once")]

    def __str__(self) -> str:
        return f"{self.user} in {self.room}"
