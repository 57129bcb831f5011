"""Taking over the people of another server."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.errors import BadPhone
from accounts.hashers import SealTalkHasher
from accounts.models import User
from accounts.phones import normalised
from rtcserver.events import Actor, record
from rtcserver.models import SyncClock

_SHA1 = re.compile(r"[0-9a-fA-F]{40}")


class BadImport(Exception):
    """A row cannot be taken over; the text names it by its number, not by its content."""


@transaction.atomic
def import_people(rows: Iterable[Mapping[str, Any]], *, actor: Actor) -> tuple[int, int]:
    """Create a person for every row of a SealTalk users table, all or nothing.

    Passwords keep working: the old hash is wrapped (accounts.hashers.SealTalkHasher) and
    replaced at the first login. Deleted rows are left out; phones already here are kept as
    they are, so the import may be repeated.

    Returns:
        How many were made, and how many were here already.

    Raises:
        BadImport: A phone or hash cannot be read.

    Records `user.imported`.
    """
    made = known = 0
    for number, row in enumerate(rows, start=1):
        if row.get("deletedAt") not in (None, "", "NULL"):
            continue
        region, phone = _phone_of(row, number)
        if User.objects.of_phone(region, phone).exists():
            known += 1
            continue
        user = User.objects.create(
            region=region,
            phone=phone,
            name=str(row.get("nickname") or "")[:32],
            portrait_url=str(row.get("portraitUri") or "")[:256],
            password=_password_of(row, number),
        )
        record("user.imported", subject_kind="user", subject_id=user.public_id, actor=actor)
        made += 1
    User.objects.filter(stamp=0, phone__isnull=False).update(stamp=SyncClock.tick())
    return made, known


def _phone_of(row: Mapping[str, Any], number: int) -> tuple[str, str]:
    try:
        return normalised(str(row.get("region", "")), str(row.get("phone", "")))
    except BadPhone:
        raise BadImport(f"Row {number}: no phone number of an allowed region.") from None


def _password_of(row: Mapping[str, Any], number: int) -> str:
    sha1, salt = str(row.get("passwordHash", "")), str(row.get("passwordSalt", ""))
    if not _SHA1.fullmatch(sha1) or not salt or "$" in salt:
        raise BadImport(f"Row {number}: no SHA-1 hash and salt.")
    return SealTalkHasher().wrap(sha1, salt)
