"""Groups: rooms of people who stay members whether they are there or not."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from rooms.models import Room

MAX_MEMBERS = 500


class GroupQuerySet(models.QuerySet["Group"]):
    def open(self) -> Self:
        return self.filter(room__closed_at=None)


class Group(models.Model):
    """What only a group has; its name, portrait, creator and members are those of its room.

    The creator is `room.owner`; a dismissed group has a closed room without members. Every
    write in a group raises `room.stamp`, so nothing in it is newer than that.
    """

    room = models.OneToOneField(Room, models.CASCADE, primary_key=True, related_name="group")
    bulletin = models.TextField(_("bulletin"), max_length=1024, null=True, blank=True)
    # Counted under the lock of the room, so that the constraint below holds against any race.
    member_count = models.PositiveIntegerField(_("members"), default=0)
    max_members = models.PositiveIntegerField(_("most members"), default=MAX_MEMBERS)

    objects = GroupQuerySet.as_manager()

    class Meta:
        ordering = ["room_id"]
        verbose_name = _("group")
        verbose_name_plural = _("groups")
        constraints = [
            models.CheckConstraint(
                condition=Q(member_count__lte=F("max_members")), name="group_not_overfull"
            ),
        ]

    def __str__(self) -> str:
        return str(self.room)
