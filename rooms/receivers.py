"""What rooms do when accounts tell of a person."""

from typing import Any

from django.dispatch import receiver

from accounts.models import Login, User
from accounts.signals import user_removed, user_seen, user_signed_out
from rooms.services import presence, seats
from rooms.services.signs import signs
from rtcserver.events import Actor


@receiver(user_seen, dispatch_uid="rooms")
def note_life(sender: Any, *, user: User, login: Login | None = None, **signal: Any) -> None:
    signs.note(user.pk)
    if login:
        signs.note_login(login)


@receiver(user_signed_out, dispatch_uid="rooms")
def go_offline(sender: Any, *, user: User, actor: Actor, **signal: Any) -> None:
    presence.go_offline(user, actor=actor)
    signs.forget(user.pk)


@receiver(user_removed, dispatch_uid="rooms")
def forget(sender: Any, *, user: User, actor: Actor, **signal: Any) -> None:
    presence.forget(user, actor=actor)
    seats.forget_person(user, actor=actor)
