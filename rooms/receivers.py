"""What rooms do when accounts tell of a person."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_removed, user_seen, user_signed_out
from rooms.services import presence
from rtcserver.events import Actor


@receiver(user_seen, dispatch_uid="rooms")
def note_life(sender: Any, *, user: User, **signal: Any) -> None:
    presence.seen(user.pk)


@receiver(user_signed_out, dispatch_uid="rooms")
def go_offline(sender: Any, *, user: User, actor: Actor, **signal: Any) -> None:
    presence.go_offline(user, actor=actor)


@receiver(user_removed, dispatch_uid="rooms")
def forget(sender: Any, *, user: User, actor: Actor, **signal: Any) -> None:
    presence.forget(user, actor=actor)
