"""Founding groups, and coming into them."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import F

from accounts.models import User
from rooms.models import Membership, Room
from rooms.services.members import change_room, create_room, enter_room
from rtcserver.dates import moment_of_stamp
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.errors import (
    AlreadyMember,
    CreatorMissing,
    GroupFull,
    TooManyGroups,
    UnknownMembers,
    WrongMemberCount,
)
from social.models import Group
from social.models.groups import MAX_MEMBERS
from social.services.locks import locked_group, locked_people, require_member
from social.services.notices import facts_of, members_of, record_group

MAX_GROUPS = 500  # with so many, a person founds no more


@transaction.atomic
def create_group(*, actor: Actor, user: User, name: str, member_ids: Sequence[str | None]) -> Room:
    """Found a group with its first members; `user`, who must be one of them, is the creator.

    Args:
        member_ids: Public ids of 2 to 500 people; None stands for what was no id at all.

    Raises:
        WrongMemberCount, UnknownMembers, CreatorMissing: The list is refused.
        TooManyGroups: The creator is in 500 groups already.

    Records `group.created`, which notifies all members.
    """
    if not 2 <= len(set(member_ids)) <= MAX_MEMBERS:
        raise WrongMemberCount(f"A group starts with 2 to {MAX_MEMBERS} members.")
    people = _known_people(member_ids, user)
    if user.public_id not in member_ids:
        raise CreatorMissing("The creator must be one of the members.")
    mine = Membership.objects.present().filter(user=user, room__kind=Room.Kind.GROUP)
    if mine.count() >= MAX_GROUPS:
        raise TooManyGroups(f"Nobody founds a group who is in {MAX_GROUPS}.")
    stamp = SyncClock.tick()
    group = create_room(kind=Room.Kind.GROUP, name=name, owner=user, stamp=stamp)
    Group.objects.create(room=group, member_count=len(people))
    enter_room(group, people, joined_at=moment_of_stamp(stamp), stamp=stamp)
    audience = [person.pk for person in people]
    record_group("group.created", actor=actor, group=group, by=user, audience=audience)
    return group


@transaction.atomic
def add_members(
    *, actor: Actor, user: User, group_id: str, member_ids: Sequence[str | None]
) -> None:
    """Take people into a group; every member may do so.

    Raises:
        UnknownGroup, NotMember, GroupFull, UnknownMembers, AlreadyMember: In this order;
            when one of the people is refused, all are.

    Records `group.members_added`, which notifies old and new members.
    """
    people = locked_people(filter(None, member_ids), user)
    group = locked_group(group_id)
    require_member(group, user)
    _require_space(group, len(set(member_ids)))
    _enter(group, _named(member_ids, people), by=user, actor=actor)


@transaction.atomic
def join_group(*, actor: Actor, user: User, group_id: str) -> None:
    """Enter a group; nobody has to approve.

    Raises UnknownGroup, GroupFull, AlreadyMember. Records `group.members_added`.
    """
    people = locked_people([], user)
    group = locked_group(group_id)
    _require_space(group, 1)
    _enter(group, _named([user.public_id], people), by=user, actor=actor)


def _known_people(member_ids: Sequence[str | None], user: User) -> list[User]:
    return _named(member_ids, locked_people(filter(None, member_ids), user))


def _named(member_ids: Iterable[str | None], people: dict[str, User]) -> list[User]:
    """The people in the order they were named, each once."""
    try:
        return [people[given] for given in dict.fromkeys(member_ids)]  # type: ignore[index]
    except KeyError:
        raise UnknownMembers("One of the members is unknown.") from None


def _require_space(group: Room, count: int) -> None:
    if group.group.member_count + count > group.group.max_members:
        raise GroupFull("The group has no place left.")


def _enter(group: Room, people: list[User], *, by: User, actor: Actor) -> None:
    inside = Membership.objects.present().filter(room=group, user__in=people)
    if inside.exists():
        raise AlreadyMember("One of them is a member already.")
    stamp = SyncClock.tick()
    enter_room(group, people, joined_at=moment_of_stamp(stamp), stamp=stamp)
    change_room(group, stamp=stamp)
    Group.objects.filter(pk=group.pk).update(member_count=F("member_count") + len(people))
    record_group(
        "group.members_added",
        actor=actor,
        group=group,
        by=by,
        audience=members_of(group),
        people=[facts_of(person) for person in people],
    )
