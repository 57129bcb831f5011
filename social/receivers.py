"""What social does when accounts tells of a person."""

from typing import Any

from django.dispatch import receiver

from accounts.models import User
from accounts.signals import user_exported, user_removed
from rtcserver.events import Actor
from social.services import export_person, forget_person


@receiver(user_removed, dispatch_uid="social")
def forget(user: User, actor: Actor, **signal: Any) -> None:
    forget_person(user, actor=actor)


@receiver(user_exported, dispatch_uid="social")
def export(user: User, **signal: Any) -> dict[str, Any]:
    return export_person(user)
