"""What a group is called and looks like, and whose it is."""

from django.db import transaction

from accounts.models import User
from rooms.models import Membership, Room
from rooms.services.members import change_members, change_room
from rtcserver.events import Actor
from rtcserver.models import SyncClock
from social.errors import OthersNotMembers, SelfTransfer
from social.models import Group
from social.services.locks import locked_group, require_creator, require_member
from social.services.notices import facts_of, members_of, record_group


@transaction.atomic
def transfer_group(*, actor: Actor, user: User, group_id: str, heir_id: str) -> None:
    """Make another member the creator.

    Raises SelfTransfer, UnknownGroup, NotMember, OthersNotMembers, NotCreator, in this order.
    Records `group.transferred`, which notifies all members.
    """
    if heir_id == user.public_id:
        raise SelfTransfer("The group is yours already.")
    group = locked_group(group_id)
    require_member(group, user)
    present = Membership.objects.present().filter(room=group, user__public_id=heir_id)
    member = present.select_related("user").first()
    if member is None:
        raise OthersNotMembers("The other is not a member.")
    require_creator(group, user)
    stamp = SyncClock.tick()
    change_members(group, [user.pk, member.user.pk], stamp=stamp)
    change_room(group, stamp=stamp, owner=member.user)
    _record_to_all(
        "transferred",
        group,
        user,
        actor,
        old_creator=facts_of(user),
        new_creator=facts_of(member.user),
    )


@transaction.atomic
def rename_group(*, actor: Actor, user: User, group_id: str, name: str) -> None:
    """Give a group another name. Only the creator may.

    Raises UnknownGroup, NotCreator. Records `group.renamed`, which notifies all members.
    """
    group = _own_group(group_id, user)
    change_room(group, stamp=SyncClock.tick(), name=name)
    _record_to_all("renamed", group, user, actor)


@transaction.atomic
def set_bulletin(*, actor: Actor, user: User, group_id: str, bulletin: str) -> None:
    """Put up a bulletin, or take it down with an empty text. Only the creator may.

    Raises UnknownGroup, NotCreator. Records `group.bulletin_set`, which notifies all members.
    """
    group = _own_group(group_id, user)
    change_room(group, stamp=SyncClock.tick())
    Group.objects.filter(pk=group.pk).update(bulletin=bulletin)
    _record_to_all("bulletin_set", group, user, actor, bulletin=bulletin)


@transaction.atomic
def set_group_portrait(*, actor: Actor, user: User, group_id: str, portrait_url: str) -> None:
    """Give a group a portrait. Only the creator may.

    Raises UnknownGroup, NotCreator. Records `group.portrait_set`, which notifies nobody.
    """
    group = _own_group(group_id, user)
    change_room(group, stamp=SyncClock.tick(), picture=portrait_url)
    record_group("group.portrait_set", actor=actor, group=group, by=user, audience=[])


@transaction.atomic
def set_member_name(*, actor: Actor, user: User, group_id: str, display_name: str) -> None:
    """Choose one's own name in a group; empty takes it back.

    Raises UnknownGroup, NotMember. Records `group.member_named`, which notifies nobody.
    """
    group = locked_group(group_id)
    require_member(group, user)
    stamp = SyncClock.tick()
    change_members(group, [user.pk], stamp=stamp, display_name=display_name)
    change_room(group, stamp=stamp)
    record_group("group.member_named", actor=actor, group=group, by=user, audience=[])


def _own_group(group_id: str, user: User) -> Room:
    group = locked_group(group_id)
    require_creator(group, user)
    return group


def _record_to_all(act: str, group: Room, by: User, actor: Actor, **facts: object) -> None:
    audience = members_of(group)
    record_group(f"group.{act}", actor=actor, group=group, by=by, audience=audience, **facts)
