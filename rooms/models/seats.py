"""What only chat rooms have: seats, taken under a name by whoever calls or connects."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from rooms.models.rooms import Room
from rooms.states import never_joined_before, seated_at


class SeatQuerySet(models.QuerySet["Seat"]):
    def seated(self, now: datetime | None = None) -> Self:
        """Who is a member at this moment, by a call or by a socket."""
        return self.filter(seated_at(now or timezone.now()))

    def connected(self, now: datetime | None = None) -> Self:
        return self.filter(socket_until__gt=now or timezone.now())


class Seat(models.Model):
    """A name in a chat room. A call takes it for a minute, a socket for as long as it lives.

    `left_until` outlives the seat: who left by the socket may still say so by a call.
    """

    room = models.ForeignKey(Room, models.CASCADE, related_name="seats", db_index=False)
    name = models.CharField(_("name"), max_length=64)
    picture = models.CharField(_("picture"), max_length=512, blank=True)
    # Whose name it is, as far as that was proved; guests are known by the name alone.
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="seats", verbose_name=_("person")
    )
    called_until = models.DateTimeField(_("taken by a call until"), null=True, blank=True)
    socket = models.CharField(max_length=32, blank=True, editable=False)  # which one holds it
    socket_until = models.DateTimeField(_("held by a socket until"), null=True, blank=True)
    left_until = models.DateTimeField(null=True, blank=True, editable=False)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")
        indexes = [models.Index("socket", name="seat_of_socket", condition=~Q(socket=""))]
        constraints = [models.UniqueConstraint(fields=["room", "name"], name="seat_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_taken(self) -> bool:
        """By somebody who may have lapsed."""
        return self.called_until is not None or self.socket_until is not None

    def is_seated(self, now: datetime) -> bool:
        return self.is_connected(now) or (self.called_until is not None and self.called_until > now)

    def is_connected(self, now: datetime) -> bool:
        return self.socket_until is not None and self.socket_until > now


class ChatRoomQuerySet(models.QuerySet["ChatRoom"]):
    def standing(self, now: datetime | None = None) -> Self:
        """Rooms that are there at this moment, whether or not the sweep has come by."""
        now = now or timezone.now()
        unused = Q(entered_at=None, room__created_at__gt=never_joined_before(now))
        seats = Seat.objects.seated(now).filter(room=OuterRef("pk"))
        return self.filter(room__closed_at=None).filter(Q(is_kept=True) | unused | Exists(seats))

    def with_population(self, now: datetime | None = None) -> Self:
        """Annotate `population`: how many are seated, in one statement for all rows."""
        seats = Seat.objects.seated(now).filter(room=OuterRef("pk")).order_by()
        counted = seats.values("room").annotate(n=Count("pk")).values("n")
        return self.annotate(population=Coalesce(Subquery(counted), 0))


class ChatRoom(models.Model):
    """What only chat rooms have. The name is `Room.key` while the room is there."""

    room = models.OneToOneField(Room, models.CASCADE, primary_key=True, related_name="chat")
    is_kept = models.BooleanField(
        _("stays"), default=False, help_text=_("It is there even when nobody is in it.")
    )
    entered_at = models.DateTimeField(_("first entered at"), null=True, blank=True)
    turn = models.BigIntegerField(default=0, editable=False)  # counts who came and went

    objects = ChatRoomQuerySet.as_manager()

    class Meta:
        ordering = ["room"]
        verbose_name = _("chat room")
        verbose_name_plural = _("chat rooms")

    def __str__(self) -> str:
        return str(self.room)
