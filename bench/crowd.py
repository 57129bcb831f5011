"""People with few or very many friends and groups, written in bulk."""

from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import Device, create_team, start_login
from rooms.models import Membership, Room
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from sessions_api.services import create_session
from social.models import Friendship, Group

BENCH = Actor("system", "bench", "bench")


def a_session() -> str:
    """The public id of a session, for the bare view to select."""
    team = create_team(actor=BENCH, name="Bench")
    start = timezone.now() + timedelta(hours=1)
    end = start + timedelta(hours=1)
    session, _people = create_session(actor=BENCH, team_id=team.pk, starts_at=start, ends_at=end)
    return str(session.public_id)


def quiet_person() -> tuple[str, int]:
    """Login key and version of somebody with one friend and one group of two."""
    return crowded_person(1, 1, 2)


@transaction.atomic
def crowded_person(friends: int, groups: int, size: int) -> tuple[str, int]:
    """Login key and version of somebody with so many friends, and groups of so many."""
    stamp, now = SyncClock.tick(), timezone.now()
    person, *others = User.objects.bulk_create(
        User(name=f"Person {number}") for number in range(1 + max(friends, size))
    )
    Friendship.objects.bulk_create(
        Friendship(user=a, friend=b, status=20, status_changed_at=now, stamp=stamp)
        for friend in others[:friends]
        for a, b in ((person, friend), (friend, person))
    )
    rooms = Room.across_teams.bulk_create(
        Room(kind=Room.Kind.GROUP, name=f"Group {number}", owner=person, stamp=stamp)
        for number in range(groups)
    )
    Group.objects.bulk_create(Group(room=room, member_count=size) for room in rooms)
    for room in rooms:
        Membership.objects.bulk_create(
            Membership(room=room, user=user, joined_at=now, stamp=stamp)
            for user in [person, *others[: size - 1]]
        )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # a served database knows its sizes
    _login, key = start_login(user=person, device=Device("sealtalk"))
    return key, stamp
