"""What tests do to people, by the services of accounts."""

from django.db import transaction

from accounts.models import User
from rtcserver.models import SyncClock


@transaction.atomic
def rename_person(user: User, name: str) -> None:
    locked = User.objects.select_for_update(no_key=True).get(pk=user.pk)
    locked.name, locked.stamp = name, SyncClock.tick()
    locked.save(update_fields=["name", "stamp"])
