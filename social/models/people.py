"""What one person is to another: friend or not, blocked or not."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rtcserver.dates import moment_of_stamp
from rtcserver.holding import HoldableRows


class FriendshipQuerySet(HoldableRows["Friendship"]):
    def agreed(self) -> Self:
        return self.filter(status=Friendship.Status.AGREED)

    def between(self, user: User, friend: User) -> Self:
        """The rows of both sides (one row, if a person befriends themselves)."""
        there, back = Q(user=user, friend=friend), Q(user=friend, friend=user)
        return self.filter(there | back)


class Friendship(models.Model):
    """How `user` stands to `friend`; the other side has a row of its own.

    Only these pairs exist (own/other, either way round): 10/11, 10/21, 20/20, 20/30, 30/30.
    Every writer holds the lock of both people, so no other pair can come about.
    """

    class Status(models.IntegerChoices):
        REQUESTING = 10, _("requesting")  # asked, and waits for the answer
        REQUESTED = 11, _("requested")  # was asked, and has not answered
        AGREED = 20, _("agreed")
        IGNORED = 21, _("ignored")  # was asked, and will not answer
        DELETED = 30, _("deleted")

    user = models.ForeignKey(User, models.CASCADE, related_name="friendships", db_index=False)
    friend = models.ForeignKey(User, models.CASCADE, related_name="friendships_of_others")
    display_name = models.CharField(_("display name"), max_length=32, blank=True)
    # What the asking side wrote; on the row of the one who was asked.
    message = models.CharField(_("message"), max_length=64, blank=True)
    status = models.PositiveSmallIntegerField(_("status"), choices=Status)
    status_changed_at = models.DateTimeField(_("status changed at"))
    stamp = models.BigIntegerField(default=0, editable=False)  # of the last change, by SyncClock

    objects = FriendshipQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("friendship")
        verbose_name_plural = _("friendships")
        indexes = [models.Index("user", "stamp", name="friendship_sync")]
        constraints = [
            models.UniqueConstraint(fields=["user", "friend"], name="friendship_once"),
            models.CheckConstraint(
                condition=Q(status__in=[10, 11, 20, 21, 30]), name="friendship_status_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} → {self.friend}"

    @property
    def updated_at(self) -> datetime:
        return moment_of_stamp(self.stamp)


class BlockQuerySet(models.QuerySet["Block"]):
    def active(self) -> Self:
        return self.filter(is_active=True)


class Block(models.Model):
    """`user` has put `blocked` on their blacklist; taken off, the row stays for sync."""

    user = models.ForeignKey(User, models.CASCADE, related_name="blocks", db_index=False)
    blocked = models.ForeignKey(User, models.CASCADE, related_name="blocks_by_others")
    is_active = models.BooleanField(_("active"), default=True)
    stamp = models.BigIntegerField(default=0, editable=False)  # of the last change, by SyncClock

    objects = BlockQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("blacklist entry")
        verbose_name_plural = _("blacklist entries")
        indexes = [models.Index("user", "stamp", name="block_sync")]
        constraints = [
            models.UniqueConstraint(fields=["user", "blocked"], name="block_once"),
            models.CheckConstraint(condition=~Q(user=F("blocked")), name="block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.user} ✕ {self.blocked}"


class SocialProfile(User):
    """A person as the console shows them among friends: a proxy, no table of its own."""

    class Meta:
        proxy = True
        ordering = ["id"]
        verbose_name = _("person's friends and sync")
        verbose_name_plural = _("friends and sync of people")
