"""Conversations, and how far each reader has read."""

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from rooms.models import Room
from rtcserver.ids import new_public_id
from rtcserver.tenancy import TeamRows
from sessions_api.models import Session

KEY_LENGTH = 128  # characters of what a speaker or reader is known by


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def of_kind(self, kind: str) -> Self:
        """Those of a kind of room, of sessions (`session`), or of two friends (`pair`)."""
        if kind == Conversation.SESSION:
            return self.exclude(session=None)
        if kind == Conversation.PAIR:
            return self.exclude(first=None)
        return self.filter(room__kind=kind)

    def with_subjects(self) -> Self:
        """Join what a conversation is shown by."""
        return self.select_related("room", "session", "first", "second", "team")


class Conversation(models.Model):
    """What is said in one room, one session, or between two friends: one order of entries.

    Created when it is first needed. `last_seq` is raised in the transaction that writes the
    entries, under the lock of this row, so entries have no gaps and appear in their order.
    """

    SESSION, PAIR = "session", "pair"  # kinds beside those of rooms
    KINDS = [*Room.Kind.choices, (SESSION, _("session")), (PAIR, _("two friends"))]

    public_id = models.CharField(
        _("public id"), max_length=16, unique=True, default=new_public_id, editable=False
    )
    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conversations",
        verbose_name=_("team"),
    )
    room = models.OneToOneField(
        Room,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conversation",
        verbose_name=_("room"),
    )
    session = models.OneToOneField(
        Session,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="conversation",
        verbose_name=_("session"),
    )
    # Two friends, the one with the lower id first; one person, if they befriended themselves.
    first = models.ForeignKey(
        User, models.CASCADE, null=True, blank=True, related_name="+", db_index=False
    )
    second = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="+")
    last_seq = models.BigIntegerField(_("last entry"), default=0, editable=False)
    first_seq = models.BigIntegerField(_("oldest kept entry"), default=1, editable=False)
    last_at = models.DateTimeField(_("last entry at"), default=timezone.now, editable=False)
    slow_mode_seconds = models.PositiveIntegerField(
        _("slow mode"), default=0, help_text=_("Seconds between two messages of one sender.")
    )
    only_hosts_write = models.BooleanField(_("only hosts write"), default=False)
    has_mutes = models.BooleanField(default=False, editable=False)  # saves asking for none
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    across_teams = ConversationQuerySet.as_manager()
    objects = TeamRows[ConversationQuerySet]()

    class Meta:
        ordering = ["id"]
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="conversation_pair_once"),
            models.CheckConstraint(
                condition=(
                    Q(room__isnull=False, session=None, first=None, second=None)
                    | Q(room=None, session__isnull=False, first=None, second=None)
                    | Q(room=None, session=None, first__isnull=False, second__isnull=False)
                ),
                name="conversation_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(first=None) | Q(first__lte=F("second")), name="conversation_pair_order"
            ),
        ]

    def __str__(self) -> str:
        return str(self.room or self.session or f"{self.first} · {self.second}")

    @property
    def kind(self) -> str:
        """What it is of; reads the room."""
        if self.room:
            return self.room.kind
        return self.SESSION if self.session_id else self.PAIR


class ReadPosition(models.Model):
    """Up to which entry somebody has read; it never moves back."""

    conversation = models.ForeignKey(
        Conversation, models.CASCADE, related_name="read_positions", db_index=False
    )
    reader_key = models.CharField(max_length=KEY_LENGTH)
    seq = models.BigIntegerField()

    class Meta:
        ordering = ["id"]
        verbose_name = _("read position")
        verbose_name_plural = _("read positions")
        constraints = [
            models.UniqueConstraint(fields=["reader_key", "conversation"], name="read_once"),
        ]

    def __str__(self) -> str:
        return f"{self.reader_key}: {self.seq}"
