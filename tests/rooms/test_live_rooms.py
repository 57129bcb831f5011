"""The rules of live rooms, as clients of the LiveRoom dialect meet them."""

import pytest
import time_machine

from rooms.models import Room, RoomReservation
from rooms.services.presence import sweep_reservations
from tests.rooms.people import APP, Person, events

ROOM_FIELDS = {"category", "title", "cover", "subject", "description"}


class TestReserving:
    def test_a_reserved_id_shows_nothing_until_somebody_enters(self, host, guest):
        room_id = host.ok("generate_roomid", title="Mine", category="game")["roomId"]
        assert guest.code("room_detail", roomId=room_id) == 2004
        assert guest.code("leave_room", roomId=room_id) == 2004
        assert room_id not in guest.listed()
        assert events() == []

    def test_the_reserver_owns_the_room_whoever_enters_first(self, host, guest):
        room_id = host.ok("generate_roomid", title="Mine")["roomId"]
        guest.enter(room_id, title="Not mine")
        shown = guest.detail(room_id)
        assert (shown["ownBy"], shown["title"]) == (host.id, "Mine")

    def test_two_reservations_differ_and_avoid_ids_that_clients_chose(self, host):
        first = host.ok("generate_roomid")["roomId"]
        host.enter(str(int(first) + 1))
        assert host.ok("generate_roomid")["roomId"] not in (first, str(int(first) + 1))

    def test_a_reservation_lasts_a_day(self, host, guest):
        with time_machine.travel("2030-01-01 00:00:00", tick=False) as clock:
            host.sign_in(), guest.sign_in()
            room_id = host.ok("generate_roomid")["roomId"]
            clock.shift(24 * 3600)
            assert sweep_reservations() == 1
            guest.enter(room_id)
            assert guest.detail(room_id)["ownBy"] == guest.id
        assert not RoomReservation.objects.exists()

    def test_nobody_holds_more_rooms_than_the_limit(self, host, settings):
        settings.LIVEROOM_ROOMS_PER_PERSON = 2
        host.ok("generate_roomid")
        host.enter("one")
        assert host.code("generate_roomid") == 98
        assert host.code("enter_room", appId=APP, roomId="two") == 98
        host.ok("destroy_room", roomId="one")
        host.enter("two")


class TestEntering:
    def test_an_unknown_id_opens_a_room_of_the_entrant(self, host):
        assert host.enter("my-room", role="anchor") == {"roomId": "my-room", "role": "anchor"}
        shown = host.detail("my-room")
        assert (shown["createBy"], shown["ownBy"], shown["nnUsers"]) == (host.id, host.id, 1)
        assert (shown["removed"], shown["status"]) == (0, "visible")
        assert events() == ["created", "entered"]

    def test_without_an_id_the_server_makes_one(self, host):
        room_id = host.enter(...)["roomId"]
        assert host.detail(room_id)["ownBy"] == host.id

    def test_entering_again_keeps_the_membership_and_its_first_role(self, host, guest):
        host.enter("r")
        guest.enter("r", role="fan")
        assert guest.enter("r", role="star")["role"] == "fan"
        assert guest.detail("r")["nnUsers"] == 2

    def test_no_role_is_null(self, host):
        assert host.enter("r")["role"] is None

    def test_what_a_guest_says_of_the_room_is_ignored(self, host, guest):
        host.enter("r", title="Mine", category="game")
        guest.enter("r", title="Hers", category="music", appId="7")
        shown = guest.detail("r")
        assert (shown["title"], shown["category"]) == ("Mine", "game")
        assert guest.listed() == ["r"]

    def test_what_the_owner_says_on_entering_again_counts(self, host):
        host.enter("r", title="Old")
        host.enter("r", title="New")
        assert host.detail("r")["title"] == "New"
        assert events() == ["created", "entered", "updated"]

    def test_an_app_of_another_id_does_not_list_the_room(self, host, guest):
        host.enter("r")
        assert guest.listed(appId="other") == []


class TestLeaving:
    def test_leaving_twice_succeeds_and_is_told_once(self, host, guest):
        host.enter("r")
        guest.enter("r")
        for _time in range(2):
            guest.ok("leave_room", roomId="r")
        assert host.detail("r")["nnUsers"] == 1
        assert events().count("left") == 1

    def test_the_owner_leaving_neither_ends_nor_hands_over_the_room(self, host, guest):
        host.enter("r")
        guest.enter("r")
        host.ok("leave_room", roomId="r")
        assert guest.detail("r")["ownBy"] == host.id
        assert guest.inside("r") == [guest.id]

    def test_a_room_that_never_was_cannot_be_left(self, guest):
        assert guest.code("leave_room", roomId="never") == 2004


class TestUpdating:
    def test_the_owner_changes_the_room(self, host, guest):
        host.enter("r")
        changed = {name: f"new {name}" for name in ROOM_FIELDS}
        answered = host.ok("update_room", roomId="r", **changed)
        assert answered == {"roomId": "r"} | changed
        shown = guest.detail("r")
        assert {name: shown[name] for name in ROOM_FIELDS} == changed
        assert shown["updateBy"] == host.id

    def test_nobody_else_changes_the_room_and_nothing_of_it_is_kept(self, host, guest):
        host.enter("r", title="Mine")
        guest.enter("r", role="fan")
        assert guest.code("update_room", roomId="r", title="Hers", role="boss") == 98
        assert guest.detail("r")["title"] == "Mine"
        assert guest.ok("list_users", roomId="r")[1]["role"] == "fan"

    def test_anybody_inside_changes_their_own_role(self, host, guest):
        host.enter("r")
        guest.enter("r", role="fan")
        guest.ok("update_room", roomId="r", role="star")
        assert guest.ok("list_users", roomId="r")[1] == {
            "userId": guest.id,
            "apaasUserId": guest.id,
            "name": "Bo",
            "avatar": "https://p/Bo",
            "role": "star",
        }

    def test_who_is_not_inside_has_no_role_to_change(self, host, guest):
        host.enter("r")
        assert guest.code("update_room", roomId="r", role="star") == 103

    @pytest.mark.parametrize("destroyed", [True, False])
    def test_a_room_that_is_gone_or_never_was_is_not_changed(self, host, destroyed):
        if destroyed:
            host.enter("r")
            host.ok("destroy_room", roomId="r")
        assert host.code("update_room", roomId="r", title="New") == 2004


class TestDestroying:
    def test_the_owner_ends_the_room_for_everybody(self, host, guest):
        host.enter("r")
        guest.enter("r")
        host.ok("destroy_room", roomId="r")
        assert guest.code("room_detail", roomId="r") == 2004
        assert guest.listed() == []
        assert guest.inside("r") == []
        assert events()[-1] == "destroyed"

    def test_once_more_succeeds_and_is_told_once(self, host):
        host.enter("r")
        for _time in range(2):
            host.ok("destroy_room", roomId="r")
        assert events().count("destroyed") == 1

    def test_nobody_else_ends_it(self, host, guest):
        host.enter("r")
        assert guest.code("destroy_room", roomId="r") == 98
        host.ok("destroy_room", roomId="r")
        assert guest.code("destroy_room", roomId="r") == 2004

    def test_an_unknown_room_cannot_be_ended(self, host):
        assert host.code("destroy_room", roomId="never") == 2004

    def test_only_the_owner_opens_it_again_and_it_is_empty(self, host, guest):
        host.enter("r", title="First")
        guest.enter("r")
        before = host.detail("r")["createUtc"]
        host.ok("destroy_room", roomId="r")
        assert guest.code("enter_room", appId=APP, roomId="r") == 2004
        host.enter("r", title="Second")
        shown = guest.detail("r")
        assert (shown["title"], shown["nnUsers"]) == ("Second", 1)
        assert (shown["createUtc"], shown["ownBy"]) == (before, host.id)
        assert guest.listed() == ["r"]
        assert Room.across_teams.count() == 1
        assert "reopened" in events()


class TestLists:
    def test_rooms_are_listed_newest_first_page_by_page(self, host, guest):
        with time_machine.travel("2030-01-01 00:00:00", tick=False) as clock:
            host.sign_in()
            for number in range(5):
                host.enter(f"r{number}")
                clock.shift(1)
            assert host.listed() == ["r4", "r3", "r2", "r1", "r0"]
            assert host.listed(limit=2) == ["r4", "r3"]
            assert host.listed(limit=2, offset=4) == ["r0"]  # an offset beyond the limit
            assert host.listed(limit=0) == []
            window = {"startUtc": "2030-01-01 00:00:01", "endUtc": "2030-01-01 00:00:03"}
            assert host.listed(**window) == ["r2", "r1"]

    def test_rooms_are_chosen_by_category_and_ids(self, host):
        host.enter("a", category="game")
        host.enter("b", category="music")
        host.enter("c", category="game")
        assert host.listed(category="game") == ["c", "a"]
        assert host.listed(roomIds=["a", "b"]) == ["b", "a"]
        assert host.listed(roomIds="b") == ["b"]
        assert host.listed(**{"roomIds[]": ["a"]}) == ["a"]

    def test_a_listed_room_has_all_its_fields(self, host):
        host.enter("a", title="T", category="game")
        [room] = host.ok("query_room", appId=APP)
        assert set(room) == ROOM_FIELDS | {"roomId", "ownBy", "createUtc", "updateUtc"}
        assert len(room["createUtc"]) == 19

    def test_users_of_an_unknown_room_are_nobody(self, host):
        assert host.ok("list_users", roomId="never") == []

    def test_users_are_listed_up_to_the_limit(self, host, guest):
        host.enter("r")
        guest.enter("r")
        assert [row["userId"] for row in host.ok("list_users", roomId="r", limit=1)] == [host.id]

    def test_a_list_costs_the_same_for_many_rooms_and_people(
        self, host, django_assert_max_num_queries
    ):
        for number in range(12):
            host.enter(f"r{number}")
            Person(f"P{number}").enter("r0")
        for number, api, given in (
            (3, "query_room", {"appId": APP, "limit": 100}),
            (3, "list_users", {"roomId": "r0", "limit": 100}),
            (3, "room_detail", {"roomId": "r0"}),
        ):
            with django_assert_max_num_queries(number + 1):  # token, sign of life (two), rows
                host.ok(api, **given)


class TestTenant:
    def test_ids_get_the_prefix_they_lack(self, host, guest, settings):
        settings.LIVEROOM_TENANT = "acme"
        assert host.ok("generate_roomid")["roomId"].startswith("acme-")
        assert host.enter("r")["roomId"] == "acme-r"
        assert guest.enter("acme-r")["roomId"] == "acme-r"
        assert guest.detail("r")["nnUsers"] == 2
        assert guest.listed(roomIds=["r"]) == ["acme-r"]

    def test_rooms_of_another_team_do_not_exist_here(self, host, guest, settings):
        host.enter("r")
        settings.LIVEROOM_TEAM = "Another"
        assert guest.code("room_detail", roomId="r") == 2004
        assert guest.code("enter_room", appId=APP, roomId="r") == 2004
        assert guest.code("destroy_room", roomId="r") == 2004
        assert guest.listed() == []
