"""Refusals of friendships, blacklists and groups."""

from rtcserver.errors import DomainError, Kind


class UnknownPerson(DomainError):
    kind, slug = Kind.NOT_FOUND, "unknown_person"


class AlreadyFriends(DomainError):
    kind, slug = Kind.CONFLICT, "already_friends"


class NoSuchRequest(DomainError):
    """There is no friendship in the state that the act needs."""

    kind, slug = Kind.NOT_FOUND, "no_such_request"

    def __init__(self, message: str = "Unknown friend user or invalid status.") -> None:
        super().__init__(message)


class NotFriends(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_friends"


class OwnBlacklist(DomainError):
    kind, slug = Kind.INVALID, "own_blacklist"


class UnknownGroup(DomainError):
    kind, slug = Kind.NOT_FOUND, "unknown_group"


class UnknownMembers(DomainError):
    kind, slug = Kind.INVALID, "unknown_members"


class CreatorMissing(DomainError):
    kind, slug = Kind.INVALID, "creator_missing"


class WrongMemberCount(DomainError):
    kind, slug = Kind.INVALID, "wrong_member_count"


class GroupFull(DomainError):
    kind, slug = Kind.CONFLICT, "group_full"


class TooManyGroups(DomainError):
    kind, slug = Kind.CONFLICT, "too_many_groups"


class AlreadyMember(DomainError):
    kind, slug = Kind.CONFLICT, "already_member"


class NotCreator(DomainError):
    kind, slug = Kind.FORBIDDEN, "not_creator"


class NotMember(DomainError):
    """The caller is not in the group."""

    kind, slug = Kind.FORBIDDEN, "not_member"


class OthersNotMembers(DomainError):
    """Someone the act names is not in the group."""

    kind, slug = Kind.INVALID, "others_not_members"


class SelfKick(DomainError):
    kind, slug = Kind.INVALID, "self_kick"


class SelfTransfer(DomainError):
    kind, slug = Kind.FORBIDDEN, "self_transfer"
