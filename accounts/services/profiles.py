"""What others see of a person, blocking, and removal."""

from typing import Any

from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.models import (
    ChatName,
    FailedLogin,
    Image,
    Login,
    OutboxMessage,
    PhoneCode,
    User,
    VerificationToken,
)
from accounts.services.guesses import proved_person
from accounts.services.logins import end_logins
from accounts.signals import user_exported, user_removed
from rtcserver.dates import iso_date
from rtcserver.events import PEOPLE_TOPIC, Actor, publish, record
from rtcserver.models import SyncClock


@transaction.atomic
def set_name(user: User, name: str, *, actor: Actor) -> None:
    """Rename a person; friends' devices sync it. Records `user.renamed`."""
    _change(user, "user.renamed", actor, name=name)


@transaction.atomic
def set_portrait(user: User, url: str, *, actor: Actor) -> None:
    """Give a person a picture by its URL. Records `user.portrait_set`."""
    _change(user, "user.portrait_set", actor, portrait_url=url)


@transaction.atomic
def block_user(user: User, *, actor: Actor) -> None:
    """Refuse a person from now on, in every dialect, and end all logins; `user.blocked`."""
    _set_active(user, False, "user.blocked", actor)
    end_every_login(user, actor=actor)
    publish(PEOPLE_TOPIC, "people.signed_out", user_ids=[user.pk])  # also of who had no login


@transaction.atomic
def end_every_login(user: User, *, actor: Actor) -> None:
    """Sign a person out of every device in every dialect. Records `login.ended`."""
    end_logins(user, actor=actor)


@transaction.atomic
def unblock_user(user: User, *, actor: Actor) -> None:
    """Let a blocked person log in again. Records `user.unblocked`."""
    _set_active(user, True, "user.unblocked", actor)


def remove_user(user: User, *, password: str, actor: Actor, address: str = "") -> None:
    """Remove a person at their own wish.

    Raises:
        WrongPassword: Nothing is changed; failures count as those of `log_in`.

    Records `user.removed`.
    """
    with proved_person(user.pk, password, address=address) as held:
        erase_user(held, actor=actor)


@transaction.atomic
def erase_user(user: User, *, actor: Actor) -> None:
    """Send `accounts.signals.user_removed`, then empty the person's row and delete every trace.

    The emptied row stays, for what others keep names it. Records `user.removed`.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    user_removed.send(sender=User, user=user, actor=actor)
    end_every_login(user, actor=actor)
    _forget_traces(user)
    user.name = user.portrait_url = user.region = ""
    user.username = user.email = user.phone = None
    user.is_active = user.is_staff = user.is_superuser = False
    user.removed_at = timezone.now()
    user.set_unusable_password()
    user.team_memberships.all().delete()
    user.refresh_tokens.all().delete()
    record("user.removed", subject_kind="user", subject_id=user.public_id, actor=actor)
    publish(PEOPLE_TOPIC, "people.signed_out", user_ids=[user.pk])
    user.stamp = SyncClock.tick()
    user.save()


def export_user(user: User) -> dict[str, Any]:
    """Everything kept about a person, JSON-able; upper apps add their sections by signal."""
    kept: dict[str, Any] = {
        "person": {
            "id": user.public_id,
            "username": user.username,
            "email": user.email,
            "region": user.region,
            "phone": user.phone,
            "name": user.name,
            "portrait_url": user.portrait_url,
            "created_at": iso_date(user.created_at),
        },
        "chat_room_names": list(ChatName.objects.filter(user=user).values("name", "tel")),
        "teams": list(user.teams.values_list("name", flat=True)),
        "logins": [
            {
                "since": iso_date(login.created_at),
                "last_seen": iso_date(login.seen_at),
                "ended": iso_date(login.ended_at) if login.ended_at else None,
                "dialect": login.dialect,
                "address": login.address,
                "device": login.user_agent,
            }
            for login in Login.objects.filter(user=user)
        ],
        "codes": [
            {"sent": iso_date(code.created_at), "asked_from": code.address}
            for code in PhoneCode.objects.of_phone(user.region, user.phone or "")
        ],
        "pictures": [
            {"file": image.key, "bytes": image.size, "uploaded": iso_date(image.created_at)}
            for image in Image.objects.filter(owner=user)
        ],
    }
    sections: list[tuple[Any, Any]] = user_exported.send(sender=User, user=user)
    for _receiver, section in sections:
        kept |= section
    return kept


def _forget_traces(user: User) -> None:
    files = list(Image.objects.filter(owner=user).values_list("key", flat=True))
    Image.objects.filter(owner=user).delete()
    transaction.on_commit(lambda: _delete_files(files), robust=True)
    logins = Login.objects.filter(user=user)
    logins.filter(tokens=None).delete()
    logins.update(address=None, user_agent="")  # a LiveRoom client may ask for removal twice
    ChatName.objects.filter(user=user).delete()
    if user.phone:
        for rows in (FailedLogin, OutboxMessage, PhoneCode, VerificationToken):
            rows.objects.of_phone(user.region, user.phone).delete()


def _delete_files(files: list[str]) -> None:
    for name in files:
        default_storage.delete(name)


def _change(user: User, event: str, actor: Actor, **facts: str) -> None:
    stored = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    for name, value in facts.items():
        setattr(stored, name, value)
    record(event, subject_kind="user", subject_id=user.public_id, actor=actor)
    stored.stamp = SyncClock.tick()
    stored.save(update_fields=[*facts, "stamp"])


def _set_active(user: User, is_active: bool, event: str, actor: Actor) -> None:
    if User.objects.known().filter(pk=user.pk).update(is_active=is_active):
        record(event, subject_kind="user", subject_id=user.public_id, actor=actor)
