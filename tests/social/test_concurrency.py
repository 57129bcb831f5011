"""Friends and groups written by several threads at once."""

from functools import partial
from itertools import pairwise

import pytest
from django.db import connection

from accounts.services import remove_user, set_name
from rooms.models import Membership, Room
from rtcserver.events import Actor
from social import services
from social.errors import GroupFull, NotCreator
from social.models import Friendship, Group
from social.services import Invited
from tests.factories import UserFactory
from tests.social.people import HASHED, PASSWORD
from tests.threads import in_parallel

pytestmark = pytest.mark.django_db(transaction=True)
ACTOR = Actor("person", "someone", "sealtalk")
LEGAL = {(10, 11), (11, 10), (10, 21), (21, 10), (20, 20), (20, 30), (30, 20), (30, 30)}


def rounds(postgresql, sqlite):
    return range(postgresql if connection.vendor == "postgresql" else sqlite)


def invite(user, friend):
    return partial(
        services.invite_friend, actor=ACTOR, user=user, friend_id=friend.public_id, message="hello"
    )


def friend_act(service, user, friend):
    return partial(service, actor=ACTOR, user=user, friend_id=friend.public_id)


def new_group(*people):
    ids = [person.public_id for person in people]
    return services.create_group(actor=ACTOR, user=people[0], name="Choir", member_ids=ids)


def present(group):
    return set(Membership.objects.present().filter(room=group).values_list("user_id", flat=True))


def test_mutual_invitations_give_one_friendship():
    for _round in rounds(200, 30):
        ada, bo = UserFactory.create_batch(2)
        outcomes = in_parallel([invite(ada, bo), invite(bo, ada)])
        assert set(outcomes) == {Invited.SENT, Invited.ADDED}
        rows = Friendship.objects.between(ada, bo)
        assert [row.status for row in rows] == [20, 20]


def test_the_two_rows_are_always_a_legal_pair():
    acts = [services.accept_friend, services.ignore_friend, services.delete_friend]
    for number in rounds(60, 10):
        ada, bo = UserFactory.create_batch(2)
        invite(ada, bo)()
        calls = [invite(ada, bo), invite(bo, ada)]
        calls += [friend_act(act, *pair) for act in acts for pair in ((ada, bo), (bo, ada))]
        in_parallel(calls[number % 3 :])
        own, other = (Friendship.objects.get(user=user) for user in (ada, bo))
        assert (own.status, other.status) in LEGAL


def test_a_request_sent_twice_at_once_notifies_once():
    ada, bo = UserFactory.create_batch(2)
    outcomes = in_parallel([invite(ada, bo)] * 6)
    assert sorted(outcome.value for outcome in outcomes) == ["none"] * 5 + ["sent"]
    assert bo.notifications.count() == 1


def test_parallel_adds_never_exceed_the_limit():
    people = UserFactory.create_batch(12)
    group = new_group(*people[:2])
    Group.objects.filter(pk=group.pk).update(max_members=5)
    joins = [
        partial(services.join_group, actor=ACTOR, user=person, group_id=group.public_id)
        for person in people[2:]
    ]
    outcomes = in_parallel(joins)
    assert sum(isinstance(outcome, GroupFull) for outcome in outcomes) == 7
    assert len(present(group)) == Group.objects.get(pk=group.pk).member_count == 5


def test_the_same_person_is_added_once():
    ada, bo, cai = UserFactory.create_batch(3)
    group = new_group(ada, bo)
    add = [
        partial(
            services.add_members,
            actor=ACTOR,
            user=user,
            group_id=group.public_id,
            member_ids=[cai.public_id],
        )
        for user in (ada, bo)
    ]
    outcomes = in_parallel(add * 3)
    assert outcomes.count(None) == 1
    assert Group.objects.get(pk=group.pk).member_count == len(present(group)) == 3


def test_a_creator_who_quits_while_transferring_leaves_one_creator_inside():
    for _round in rounds(60, 10):
        ada, bo, cai = UserFactory.create_batch(3)
        group = new_group(ada, bo, cai)
        place = {"actor": ACTOR, "group_id": group.public_id}
        outcomes = in_parallel(
            [
                partial(services.quit_group, user=ada, **place),
                partial(services.transfer_group, user=ada, heir_id=cai.public_id, **place),
                partial(services.quit_group, user=cai, **place),
            ]
        )
        group = Room.across_teams.get(pk=group.pk)
        assert outcomes[0] is None
        assert outcomes[2] is None
        assert present(group) == {bo.pk}
        assert group.owner_id == bo.pk


def test_a_dismissed_group_keeps_nobody():
    for _round in rounds(30, 5):
        ada, bo, cai = UserFactory.create_batch(3)
        group = new_group(ada, bo)
        place = {"actor": ACTOR, "group_id": group.public_id}
        in_parallel(
            [
                partial(services.dismiss_group, user=ada, **place),
                partial(services.join_group, user=cai, **place),
                partial(services.quit_group, user=bo, **place),
            ]
        )
        assert present(group) == set()
        assert Group.objects.get(pk=group.pk).member_count == 0


def test_renames_removals_and_group_acts_never_wait_for_each_other_in_a_circle():
    for _round in rounds(20, 4):
        ada, bo, cai, dee = UserFactory.create_batch(4, password=HASHED)
        group = new_group(ada, bo, cai, dee)
        place = {"actor": ACTOR, "group_id": group.public_id}
        for user, friend in pairwise([ada, bo, cai, dee]):
            invite(user, friend)()
        outcomes = in_parallel(
            [
                partial(set_name, bo, "Bob", actor=ACTOR),
                partial(set_name, cai, "Carl", actor=ACTOR),
                partial(services.transfer_group, user=ada, heir_id=bo.public_id, **place),
                partial(remove_user, dee, password=PASSWORD, actor=ACTOR),
                partial(services.rename_group, user=ada, name="Band", **place),
                invite(bo, ada),
                invite(dee, cai),
            ]
        )
        # Whatever the order: nothing but these two can be refused, and nothing dies of a deadlock.
        assert [outcome for outcome in outcomes[:4] if outcome] == []
        assert outcomes[4] is None or isinstance(outcomes[4], NotCreator)
        assert dee.pk not in present(group)
        assert not Friendship.objects.filter(friend=dee).exclude(status=30).exists()
        assert Group.objects.get(pk=group.pk).member_count == 3
