"""Who waits before a call, who is in it, and who was: one row for each stay."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from rtcserver.tenancy import TeamRows
from sessions_api.models.sessions import Participant, ParticipantQuerySet, Session


class CallEntryQuerySet(models.QuerySet["CallEntry"]):
    def open(self) -> Self:
        return self.filter(state__in=["waiting", "inside"])

    def waiting(self) -> Self:
        """In the order of the queue."""
        return self.filter(state="waiting").order_by("waiting_since", "id")

    def inside(self) -> Self:
        """Those who came first first."""
        return self.filter(state="inside").order_by("joined_at", "id")

    def lapsed(self, now: datetime) -> Self:
        """Open, but not heard of for longer than the lease."""
        return self.open().filter(alive_until__lt=now)

    def with_person(self) -> Self:
        return self.select_related("participant")


class CallEntry(models.Model):
    """One stay of one participant: from the arrival until they left or were put out.

    A person has one open entry and one live connection at most. The entry outlives a reload, a
    broken network and a restarted server until `alive_until`; connections push it ahead.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        INSIDE = "inside", _("inside")
        LEFT = "left", _("left")
        REFUSED = "refused", _("refused")
        EJECTED = "ejected", _("put out")

    class Reason(models.TextChoices):
        """Why somebody left."""

        OWN = "own", _("left")
        LAPSED = "lapsed", _("connection lost")
        CANCELED = "canceled", _("invitation cancelled")
        ENDED = "ended", _("session ended")

    session = models.ForeignKey(
        Session,
        models.CASCADE,
        related_name="entries",
        verbose_name=_("session"),
        db_index=False,
    )
    participant = models.ForeignKey(
        Participant,
        models.CASCADE,
        related_name="entries",
        verbose_name=_("participant"),
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=8, choices=State)
    reason = models.CharField(_("reason"), max_length=8, choices=Reason, blank=True)
    # False: only the start of the session is waited for, nobody's word.
    needs_admission = models.BooleanField(default=False, editable=False)
    arrived_at = models.DateTimeField(_("arrived at"))
    waiting_since = models.DateTimeField(_("waiting since"), null=True, blank=True)
    admitted_at = models.DateTimeField(_("admitted at"), null=True, blank=True)
    admitted_by = models.CharField(_("admitted by"), max_length=96, blank=True)
    joined_at = models.DateTimeField(_("joined at"), null=True, blank=True)
    left_at = models.DateTimeField(_("left at"), null=True, blank=True)
    connection_id = models.CharField(max_length=64, blank=True, editable=False)  # the live one
    alive_until = models.DateTimeField(editable=False)

    across_teams = CallEntryQuerySet.as_manager()
    objects = TeamRows[CallEntryQuerySet]("session__team_id")

    class Meta:
        ordering = ["id"]
        verbose_name = _("attendance")
        verbose_name_plural = _("attendance")
        indexes = [
            models.Index("session", "id", name="entry_of_session"),
            models.Index("participant", "id", name="entry_of_participant"),
            models.Index(
                fields=["session", "state"],
                name="entry_open",
                condition=Q(state__in=["waiting", "inside"]),
            ),
            models.Index(
                fields=["alive_until"],
                name="entry_lease",
                condition=Q(state__in=["waiting", "inside"]),
            ),
            models.Index(
                fields=["connection_id"],
                name="entry_connection",
                condition=Q(state__in=["waiting", "inside"]),
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"],
                condition=Q(state__in=["waiting", "inside"]),
                name="entry_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "inside", "left", "refused", "ejected"]),
                name="entry_state_known",
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["", "own", "lapsed", "canceled", "ended"]),
                name="entry_reason_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="waiting") | Q(waiting_since__isnull=False),
                name="entry_waits_since",
            ),
            models.CheckConstraint(
                condition=~Q(state="inside") | Q(joined_at__isnull=False),
                name="entry_inside_since",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "inside"], left_at=None)
                | Q(state__in=["left", "refused", "ejected"], left_at__isnull=False),
                name="entry_over_at",
            ),
        ]

    def __str__(self) -> str:
        return str(self.participant)

    @property
    def is_connected(self) -> bool:
        return bool(self.connection_id)


def admitted(participants: ParticipantQuerySet) -> ParticipantQuerySet:
    """Keep those who need nobody's word to be in the call: hosts, everybody where there is no
    lobby, and who was let in before; but nobody who was put out since.
    """
    stays = CallEntry.across_teams.filter(participant=OuterRef("pk")).exclude(joined_at=None)
    last = participants.alias(last_stay=Subquery(stays.order_by("-id").values("state")[:1]))
    first_time = Q(last_stay=None) & (Q(role=Participant.Role.HOST) | Q(session__has_lobby=False))
    let_in = Q(last_stay__isnull=False) & ~Q(last_stay=CallEntry.State.EJECTED)
    return last.filter(first_time | let_in)
