"""Everything that changes friendships, blacklists and groups; imported from here."""

from social.services.blacklist import block_person, unblock_person
from social.services.conversations import require_friend, require_own_group
from social.services.departures import dismiss_group, kick_members, quit_group
from social.services.friendships import (
    Invited,
    accept_friend,
    delete_friend,
    ignore_friend,
    invite_friend,
    set_friend_name,
)
from social.services.group_facts import (
    rename_group,
    set_bulletin,
    set_group_portrait,
    set_member_name,
    transfer_group,
)
from social.services.groups import add_members, create_group, join_group
from social.services.removal import export_person, forget_person

__all__ = [
    "Invited",
    "accept_friend",
    "add_members",
    "block_person",
    "create_group",
    "delete_friend",
    "dismiss_group",
    "export_person",
    "forget_person",
    "ignore_friend",
    "invite_friend",
    "join_group",
    "kick_members",
    "quit_group",
    "rename_group",
    "require_friend",
    "require_own_group",
    "set_bulletin",
    "set_friend_name",
    "set_group_portrait",
    "set_member_name",
    "transfer_group",
    "unblock_person",
]
