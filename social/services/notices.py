"""Writing the events of social, together with the people who are to be told."""

from collections.abc import Collection
from typing import Any

from accounts.models import User
from rooms.models import Membership, Room
from rtcserver.events import PEOPLE_TOPIC, Actor, publish, record
from social.models import Notification

Person = dict[str, str]


def facts_of(person: User) -> Person:
    """What notifications tell of a person."""
    return {"id": person.public_id, "name": person.name}


def record_friendship(
    event_type: str, *, actor: Actor, user: User, friend: User, tell: bool = False, **facts: Any
) -> None:
    """Record what `user` did towards `friend`; with `tell`, notify the friend."""
    event = record(
        event_type,
        subject_kind="friendship",
        subject_id=f"{user.public_id}-{friend.public_id}",
        actor=actor,
        user=facts_of(user),
        friend=facts_of(friend),
        **facts,
    )
    _notify(event.pk, [friend.pk] if tell else [])
    publish(PEOPLE_TOPIC, "people.changed", user_ids=[user.pk, friend.pk])


def record_group(
    event_type: str, *, actor: Actor, group: Room, by: User, audience: Collection[int], **facts: Any
) -> None:
    """Record what `by` did in `group`, and notify the people whose ids are in `audience`.

    Listeners to the group are told at once, `people` of the facts by their ids.
    """
    event = record(
        event_type,
        subject_kind="group",
        subject_id=group.public_id,
        actor=actor,
        group={"id": group.public_id, "name": group.name},
        by=facts_of(by),
        stamp=group.stamp,
        **facts,
    )
    _notify(event.pk, audience)
    publish(
        group.topic,
        "room.event",
        room=group.public_id,
        event=event_type,
        facts={"by": by.public_id},
        people=[person["id"] for person in facts.get("people", ())],
    )


def members_of(group: Room) -> list[int]:
    """Ids of the people present in a locked group."""
    present = Membership.objects.present().filter(room=group)
    return list(present.values_list("user_id", flat=True))


def _notify(event_id: int, audience: Collection[int]) -> None:
    Notification.objects.bulk_create(
        [Notification(event_id=event_id, user_id=user_id) for user_id in audience],
        batch_size=1000,
    )
    if audience:
        publish(PEOPLE_TOPIC, "people.notified", user_ids=list(audience))
