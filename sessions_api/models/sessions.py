"""Call sessions and the participants invited to them."""

import uuid
from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import ApiClient, Team
from rtcserver.tenancy import TeamRows
from sessions_api.states import State, in_state, state_of

MAX_DATA = 1024  # characters
MAX_KEY = 255
MAX_LIVE_DAYS = 36_500
CLIENTS_OWN = _("For the client's own use.")


class SessionQuerySet(models.QuerySet["Session"]):
    def not_canceled(self) -> Self:
        return self.filter(canceled_at=None)

    def permanent(self, *, are: bool = True) -> Self:
        return self.filter(ends_at__isnull=are)

    def in_state(self, state: State) -> Self:
        return self.filter(in_state(state, timezone.now()))

    def within(self, start: datetime | None, end: datetime | None) -> Self:
        """Keep sessions that start at or after `start` and end at or before `end`."""
        if start:
            self = self.filter(starts_at__gte=start)
        if end:
            self = self.filter(ends_at__lte=end)
        return self

    def with_participant_state(self, state: str, *, canceled: bool) -> Self:
        """Keep sessions with a participant of that (client-defined) state."""
        participants = Participant.across_teams.filter(session=OuterRef("pk"), state=state)
        if not canceled:
            participants = participants.not_canceled()
        return self.filter(Exists(participants))


class Session(models.Model):
    """A call planned for a time window, or open from its making until it expires, if ever.

    Scheduled, started and ended follow from the clock and are never stored; only a
    cancellation is a fact of its own.
    """

    class Route(models.TextChoices):
        AUTO = "auto", _("as the number of people asks for")
        PEERS = "peers", _("between the people")
        RELAY = "relay", _("through a media server")

    class Media(models.TextChoices):
        P2P = "p2p", _("between the people")
        JANUS = "janus", "Janus"
        LIVEKIT = "livekit", "LiveKit"

    class DateStyle(models.TextChoices):
        HTTP = "http", "RFC 1123"
        ISO = "iso", "ISO 8601"

    public_id = models.UUIDField(_("session id"), default=uuid.uuid4, unique=True, editable=False)
    team = models.ForeignKey(
        Team, models.CASCADE, related_name="sessions", verbose_name=_("team"), db_index=False
    )
    client = models.ForeignKey(
        ApiClient,
        models.PROTECT,
        to_field="client_id",  # the key as shown on the wire, so that reading needs no join
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("created by"),
        help_text=_("The API client; empty when staff created it."),
    )
    name = models.CharField(_("name"), max_length=256, null=True, blank=True)
    picture = models.CharField(_("picture"), max_length=2048, null=True, blank=True)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(
        _("ends at"), null=True, blank=True, help_text=_("Empty: it is permanent.")
    )
    # What `ends_at` was reckoned from, counted from `created_at`; null for a planned window.
    live_days = models.PositiveIntegerField(
        _("days to live"), null=True, blank=True, editable=False
    )
    date_style = models.CharField(
        max_length=4, choices=DateStyle, default=DateStyle.HTTP, editable=False
    )  # how the times were last written; they are answered alike (contract A.6)
    feature_flags = models.JSONField(_("feature flags"), default=list, blank=True)
    route = models.CharField(_("media route"), max_length=8, choices=Route, default=Route.AUTO)
    has_lobby = models.BooleanField(
        _("lobby"), default=True, help_text=_("Guests wait until somebody inside lets them in.")
    )
    data = models.CharField(
        _("data"), max_length=MAX_DATA, null=True, blank=True, help_text=CLIENTS_OWN
    )
    key = models.CharField(  # the one live session that a client finds by name
        _("known by name"), max_length=MAX_KEY, null=True, blank=True, editable=False
    )
    canceled_at = models.DateTimeField(_("canceled at"), null=True, blank=True)
    actual_started_at = models.DateTimeField(
        _("first joined"), null=True, blank=True, editable=False
    )
    actual_ended_at = models.DateTimeField(  # null again when somebody comes back
        _("last left"), null=True, blank=True, editable=False
    )
    media = models.CharField(  # where the running call is; empty: nobody is inside
        _("media"), max_length=8, choices=Media, blank=True, editable=False
    )
    revision = models.PositiveIntegerField(default=0, editable=False)  # SEQUENCE of invitations
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    across_teams = SessionQuerySet.as_manager()
    objects = TeamRows[SessionQuerySet]()

    class Meta:
        ordering = ["id"]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")
        indexes = [
            models.Index("team", "id", name="session_of_team"),
            models.Index("team", "starts_at", "id", name="session_team_start"),
            models.Index("starts_at", name="session_start"),
            models.Index(
                fields=["team", "id"],
                name="session_permanent",
                condition=Q(ends_at=None, canceled_at=None),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_start",
                violation_error_message=_("The session must end after it starts."),
            ),
            models.CheckConstraint(
                condition=Q(media__in=["", "p2p", "janus", "livekit"]), name="session_media_known"
            ),
            models.CheckConstraint(
                condition=Q(date_style__in=["http", "iso"]), name="session_date_style_known"
            ),
            models.CheckConstraint(
                condition=Q(route__in=["auto", "peers", "relay"]), name="session_route_known"
            ),
            models.CheckConstraint(
                condition=Q(live_days__gte=1, live_days__lte=MAX_LIVE_DAYS),
                name="session_live_days_in_range",
            ),
            models.UniqueConstraint(
                fields=["team", "key"], condition=Q(key__isnull=False), name="session_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(self.public_id)

    @property
    def state(self) -> State:
        return state_of(self, timezone.now())


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def not_canceled(self) -> Self:
        return self.filter(canceled_at=None)

    def permanent(self, *, are: bool = True) -> Self:
        return self.filter(expires_at__isnull=are)

    def live(self) -> Self:
        """Those whose invitation still counts, and whose session is not over."""
        now = timezone.now()
        invited = self.not_canceled().filter(Q(expires_at=None) | Q(expires_at__gt=now))
        unended = Q(session__ends_at=None) | Q(session__ends_at__gt=now)
        return invited.filter(unended, session__canceled_at=None)


class Participant(models.Model):
    """A person invited to a session; `public_id` is the secret that lets them in."""

    class Role(models.TextChoices):
        HOST = "host", _("host")  # enters directly
        GUEST = "guest", _("guest")  # waits until someone inside lets them in

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # What other participants and the event log may see.
    peer_id = models.UUIDField(_("peer id"), default=uuid.uuid4, unique=True, editable=False)
    session = models.ForeignKey(
        Session, models.CASCADE, related_name="participants", db_index=False
    )
    client = models.ForeignKey(
        ApiClient,
        models.PROTECT,
        to_field="client_id",
        null=True,
        blank=True,
        related_name="+",
        editable=False,
    )
    display_name = models.CharField(_("display name"), max_length=256, null=True, blank=True)
    picture = models.CharField(_("picture"), max_length=2048, null=True, blank=True)
    role = models.CharField(_("role"), max_length=8, choices=Role)
    state = models.CharField(
        _("state"), max_length=256, null=True, blank=True, help_text=CLIENTS_OWN
    )
    can_publish = models.BooleanField(
        _("may send"), default=True, help_text=_("Without it, a person only sees and hears.")
    )
    data = models.CharField(
        _("data"), max_length=MAX_DATA, null=True, blank=True, help_text=CLIENTS_OWN
    )
    live_days = models.PositiveIntegerField(
        _("days to live"), null=True, blank=True, editable=False
    )
    expires_at = models.DateTimeField(
        _("expires at"),
        null=True,
        blank=True,
        help_text=_("Empty: the invitation counts as long as the session."),
    )
    canceled_at = models.DateTimeField(_("canceled at"), null=True, blank=True, editable=False)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)

    across_teams = ParticipantQuerySet.as_manager()
    objects = TeamRows[ParticipantQuerySet]("session__team_id")

    class Meta:
        ordering = ["id"]
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        indexes = [
            models.Index("session", "id", name="participant_of_session"),
            models.Index("session", "state", name="participant_state"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=["host", "guest"]), name="participant_role_known"
            ),
            models.CheckConstraint(
                condition=Q(live_days__gte=1, live_days__lte=MAX_LIVE_DAYS),
                name="participant_live_days_in_range",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or str(self.peer_id)

    @property
    def entry_url(self) -> str:
        return entry_url(self.public_id)


def entry_url(participant_id: uuid.UUID) -> str:
    """The personal link into the call. It is a credential: never log it."""
    return f"{settings.PUBLIC_BASE_URL}/session/{participant_id}"
