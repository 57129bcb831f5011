"""Creating people, and checking their passwords."""

from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from accounts.errors import NameTaken
from accounts.models import Team, TeamMembership, User
from rtcserver.events import Actor, record
from rtcserver.models import SyncClock
from rtcserver.roles import OPERATORS

_NOBODYS_PASSWORD = make_password(None)


@transaction.atomic
def create_api_user(*, actor: Actor, email: str, password: str, **facts: str) -> User:
    """Create a person who is known by e-mail and password (contract A.9).

    Raises:
        NameTaken: There is a person with that e-mail.

    Records `user.created`.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(password, email=email.lower(), **facts)
    except IntegrityError:
        raise NameTaken("There is a user with that e-mail.") from None
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=actor)
    return user


@transaction.atomic
def create_person(*, actor: Actor, name: str, region: str, phone: str) -> User:
    """Create a person who is known by phone and sets a password by a code later.

    Raises NameTaken if somebody has that phone. Records `user.created`.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(None, name=name, region=region, phone=phone)
    except IntegrityError:
        raise NameTaken("There is a user with that phone.") from None
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=actor)
    user.stamp = SyncClock.tick()
    user.save(update_fields=["stamp"])
    return user


@transaction.atomic
def create_user_of_staff(
    *,
    actor: Actor,
    username: str,
    password: str | None = None,
    team: Team | None = None,
    **facts: Any,
) -> User:
    """Create a person who may log in to the admin; with a `team`, they see only its rows.

    Without a password they cannot log in until one is set. Records `user.created`.
    """
    user = User.objects.create_user(password, username=username, is_staff=True, **facts)
    if team:
        TeamMembership.objects.create(team=team, user=user)
        user.groups.set(Group.objects.filter(name=OPERATORS))
    record("user.created", subject_kind="user", subject_id=user.public_id, actor=actor)
    return user


@transaction.atomic
def set_password(user: User, password: str, *, actor: Actor) -> None:
    """Replace a password; records `user.password_set`."""
    user.set_password(password)
    user.save(update_fields=["password"])
    record("user.password_set", subject_kind="user", subject_id=user.public_id, actor=actor)


def person_with_password(*, email: str, password: str, team_id: int) -> User | None:
    """The team's active person with that e-mail and password, in the same time if there is none."""
    members = User.objects.filter(is_active=True, team_memberships__team=team_id)
    user = members.filter(email=email.lower()).first()
    matches = check_password(password, user.password if user else _NOBODYS_PASSWORD)
    return user if user and matches else None
