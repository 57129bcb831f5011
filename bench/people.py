"""Fill the database with signed-in people who host and visit rooms; prints `user_id token`."""

import sys
from datetime import timedelta

import django

django.setup()

from django.utils import timezone  # noqa: E402

from accounts.hashers import checksum  # noqa: E402
from accounts.models import LiveRoomToken, Login, SignatureUser, User  # noqa: E402
from rooms.models import LiveRoom, Membership, Presence, Room  # noqa: E402
from rooms.services.steps import live_team  # noqa: E402

GUESTS = 9  # beside each host


def main(count: int) -> None:
    now = timezone.now()
    later = now + timedelta(days=30)
    users = User.objects.bulk_create(User(name=f"P{n}", password="!") for n in range(count))
    SignatureUser.objects.bulk_create(SignatureUser(user=u, public_id=str(u.pk)) for u in users)
    logins = Login.objects.bulk_create(
        Login(user=user, dialect="liveroom", expires_at=later) for user in users
    )
    LiveRoomToken.objects.bulk_create(
        LiveRoomToken(login=login, checksum=checksum(f"t{login.user_id}"), expires_at=later)
        for login in logins
    )
    Presence.objects.bulk_create(Presence(user=user, last_seen_at=now) for user in users)
    team = live_team()
    hosts = users[:: GUESTS + 1]
    rooms = Room.across_teams.bulk_create(
        Room(kind="live", team=team, key=f"r{host.pk}", owner=host) for host in hosts
    )
    LiveRoom.objects.bulk_create(
        LiveRoom(room=room, updated_at=now, hosted_since=now) for room in rooms
    )
    Membership.objects.bulk_create(
        Membership(room=rooms[n // (GUESTS + 1)], user=user, joined_at=now)
        for n, user in enumerate(users)
    )
    for user in users:
        print(user.pk, f"t{user.pk}")


if __name__ == "__main__":
    main(int(sys.argv[1]))
