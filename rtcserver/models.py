"""Infrastructure rows: the append-only event log and the clock of versioned sync."""

import re
import time
from collections.abc import Collection
from typing import Any, NoReturn, Self

from django.db import connection, models
from django.db.models import F, Max, Q, Subquery
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

LAST_ID = 2**63 - 1
# Earlier ones began with the transaction, whose number is another one after `rebase`.
CURSOR = re.compile(r"(?:[0-9]{1,20}-)?(?P<row>[0-9]{1,20})")


class CurrentTransaction(models.Func):
    """The id of the writing transaction on PostgreSQL; 0 on SQLite, where writers are serial."""

    output_field = models.BigIntegerField()
    arity = 0

    def as_sql(self, *args: Any, **options: Any) -> tuple[str, tuple[()]]:
        return "0", ()

    def as_postgresql(self, *args: Any, **options: Any) -> tuple[str, tuple[()]]:
        return "pg_current_xact_id()::text::bigint", ()


class EventQuerySet(models.QuerySet["Event"]):
    def of_team(self, team_id: int) -> Self:
        return self.filter(team_id=team_id)

    def about(self, subject_kind: str, subject_id: str) -> Self:
        return self.filter(subject_kind=subject_kind, subject_id=subject_id)

    def of_types(self, types: Collection[str]) -> Self:
        """Keep types such as `room.created`; `room.*` keeps every type of that kind."""
        wanted = Q(type__in=[name for name in types if not name.endswith(".*")])
        for name in types:
            if name.endswith(".*"):
                wanted |= Q(type__startswith=name[:-1])
        return self.filter(wanted)

    def settled(self) -> Self:
        """Keep events that no transaction still running can precede.

        Ids are handed out before commit, so a plain `id > cursor` skips a transaction
        that commits late. Below the oldest running transaction nothing can appear any more.
        """
        if connection.vendor != "postgresql":
            return self
        oldest_running = RawSQL("pg_snapshot_xmin(pg_current_snapshot())::text::bigint", ())
        return self.filter(transaction__lt=oldest_running)

    def ahead(self) -> Self:
        """Keep events of transactions that this PostgreSQL server has yet to begin.

        There are some after a database was restored on another server, whose transactions are
        counted anew; none of them would be settled before the count has come so far.
        """
        if connection.vendor != "postgresql":
            return self.none()
        next_one = RawSQL("pg_snapshot_xmax(pg_current_snapshot())::text::bigint", ())
        return self.filter(transaction__gte=next_one)

    def rebase(self) -> None:
        """Put all stored events before whatever this database server will write, in their order.

        For a log that was written on another one. Cursors that were handed out stay valid.
        """
        newest = self.aggregate(newest=Max("transaction"))["newest"]
        if newest:
            super().update(transaction=F("transaction") - newest)

    def after(self, cursor: str) -> Self:
        """Events later than `cursor`, oldest first; an empty cursor starts at the first one.

        A cursor names an event; where that stands is read with it, because `rebase` moves it.

        Raises:
            ValueError: `cursor` was never handed out by `Event.cursor`.
        """
        events = self.settled().order_by("transaction", "id")
        if not cursor:
            return events
        if not (named := CURSOR.fullmatch(cursor)):
            raise ValueError("not a cursor")
        row = min(int(named["row"]), LAST_ID)
        here = Subquery(self.model.objects.filter(pk=row).values("transaction"))
        return events.filter(
            Q(transaction__gt=here) | Q(transaction=here, id__gt=row), transaction__gte=here
        )

    def update(self, **fields: Any) -> NoReturn:
        raise TypeError("The event log is append-only.")

    def delete(self) -> NoReturn:
        raise TypeError("The event log is append-only.")


class Event(models.Model):
    """One fact that happened: who did what to which subject, by which way, and when.

    Written by `rtcserver.events.record` in the transaction of the change itself. Everything
    that tells others of a change (webhooks, timelines, notifications) reads these rows.
    """

    transaction = models.BigIntegerField(editable=False)
    team_id = models.BigIntegerField(_("team"), null=True)  # no foreign key: facts outlive teams
    type = models.CharField(_("type"), max_length=64)  # noun.past
    subject_kind = models.CharField(_("subject kind"), max_length=32)
    subject_id = models.CharField(_("subject"), max_length=64)
    actor_kind = models.CharField(_("actor kind"), max_length=16)
    actor_id = models.CharField(_("actor"), max_length=64, blank=True)
    dialect = models.CharField(_("dialect"), max_length=16)
    payload = models.JSONField(_("facts"), default=dict)
    happened_at = models.DateTimeField(_("happened at"), auto_now_add=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-transaction", "-id"]
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index("transaction", "id", name="event_cursor"),
            models.Index("team_id", "transaction", "id", name="event_team_cursor"),
            models.Index("subject_kind", "subject_id", "id", name="event_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject_id}"

    def save(self, *args: Any, **options: Any) -> None:
        if self.pk:
            raise TypeError("The event log is append-only.")
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise TypeError("The event log is append-only.")

    @property
    def cursor(self) -> str:
        """Opaque position in the log; `Event.objects.after(cursor)` continues behind it."""
        return str(self.pk)


class SyncClock(models.Model):
    """A single row whose lock makes sync stamps appear in commit order.

    A time or sequence taken before commit loses rows: a slower transaction may commit an
    older stamp after a device has synced past it (docs/decisions/0004-sync-clock.md).
    """

    value = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.value)

    @classmethod
    def tick(cls) -> int:
        """Return the next stamp: milliseconds since 1970, strictly increasing.

        Call it once, last, in the transaction that writes the stamped rows: every other
        stamping transaction waits until this one ends.
        """
        clock, _created = cls.objects.select_for_update().get_or_create(pk=1)
        clock.value = max(clock.value + 1, time.time_ns() // 1_000_000)
        clock.save(update_fields=["value"])
        return clock.value


class SweepTurn(models.Model):
    """When a sweep is due, and who has it in hand until when (rtcserver/worker.py)."""

    name = models.CharField(_("name"), max_length=64, primary_key=True)
    due_at = models.DateTimeField(_("due at"))
    holder = models.CharField(_("held by"), max_length=80, blank=True)
    held_until = models.DateTimeField(_("held until"))

    class Meta:
        ordering = ["name"]
        verbose_name = _("sweep")
        verbose_name_plural = _("sweeps")

    def __str__(self) -> str:
        return self.name
