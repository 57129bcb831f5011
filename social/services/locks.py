"""Finding the rows an act is about, and holding them until it is done.

Every act takes its locks in one order: people (by id), the group's room, the sync clock.
"""

from collections.abc import Iterable

from accounts.models import User
from rooms.models import Membership, Room
from rooms.services.members import locked_room
from social.errors import NotCreator, NotMember, UnknownGroup, UnknownPerson


def locked_people(public_ids: Iterable[str], *users: User) -> dict[str, User]:
    """Lock `users` and everybody known by `public_ids`, by public id; strangers are left out.

    Rows that only refer to people can be written by others meanwhile.
    """
    wanted = {*public_ids, *(user.public_id for user in users)}
    people = User.objects.filter(public_id__in=wanted, is_active=True)
    locked = people.select_for_update(no_key=True).order_by("id")
    return {person.public_id: person for person in locked}


def locked_pair(user: User, other_id: str) -> tuple[User, User]:
    """Lock two people, who may be one and the same.

    Raises:
        UnknownPerson: There is no such person (any more).
    """
    people = locked_people([other_id], user)
    if other_id not in people or user.public_id not in people:
        raise UnknownPerson("No such person.")
    return people[user.public_id], people[other_id]


def locked_group(group_id: str) -> Room:
    """Lock a group that is not dismissed. Raises UnknownGroup."""
    group = locked_room(kind=Room.Kind.GROUP, public_id=group_id)
    if group is None or group.closed_at is not None:
        raise UnknownGroup("No such group.")
    return group


def require_member(group: Room, user: User) -> None:
    if not Membership.objects.present().filter(room=group, user=user).exists():
        raise NotMember("Not a member of the group.")


def require_creator(group: Room, user: User) -> None:
    if group.owner_id != user.pk:
        raise NotCreator("Only the creator of the group may do that.")
