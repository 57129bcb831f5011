"""Rooms of every kind, and who is in them."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from rooms.states import (
    RoomState,
    host_heard_since,
    in_room_at,
    offline_before,
    over_before,
    state_of,
)
from rtcserver.holding import HoldableRows
from rtcserver.ids import new_public_id
from rtcserver.tenancy import TeamRows

LIVE_AND_OPEN = Q(kind="live", closed_at=None)


def room_key(sent: str) -> str:
    """The id a room is kept under; with a tenant, ids that lack its prefix get it."""
    prefix = f"{settings.LIVEROOM_TENANT}-" if settings.LIVEROOM_TENANT else ""
    return sent if sent.startswith(prefix) else prefix + sent


class RoomQuerySet(models.QuerySet["Room"]):
    def open(self) -> Self:
        return self.filter(closed_at=None)

    def live(self) -> Self:
        return self.filter(kind=Room.Kind.LIVE)

    def in_state(self, state: RoomState, now: datetime | None = None) -> Self:
        """Live rooms that are visible, hidden or closed at this moment (rooms/states.py)."""
        now = now or timezone.now()
        visible, lasting = host_heard_since(offline_before(now)), host_heard_since(over_before(now))
        match state:
            case RoomState.VISIBLE:
                return self.open().filter(visible)
            case RoomState.HIDDEN:
                return self.open().filter(lasting).exclude(visible)
        return self.filter(Q(closed_at__isnull=False) | ~lasting)

    def lasting(self, now: datetime | None = None) -> Self:
        """Live rooms that are not closed."""
        return self.open().filter(host_heard_since(over_before(now or timezone.now())))

    def with_heads(self, now: datetime | None = None) -> Self:
        """Annotate `heads`: how many are in the room, in one statement for all rows."""
        inside = Membership.objects.filter(room=OuterRef("pk")).inside(now).order_by()
        counted = inside.values("room").annotate(n=Count("pk")).values("n")
        return self.annotate(heads=Coalesce(Subquery(counted), 0))

    def with_host(self) -> Self:
        """Join what the state of a room is read from."""
        return self.select_related(
            "live__created_by__signature_user",
            "live__updated_by__signature_user",
            "owner__presence",
            "owner__signature_user",
        )


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
    # What live rooms are listed by: here, beside `closed_at`, so that one index has both.
    app_id = models.CharField(_("app id"), max_length=32, blank=True)
    category = models.CharField(_("category"), max_length=32, blank=True)
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
    objects = TeamRows[RoomQuerySet]()

    class Meta:
        ordering = ["id"]
        verbose_name = _("room")
        verbose_name_plural = _("rooms")
        indexes = [
            models.Index("team", "kind", "id", name="room_of_team"),
            models.Index("id", name="room_live", condition=Q(kind="live")),
            models.Index("team", "id", name="room_live_open", condition=LIVE_AND_OPEN),
            models.Index(
                "team", "category", "id", name="room_live_category", condition=LIVE_AND_OPEN
            ),
            models.Index(
                fields=["team", "app_id", "-created_at", "-id"],
                name="room_live_newest",
                condition=LIVE_AND_OPEN,
            ),
            models.Index("id", name="room_chat_open", condition=Q(kind="chat", closed_at=None)),
        ]
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

    @property
    def topic(self) -> str:
        """Where what happens in it is announced: `room.event` with `room`, `event`, `facts`."""
        return f"room.{self.public_id}"

    def state_at(self, now: datetime) -> RoomState:
        """The state of a live room; reads what `RoomQuerySet.with_host` joins."""
        return state_of(self, self._host_heard_at(), now)

    def _host_heard_at(self) -> datetime | None:
        """The host's last sign of life, or when they became host if that is later."""
        if self.owner is None:
            return None
        presence = getattr(self.owner, "presence", None)
        since = self.live.hosted_since
        return max(since, presence.last_seen_at) if presence else since


class MembershipQuerySet(HoldableRows["Membership"]):
    def present(self) -> Self:
        return self.filter(left_at=None)

    def inside(self, now: datetime | None = None) -> Self:
        """Who is in a live room at this moment: guests who fell silent are not."""
        return self.filter(in_room_at(now or timezone.now()))


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


class LiveRoom(models.Model):
    """What only live rooms have. Title and cover are `Room.name` and `Room.picture`."""

    room = models.OneToOneField(Room, models.CASCADE, primary_key=True, related_name="live")
    subject = models.CharField(_("subject"), max_length=64, blank=True)
    description = models.CharField(_("description"), max_length=512, blank=True)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("created by")
    )
    updated_by = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("updated by")
    )
    updated_at = models.DateTimeField(_("updated at"))
    hosted_since = models.DateTimeField(_("hosted since"))  # the host's silence counts from here on
    hidden_at = models.DateTimeField(_("hidden at"), null=True, blank=True)  # told in the event log

    class Meta:
        verbose_name = _("live room")
        verbose_name_plural = _("live rooms")

    def __str__(self) -> str:
        return str(self.room_id)


class RoomReservation(models.Model):
    """A room id handed out; whoever enters first, the room will be the reserver's."""

    key = models.CharField(_("room id"), max_length=128, unique=True, null=True)
    user = models.ForeignKey(User, models.CASCADE, related_name="room_reservations")
    category = models.CharField(_("category"), max_length=32, blank=True)
    title = models.CharField(_("title"), max_length=64, blank=True)
    expires_at = models.DateTimeField(_("expires at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("reserved room id")
        verbose_name_plural = _("reserved room ids")
        indexes = [models.Index("expires_at", name="reservation_expiry")]

    def __str__(self) -> str:
        return self.key or str(self.pk)


class RoomBan(models.Model):
    """Somebody was put out of a room and stays out until it closes."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="bans", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        ordering = ["id"]
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        constraints = [models.UniqueConstraint(fields=["room", "user"], name="room_ban_once")]

    def __str__(self) -> str:
        return f"{self.user} / {self.room}"


class PresenceQuerySet(models.QuerySet["Presence"]):
    def online(self, now: datetime | None = None) -> Self:
        return self.filter(last_seen_at__gte=offline_before(now or timezone.now()))


class Presence(models.Model):
    """When a person was last heard of, a few seconds coarse."""

    user = models.OneToOneField(
        User, models.CASCADE, primary_key=True, related_name="presence", verbose_name=_("person")
    )
    last_seen_at = models.DateTimeField(_("last seen"), db_index=True)

    objects = PresenceQuerySet.as_manager()

    class Meta:
        ordering = ["-last_seen_at"]
        verbose_name = _("presence")
        verbose_name_plural = _("presence")

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_online(self) -> bool:
        return self.last_seen_at >= offline_before(timezone.now())
