"""Who may write to whom."""

from accounts.models import User
from rooms.models import Membership, Room
from social.errors import NotFriends, NotMember
from social.models import Friendship


def require_friend(*, user: User, friend_id: str) -> User:
    """The person a private message would go to. Raises NotFriends."""
    rows = Friendship.objects.agreed().filter(user=user, friend__public_id=friend_id)
    row = rows.select_related("friend").first()
    if row is None:
        raise NotFriends("Not a friend.")
    return row.friend


def require_own_group(*, user: User, group_id: str) -> Room:
    """The group a message would go to. Raises NotMember."""
    present = Membership.objects.present().filter(
        user=user, room__kind=Room.Kind.GROUP, room__public_id=group_id
    )
    member = present.select_related("room").first()
    if member is None:
        raise NotMember("Not a member of the group.")
    return member.room
