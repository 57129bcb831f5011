"""The entries of conversations: messages, and what was changed of them."""

import json
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from chat.models.conversations import KEY_LENGTH, Conversation


class MessageQuerySet(models.QuerySet["Message"]):
    def said(self) -> Self:
        """Messages alone, without the entries that tell of changes."""
        return self.filter(kind__in=Message.SAID)

    def after(self, seq: int) -> Self:
        return self.filter(seq__gt=seq).order_by("seq")


class Message(models.Model):
    """One entry of a conversation's order.

    An edit, a recall and a deletion are entries of their own, with the next number: a reader
    who continues behind a number learns of each exactly once. They change the target's row too,
    so that a late reader sees only what holds now.
    """

    class Kind(models.TextChoices):
        MESSAGE = "message", _("message")
        SYSTEM = "system", _("system message")  # said by nobody in the conversation
        EDITED = "edited", _("edited")
        RECALLED = "recalled", _("recalled")  # by its sender
        DELETED = "deleted", _("deleted")  # by somebody in charge

    SAID = (Kind.MESSAGE, Kind.SYSTEM)

    conversation = models.ForeignKey(
        Conversation,
        models.CASCADE,
        related_name="messages",
        db_index=False,
        verbose_name=_("conversation"),
    )
    seq = models.BigIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind, default=Kind.MESSAGE)
    target_seq = models.BigIntegerField(_("changed entry"), null=True, blank=True)
    sender_key = models.CharField(_("sender"), max_length=KEY_LENGTH)
    sender = models.ForeignKey(
        User,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,  # a person's messages are found by `sender_key`
        verbose_name=_("person"),
    )
    sender_name = models.CharField(_("sender's name"), max_length=256, blank=True)
    sender_picture = models.CharField(_("sender's picture"), max_length=2048, blank=True)
    client_message_id = models.CharField(max_length=64, null=True, blank=True)
    type = models.CharField(_("type"), max_length=32, default="text")
    # Compact JSON, as text: stored as it was checked, and searched without decoding. Empty once
    # the message was removed. The edits of a message repeat what it holds now.
    body = models.TextField(_("body"), blank=True)
    created_at = models.DateTimeField(_("sent at"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    removed_at = models.DateTimeField(_("removed at"), null=True, blank=True)
    removed_by_key = models.CharField(_("removed by"), max_length=KEY_LENGTH, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        indexes = [
            models.Index("sender_key", "created_at", name="message_of_sender"),
            models.Index("created_at", name="message_time"),
            models.Index(
                "conversation",
                "target_seq",
                name="message_changes",
                condition=Q(target_seq__isnull=False),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_number_once"),
            models.UniqueConstraint(
                fields=["conversation", "sender_key", "client_message_id"],
                condition=Q(client_message_id__isnull=False),
                name="message_sent_once",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["message", "system", "edited", "recalled", "deleted"]),
                name="message_kind_known",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind__in=["message", "system"], target_seq=None)
                    | Q(kind__in=["edited", "recalled", "deleted"], target_seq__isnull=False)
                ),
                name="message_change_has_target",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sender_name or self.sender_key} #{self.seq}"

    @property
    def text(self) -> str:
        """The body as a person reads it."""
        content = self.content
        return content if isinstance(content, str) else self.body

    @property
    def content(self) -> Any:
        """The body as a JSON value; None if the message was removed."""
        return json.loads(self.body) if self.body else None
