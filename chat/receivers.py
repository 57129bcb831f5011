"""What chat does when accounts tell of a person."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_exported, user_removed
from chat.services import export_person, forget_person
from rtcserver.events import Actor


@receiver(user_removed, dispatch_uid="chat")
def forget(user: User, actor: Actor, **signal: Any) -> None:
    forget_person(user, actor=actor)


@receiver(user_exported, dispatch_uid="chat")
def export(user: User, **signal: Any) -> dict[str, Any]:
    return export_person(user)
