"""Creating teams."""

from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from accounts.errors import NameTaken
from accounts.models import Team, TeamMembership, User
from rtcserver.events import Actor, record

TEAM_FIELDS = ("name", "subdomain", "picture", "is_active")


@transaction.atomic
def create_team(*, actor: Actor, name: str, owner: User | None = None, **facts: str) -> Team:
    """Create a tenant; `owner` becomes its first member.

    Raises:
        NameTaken: There is a team of that name.

    Records `team.created`.
    """
    try:
        with transaction.atomic():
            team = Team.objects.create(name=name, **facts)
    except IntegrityError:
        raise NameTaken("There is a team of that name.") from None
    if owner:
        TeamMembership.objects.create(team=team, user=owner, is_owner=True)
    record(
        "team.created",
        team_id=team.pk,
        subject_kind="team",
        subject_id=team.public_id,
        actor=actor,
        name=name,
    )
    return team


@transaction.atomic
def update_team(team: Team, changes: Mapping[str, Any], *, actor: Actor) -> Team:
    """Change `name`, `subdomain`, `picture`, `is_active`; what is not given stays.

    Keys of an inactive team are refused from the next request on. Raises NameTaken. Records
    `team.updated` with the names of what changed, unless nothing did.
    """
    team = Team.objects.select_for_update().get(pk=team.pk)
    changed = [
        name
        for name in TEAM_FIELDS
        if changes.get(name, getattr(team, name)) != getattr(team, name)
    ]
    for name in changed:
        setattr(team, name, changes[name])
    if not changed:
        return team
    try:
        with transaction.atomic():
            team.save(update_fields=changed)
    except IntegrityError:
        raise NameTaken("There is a team of that name.") from None
    record(
        "team.updated",
        team_id=team.pk,
        subject_kind="team",
        subject_id=team.public_id,
        actor=actor,
        changed=changed,
    )
    return team
