"""What changed for one person since a version: the reading half of versioned sync.

Rows carry the stamp of the transaction that wrote them last (rtcserver.models.SyncClock), so
"newer than a version" is a comparison. Rules: docs/dialects/sealtalk-social.md.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import BigIntegerField, Exists, F, FilteredRelation, Q, QuerySet, Subquery

from accounts.models import User
from rooms.models import Membership, Room
from rtcserver.dates import moment_of_stamp
from rtcserver.models import SyncClock
from rtcserver.prepared import Parameter, PreparedRows
from social.models import Block, Friendship

Row = dict[str, Any]
CHUNK = 2000  # rows fetched at a time, so that memory does not grow with the answer
DELETED = Friendship.Status.DELETED
GROUP = Room.Kind.GROUP


class Changes:
    """What a person has to learn to get from `version` to now.

    Ask for parts inside `read_snapshot()`, or they will not fit together. A version from the
    future (the server was restored from a backup) counts as 0: everything is handed out.

    One query tells whether there is anything at all; if so, each part is one query more. The
    `stamp` of each row handed out is that of the newest fact in it.
    """

    def __init__(self, user_id: int, version: int) -> None:
        self._user_id = user_id
        self._since = version
        self.newest: int | None = None  # stamp of all rows handed out so far: the next version
        [news] = _news(user_id=user_id, since=version)
        if version > (news["clock"] or 0):
            self._since = 0
            [news] = _news(user_id=user_id, since=0)
        self.is_empty = not any(news[part] for part in ("own", "people", "rooms", "fellows"))

    def own(self) -> Iterator[Row]:
        """The person's name and portrait: one row, or none."""
        rows = User.objects.filter(pk=self._user_id, stamp__gt=self._since)
        return self._hand_out(_with_person(rows), lambda row: False)

    def friends(self) -> Iterator[Row]:
        """Own side of friendships, if that or the friend changed; deleted ones too."""
        friend_changed = Q(friend__stamp__gt=self._since) & ~Q(status=DELETED)
        rows = Friendship.objects.filter(
            Q(stamp__gt=self._since) | friend_changed, user=self._user_id
        )
        facts = _with_person(rows, "friend", "display_name", "status")
        return self._hand_out(facts, lambda row: row["status"] == DELETED)

    def blacklist(self) -> Iterator[Row]:
        """Blacklist entries, if they or the person changed; those taken off too."""
        person_changed = Q(blocked__stamp__gt=self._since, is_active=True)
        rows = Block.objects.filter(Q(stamp__gt=self._since) | person_changed, user=self._user_id)
        facts = _with_person(rows, "blocked", "is_active")
        return self._hand_out(facts, lambda row: not row["is_active"])

    def groups(self) -> Iterator[Row]:
        """Own membership of groups, if that or the group changed; of groups left too."""
        group_changed = Q(room__stamp__gt=self._since, left_at=None)
        rows = Membership.objects.filter(
            Q(stamp__gt=self._since) | group_changed, user=self._user_id, room__kind=GROUP
        )
        facts = rows.values(
            "display_name",
            "left_at",
            "stamp",
            group_id=F("room__public_id"),
            name=F("room__name"),
            picture=F("room__picture"),
            is_creator=Q(room__owner=self._user_id),
            other_stamp=F("room__stamp"),
        )
        return self._hand_out(facts, lambda row: row["left_at"] is not None)

    def members(self) -> Iterator[Row]:
        """Members of one's groups: everybody present in groups entered since `version`; else
        those who changed, came or left. Nothing of groups one has left."""
        mine = FilteredRelation(
            "room__memberships",
            condition=Q(room__memberships__user=self._user_id, room__memberships__left_at=None),
        )
        entered_since = Q(mine__joined_at__gt=moment_of_stamp(self._since))
        person_changed = Q(user__stamp__gt=self._since)
        rows = Membership.objects.alias(mine=mine).filter(
            Q(stamp__gt=self._since) | (Q(left_at=None) & (entered_since | person_changed)),
            mine__isnull=False,
            room__kind=GROUP,
        )
        facts = _with_person(
            rows,
            "user",
            "display_name",
            "left_at",
            group_id=F("room__public_id"),
            is_creator=Q(room__owner=F("user")),
        )
        return self._hand_out(facts, lambda row: row["left_at"] is not None)

    def _hand_out(self, rows: QuerySet[Any, Any], is_gone: Callable[[Row], bool]) -> Iterator[Row]:
        """What else the row shows (a person, a group) counts too, unless the row tells an end."""
        for row in rows.order_by().iterator(CHUNK):
            if not is_gone(row):
                row["stamp"] = max(row["stamp"], row["other_stamp"])
            self.newest = max(self.newest or 0, row["stamp"])
            yield row


def _where_news_is() -> QuerySet[Any, Any]:
    """One row: the clock, and whether the parts have anything newer than a version."""
    user_id = Parameter("user_id", BigIntegerField())
    since = Parameter("since", BigIntegerField())
    friends = Friendship.objects.filter(user=user_id)
    blocks = Block.objects.filter(user=user_id)
    memberships = Membership.objects.filter(user=user_id, room__kind=GROUP)
    present = memberships.present()
    fellows = Membership.objects.present().filter(user__stamp__gt=since)
    # Each condition has an index of its own; joined by OR inside a query it would have none.
    people = (
        Exists(friends.filter(stamp__gt=since))
        | Exists(friends.exclude(status=DELETED).filter(friend__stamp__gt=since))
        | Exists(blocks.filter(stamp__gt=since))
        | Exists(blocks.active().filter(blocked__stamp__gt=since))
    )
    rooms = Exists(memberships.filter(stamp__gt=since)) | Exists(
        present.filter(room__stamp__gt=since)
    )
    return User.objects.filter(pk=user_id).values(
        own=Q(stamp__gt=since),
        clock=Subquery(SyncClock.objects.values("value")[:1]),
        people=people,
        rooms=rooms,
        fellows=Exists(fellows.filter(room__in=present.values("room"))),
    )


_news = PreparedRows(_where_news_is)  # every device asks this after every login


def _with_person(
    rows: QuerySet[Any], path: str = "", *facts: str, **more: F | Q
) -> QuerySet[Any, Row]:
    """`facts` of each row, and who the person at `path` is ("" for the row itself)."""
    lead = f"{path}__" if path else ""
    return rows.values(
        "stamp",
        *facts,
        person_id=F(f"{lead}public_id"),
        person_name=F(f"{lead}name"),
        person_portrait=F(f"{lead}portrait_url"),
        other_stamp=F(f"{lead}stamp"),
        **more,
    )
