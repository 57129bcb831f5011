"""Who may not speak, which words may not be said, and what was reported."""

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Expression, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from chat.models.conversations import KEY_LENGTH, Conversation
from chat.models.messages import Message


class MuteQuerySet(models.QuerySet["Mute"]):
    def active(self, now: datetime | Expression | None = None) -> Self:
        return self.filter(Q(until=None) | Q(until__gt=now or timezone.now()))


class Mute(models.Model):
    """A sender may read a conversation, and not write in it."""

    conversation = models.ForeignKey(
        Conversation,
        models.CASCADE,
        related_name="mutes",
        db_index=False,
        verbose_name=_("conversation"),
    )
    sender_key = models.CharField(_("sender"), max_length=KEY_LENGTH)
    sender_name = models.CharField(_("sender's name"), max_length=256, blank=True)
    until = models.DateTimeField(_("until"), null=True, blank=True)
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    objects = MuteQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("mute")
        verbose_name_plural = _("mutes")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "sender_key"], name="mute_once"),
        ]

    def __str__(self) -> str:
        return self.sender_name or self.sender_key


class BlockedWord(models.Model):
    """A word that may not be said in the conversations of a team, or anywhere."""

    class Action(models.TextChoices):
        REPLACE = "replace", _("replace by stars")
        REFUSE = "refuse", _("refuse the message")

    team = models.ForeignKey(
        Team,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="blocked_words",
        verbose_name=_("team"),
        help_text=_("Empty: in every conversation."),
    )
    word = models.CharField(_("word"), max_length=64)
    action = models.CharField(_("action"), max_length=8, choices=Action, default=Action.REPLACE)

    class Meta:
        ordering = ["word", "id"]
        verbose_name = _("blocked word")
        verbose_name_plural = _("blocked words")
        constraints = [
            models.UniqueConstraint(fields=["team", "word"], name="blocked_word_of_team_once"),
            models.UniqueConstraint(
                fields=["word"], condition=Q(team=None), name="blocked_word_everywhere_once"
            ),
            models.CheckConstraint(
                condition=Q(action__in=["replace", "refuse"]), name="blocked_word_action_known"
            ),
            models.CheckConstraint(condition=~Q(word=""), name="blocked_word_not_empty"),
        ]

    def __str__(self) -> str:
        return self.word


class Report(models.Model):
    """Somebody asks staff to look at a message."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DISMISSED = "dismissed", _("dismissed")
        DELETED = "deleted", _("message deleted")
        MUTED = "muted", _("sender muted")

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="reports", verbose_name=_("message")
    )
    reporter_key = models.CharField(_("reported by"), max_length=KEY_LENGTH)
    reason = models.CharField(_("reason"), max_length=500, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.OPEN)
    created_at = models.DateTimeField(_("reported at"), default=timezone.now)
    handled_by = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("handled by"),
    )
    handled_at = models.DateTimeField(_("handled at"), null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("report")
        verbose_name_plural = _("reports")
        indexes = [
            models.Index(fields=["id"], name="report_open", condition=Q(state="open")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["message", "reporter_key"],
                condition=Q(state="open"),
                name="report_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "dismissed", "deleted", "muted"]),
                name="report_state_known",
            ),
        ]

    def __str__(self) -> str:
        return str(self.message)
