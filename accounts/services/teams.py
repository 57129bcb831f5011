"""Creating teams."""

from django.db import IntegrityError, transaction

from accounts.errors import NameTaken
from accounts.models import Team, TeamMembership, User
from rtcserver.events import Actor, record


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
