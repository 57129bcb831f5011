"""Names of the chatroom dialect: its way in."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.people import User


class ChatName(models.Model):
    """The name a person has in chat rooms, and the number they log in with.

    The number is what somebody typed at registration: nothing proves that it is theirs, so it is
    never a person's phone. People whose phone was proved elsewhere log in by that and have none.
    """

    user = models.OneToOneField(
        User, models.CASCADE, related_name="chat_name", verbose_name=_("person")
    )
    name = models.CharField(_("name"), max_length=64, unique=True)
    tel = models.BigIntegerField(_("number"), unique=True, null=True)
    created_at = models.DateTimeField(_("registered at"), default=timezone.now)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("chat room name")
        verbose_name_plural = _("chat room names")

    def __str__(self) -> str:
        return self.name
