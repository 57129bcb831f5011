"""What tests do for people, by the services of accounts."""

from typing import Any

from django.db import transaction
from django.test import Client

from accounts.models import User
from accounts.services import Device, start_login
from rtcserver.models import SyncClock


def logged_in(user: User, **options: Any) -> Client:
    """An HTTP client that carries a login of `user`."""
    client = Client(**options)
    _login, key = start_login(user=user, device=Device("sealtalk", "10.0.0.1", "test"))
    client.cookies["rong_im_auth"] = key
    return client


@transaction.atomic
def rename_person(*, actor: object, user: User, name: str) -> None:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    locked.name, locked.stamp = name, SyncClock.tick()
    locked.save(update_fields=["name", "stamp"])
