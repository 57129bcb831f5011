"""Random histories by concurrent writers: every device ends up with the server's view."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Event

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from accounts.services import remove_user, set_name
from rooms.models import Room
from rtcserver.errors import DomainError
from rtcserver.events import Actor
from social import services
from tests.factories import UserFactory
from tests.social.people import HASHED, PASSWORD, logged_in
from tests.social.replica import Replica, tables_of
from tests.threads import in_parallel

ACTOR = Actor("person", "someone", "sealtalk")
PEOPLE = 4

acts = st.tuples(
    st.sampled_from(
        [
            "invite", "invite", "accept", "ignore", "delete", "name friend", "block", "unblock",
            "found", "add", "add", "join", "kick", "quit", "quit", "dismiss", "transfer",
            "rename", "name oneself", "portrait", "profile", "profile", "vanish",
        ]
    ),
    st.integers(0, PEOPLE - 1),
    st.integers(0, PEOPLE - 1),
    st.integers(0, 3),
)  # fmt: skip
programs = st.lists(st.lists(acts, max_size=7), min_size=3, max_size=3)


class World:
    """People, their groups, and a device of each that syncs whenever it likes."""

    def __init__(self) -> None:
        self.people = UserFactory.create_batch(PEOPLE, password=HASHED)
        self.devices = [self.device_of(person) for person in self.people]
        self.groups: list[str] = []
        self.found(actor=ACTOR, user=self.people[0], other=self.people[1], number=3)

    def device_of(self, person: User) -> Replica:
        return Replica(person, logged_in(person))

    def run(self, program: list[tuple[str, int, int, int]]) -> None:
        for act, one, two, number in program:
            with suppress(DomainError):  # a refusal is as good an outcome as any
                self.perform(act, self.people[one], self.people[two], number)

    def perform(self, act: str, user: User, other: User, number: int) -> None:
        group = {"group_id": self.groups[number % len(self.groups)]}
        friend = {"friend_id": other.public_id}
        members = {**group, "member_ids": [other.public_id]}
        name = f"{act} {number}"
        service, arguments = {
            "invite": (services.invite_friend, {**friend, "message": name}),
            "accept": (services.accept_friend, friend),
            "ignore": (services.ignore_friend, friend),
            "delete": (services.delete_friend, friend),
            "name friend": (services.set_friend_name, {**friend, "display_name": name}),
            "block": (services.block_person, friend),
            "unblock": (services.unblock_person, friend),
            "found": (self.found, {"other": other, "number": number}),
            "add": (services.add_members, members),
            "kick": (services.kick_members, members),
            "transfer": (services.transfer_group, {**group, "heir_id": other.public_id}),
            "rename": (services.rename_group, {**group, "name": name}),
            "name oneself": (services.set_member_name, {**group, "display_name": name}),
            "portrait": (services.set_group_portrait, {**group, "portrait_url": name}),
            "join": (services.join_group, group),
            "quit": (services.quit_group, group),
            "dismiss": (services.dismiss_group, group),
            "profile": (set_name, {"name": name}),
            "vanish": (remove_user, {"password": PASSWORD}),
        }[act]
        service(user=user, actor=ACTOR, **arguments)

    def found(self, *, actor: Actor, user: User, other: User, number: int) -> None:
        members = [user.public_id, other.public_id]
        group = services.create_group(
            actor=actor, user=user, name=f"Group {number}", member_ids=members
        )
        self.groups.append(group.public_id)

    def sync_at_random(self, seed: int, stop: Event) -> None:
        choice = random.Random(seed)
        try:
            while not stop.wait(choice.uniform(0, 0.002)):
                choice.choice(self.devices).sync()
        finally:
            connection.close()


def play(programs: list[list[tuple[str, int, int, int]]], seed: int) -> None:
    world, stop = World(), Event()
    with ThreadPoolExecutor(1) as pool:
        reader = pool.submit(world.sync_at_random, seed, stop)
        try:
            outcomes = in_parallel(lambda p=program: world.run(p) for program in programs)
        finally:
            stop.set()
    reader.result()
    assert outcomes == [None] * len(programs)
    for device in world.devices:
        device.sync()
        if device.is_dead:
            continue
        assert device.tables() == tables_of(device.user)
        at = device.version
        device.sync()
        assert device.version == at
        fresh = world.device_of(device.user)
        fresh.sync()
        assert fresh.tables() == tables_of(device.user)
    check_counts(world)


def check_counts(world: World) -> None:
    """Members are counted right, and every open group has a creator who is in it."""
    for room in Room.across_teams.filter(public_id__in=world.groups).select_related("group"):
        present = set(room.memberships.present().values_list("user_id", flat=True))
        assert room.group.member_count == len(present)
        assert (room.closed_at is None) == (room.owner_id in present)


QUIET = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


@pytest.mark.django_db(transaction=True)
@settings(max_examples=15, derandomize=True, **QUIET)
@given(programs, st.integers(0, 2**32))
def test_every_device_ends_up_with_the_servers_view(programs, seed):
    play(programs, seed)


@pytest.mark.long
@pytest.mark.timeout(5400)
@pytest.mark.django_db(transaction=True)
@settings(max_examples=2000, **QUIET)
@given(programs, st.integers(0, 2**32))
def test_every_device_ends_up_with_the_servers_view_in_2000_histories(programs, seed):
    play(programs, seed)
