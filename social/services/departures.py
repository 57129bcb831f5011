"""Going out of groups: being put out, quitting, and the end of a group."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import F

from accounts.models import User
from rooms.models import Membership, Room
from rooms.services.members import change_members, change_room, leave_room
from rtcserver.dates import moment_of_stamp
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.errors import OthersNotMembers, SelfKick
from social.models import Group
from social.services.locks import locked_group, require_creator, require_member
from social.services.notices import facts_of, members_of, record_group


@transaction.atomic
def kick_members(
    *, actor: Actor, user: User, group_id: str, member_ids: Sequence[str | None]
) -> None:
    """Put people out of a group, all or none; they may join again. Only the creator may.

    Raises SelfKick, UnknownGroup, NotCreator, OthersNotMembers, in this order.
    Records `group.members_kicked`, which notifies those who stay and those put out.
    """
    if user.public_id in member_ids:
        raise SelfKick("The creator cannot be kicked.")
    group = locked_group(group_id)
    require_creator(group, user)
    named = [given for given in member_ids if given is not None]
    present = Membership.objects.present().filter(room=group, user__public_id__in=named)
    kicked = [member.user for member in present.select_related("user").order_by("id")]
    if {person.public_id for person in kicked} != set(member_ids):
        raise OthersNotMembers("One of them is not a member.")
    audience = members_of(group)
    stamp = SyncClock.tick()
    _go(group, [person.pk for person in kicked], stamp)
    change_room(group, stamp=stamp)
    record_group(
        "group.members_kicked",
        actor=actor,
        group=group,
        by=user,
        audience=audience,
        people=[facts_of(person) for person in kicked],
    )


@transaction.atomic
def quit_group(*, actor: Actor, user: User, group_id: str) -> None:
    """Leave a group. Raises UnknownGroup, NotMember. Records as `leave_locked_group` does."""
    group = locked_group(group_id)
    require_member(group, user)
    leave_locked_group(group, user, actor=actor, stamp=SyncClock.tick())


@transaction.atomic
def dismiss_group(*, actor: Actor, user: User, group_id: str) -> None:
    """End a group for all its members. Only the creator may.

    Raises UnknownGroup, NotCreator. Records `group.dismissed`, which notifies all members.
    """
    group = locked_group(group_id)
    require_creator(group, user)
    members = members_of(group)
    stamp = SyncClock.tick()
    _go(group, members, stamp)
    change_room(group, stamp=stamp, closed_at=moment_of_stamp(stamp))
    record_group("group.dismissed", actor=actor, group=group, by=user, audience=members)


def leave_locked_group(group: Room, user: User, *, actor: Actor, stamp: int) -> None:
    """Let a member go. The creator is followed by who joined first; with the last one it ends.

    Records `group.member_left`, which notifies those who stay and the one who left.
    """
    audience = members_of(group)
    _go(group, [user.pk], stamp)
    staying = Membership.objects.present().filter(room=group).select_related("user")
    first = staying.order_by("joined_at", "id").first()
    successor = None
    if first is None:
        change_room(group, stamp=stamp, closed_at=moment_of_stamp(stamp))
    elif group.owner_id == user.pk:
        successor = first.user
        change_members(group, [successor.pk], stamp=stamp)
        change_room(group, stamp=stamp, owner=successor)
    else:
        change_room(group, stamp=stamp)
    record_group(
        "group.member_left",
        actor=actor,
        group=group,
        by=user,
        audience=audience,
        people=[facts_of(user)],
        new_creator=facts_of(successor) if successor else None,
    )


def _go(group: Room, user_ids: Collection[int], stamp: int) -> None:
    leave_room(group, user_ids, left_at=moment_of_stamp(stamp), stamp=stamp)
    Group.objects.filter(pk=group.pk).update(member_count=F("member_count") - len(user_ids))
