"""The calls of the chatroom dialect: the documented texts, and what they do."""

import pytest
import time_machine

from accounts.models import ChatName, Login, User
from accounts.services import create_person, remove_user, set_password
from rooms.models import ChatRoom, Room
from rooms.services.chat_rooms import keep_chat_room, sweep_chat_rooms
from rtcserver.models import Event
from tests.conftest import TESTER

pytestmark = pytest.mark.django_db
UNUSABLE = ["", "x" * 300, "a\x00b"]


class TestRegister:
    def test_a_person_is_registered_once_by_number_and_by_name(self, calls):
        assert calls.register() == "register successfully"
        assert calls.register() == "user exist"
        assert calls.register(name="other") == "user exist"
        assert calls.register(tel=2) == "user exist"
        assert User.objects.count() == ChatName.objects.count() == 1

    def test_the_password_is_hashed_and_never_sent_back(self, calls):
        calls.register(password="secret-1")
        stored = User.objects.get()
        assert stored.password.startswith("argon2")
        calls.login()
        assert "secret-1" not in calls.response.content.decode()
        assert calls.response.json()["data"]["user_password"] == ""
        told = list(Event.objects.values_list("payload", flat=True))
        assert "secret-1" not in str(told)

    @pytest.mark.parametrize("missing", ["user_tel", "user_name", "user_password"])
    def test_each_parameter_is_needed(self, calls, missing):
        given = {"user_tel": "1", "user_name": "anna", "user_password": "secret-1"}
        for bad in [None, *UNUSABLE]:
            query = given | {missing: bad}
            if bad is None:
                del query[missing]
            assert calls.res("auth/register", **query) == "missing parameters"
        assert not User.objects.exists()

    @pytest.mark.parametrize("tel", ["abc", "-1", "1.5", "٣", "1" * 16, " "])
    def test_what_is_no_number_registers_nobody(self, calls, tel):
        assert calls.register(tel=tel) == "missing parameters"

    def test_a_closed_server_registers_nobody(self, calls, settings):
        settings.CHATROOM_REGISTRATION = "closed"
        assert calls.register() == "registration closed"
        assert not User.objects.exists()

    def test_nobody_takes_a_phone_that_was_proved(self, calls):
        create_person(actor=TESTER, name="Li", region="86", phone="13800000001")
        assert calls.register() == "user exist"

    def test_a_removed_person_leaves_name_and_number_free(self, calls):
        calls.register()
        remove_user(User.objects.get(), password="secret-1", actor=TESTER)
        assert calls.login()["res"] == "user not exist"
        assert calls.register() == "register successfully"


class TestLogin:
    def test_the_documented_answers(self, calls):
        calls.register(tel=0, name="admin", password="123456")
        assert calls.login(0, "123456") == {
            "res": "login successfully",
            "data": {
                "user_tel": 0, "user_name": "admin", "user_password": "", "user_avatar_url": "",
            },
        }  # fmt: skip
        assert calls.login(0, "wrong") == {"res": "password wrong", "data": {}}
        assert calls.login(7, "123456") == {"res": "user not exist", "data": {}}
        assert calls.login("nonsense", "123456") == {"res": "user not exist", "data": {}}
        assert calls.res("auth/login", user_tel=0) == "missing parameters"

    def test_the_device_is_in_the_log_of_logins(self, calls):
        calls.register()
        calls.client.defaults["HTTP_USER_AGENT"] = "okhttp/4.9.1"
        calls.login()
        login = Login.objects.get()
        assert (login.dialect, login.address, login.user_agent) == (
            "chatroom", "127.0.0.1", "okhttp/4.9.1",
        )  # fmt: skip

    def test_a_number_is_a_json_number_and_0_for_clients_of_32_bits(self, calls, settings):
        calls.register()
        assert calls.login()["data"]["user_tel"] == 13800000001
        settings.CHATROOM_TEL_INT32 = True
        assert calls.login()["data"]["user_tel"] == 0
        calls.register(tel=2**31 - 1, name="bo")
        assert calls.login(2**31 - 1)["data"]["user_tel"] == 2**31 - 1

    def test_a_person_known_by_phone_logs_in_with_their_password(self, calls):
        for phone in ("13800000001", "13800000002"):
            li = create_person(actor=TESTER, name="Li", region="86", phone=phone)
            set_password(li, "secret-1", actor=TESTER)
        assert calls.login(13800000001)["data"]["user_name"] == "Li"
        assert calls.login(13800000001)["data"]["user_tel"] == 13800000001
        assert calls.login(13800000002)["data"]["user_name"] == f"Li-{li.public_id}"
        shown = calls.get("auth/user_data", user_name="Li")
        assert shown["data"]["user_tel"] == 0, "a proved phone is for its owner's eyes"

    def test_a_blocked_person_stays_out(self, calls):
        calls.register()
        User.objects.update(is_active=False)
        assert calls.login()["res"] == "password wrong"

    def test_guessing_is_slowed_down(self, calls):
        calls.register()
        for _try in range(10):
            assert calls.login(password="guess")["res"] == "password wrong"
        assert calls.login()["res"] == "password wrong", "the right one is not heard either"
        calls.register(tel=2, name="bo")
        assert calls.login(2)["res"] == "login successfully"

    def test_a_ticket_only_where_tickets_are_asked_for(self, calls, settings):
        calls.register()
        assert "ws_ticket" not in calls.login()["data"]
        settings.CHATROOM_AUTH = "ticket"
        assert len(calls.login()["data"]["ws_ticket"]) == 64


def test_user_data_by_number_or_by_name_without_the_password(calls):
    calls.register()
    data = {"user_tel": 13800000001, "user_name": "anna", "user_avatar_url": ""}
    found = {"res": "get user data successfully", "data": data}
    assert calls.get("auth/user_data", user_tel=13800000001) == found
    assert calls.get("auth/user_data", user_name="anna") == found
    assert calls.get("auth/user_data", user_name="bo") == {"res": "user not exist"}
    assert calls.get("auth/user_data", user_tel="x") == {"res": "user not exist"}
    assert calls.get("auth/user_data") == {"res": "missing parameters"}


class TestRooms:
    def test_the_list_has_names_and_populations(self, calls):
        assert calls.get("chatroom/list") == {"room_list": []}
        assert calls.res("chatroom/create", room_name="TEST") == "chatroom create successfully"
        assert calls.res("chatroom/create", room_name="TEST") == "chatroom already exist"
        calls.room("anna", 1)
        assert calls.get("chatroom/list") == {"room_list": [{"name": "TEST", "population": 1}]}

    @pytest.mark.parametrize("name", [*UNUSABLE, "x" * 65, None])
    def test_a_room_needs_a_name(self, calls, name):
        query = {} if name is None else {"room_name": name}
        assert calls.res("chatroom/create", **query) == "missing parameters"
        assert not Room.across_teams.exists()

    def test_the_documented_ways_in_and_out(self, calls):
        calls.res("chatroom/create", room_name="TEST")
        assert calls.room("anna", 1) == "join chatroom"
        assert calls.room("bo", 1) == "join chatroom"
        assert calls.room("anna", 1) == "join chatroom", "once more is no second seat"
        assert calls.rooms() == {"TEST": 2}
        assert calls.room("anna", 0) == "leave chatroom"
        assert calls.rooms() == {"TEST": 1}, "others stay"
        assert calls.room("anna", 0) == "user not exist"
        assert calls.room("anna", 1, room="NONE") == "invalid room"
        assert calls.room("anna", 0, room="NONE") == "invalid room"

    @pytest.mark.parametrize("status", ["2", "-1", "x", "1.0", "true", "٠"])
    def test_a_status_is_0_or_1_and_an_unknown_room_is_told_first(self, calls, status):
        calls.res("chatroom/create", room_name="TEST")
        assert calls.room("anna", status) == "invalid status"
        assert calls.room("anna", status, room="NONE") == "invalid room"

    @pytest.mark.parametrize("missing", ["room_name", "user_name", "status"])
    def test_every_parameter_of_room_is_needed(self, calls, missing):
        calls.res("chatroom/create", room_name="TEST")
        given = {"room_name": "TEST", "user_name": "anna", "status": "1"}
        for bad in UNUSABLE:
            assert calls.res("chatroom/room", **given | {missing: bad}) == "missing parameters"
        del given[missing]
        assert calls.res("chatroom/room", **given) == "missing parameters"
        assert calls.rooms() == {"TEST": 0}

    def test_the_eleventh_finds_the_room_full(self, calls):
        calls.res("chatroom/create", room_name="TEST")
        assert {calls.room(f"p{n}", 1) for n in range(10)} == {"join chatroom"}
        assert calls.room("late", 1) == "full room"
        assert calls.room("p3", 1) == "join chatroom"
        calls.room("p3", 0)
        assert calls.room("late", 1) == "join chatroom"

    def test_rooms_from_one_address_are_so_many_an_hour(self, calls, settings):
        settings.CHATROOM_ROOMS_PER_HOUR = 2
        made = [calls.res("chatroom/create", room_name=f"r{n}") for n in range(3)]
        assert made == ["chatroom create successfully"] * 2 + ["too many requests"]

    def test_the_list_takes_one_query_whatever_it_holds(self, calls, django_assert_num_queries):
        for number in range(5):
            calls.res("chatroom/create", room_name=f"r{number}")
            calls.room("anna", 1, room=f"r{number}")
        with django_assert_num_queries(1):
            calls.get("chatroom/list")

    def test_a_seat_takes_the_same_queries_whatever_is_taken(self, calls, count_queries):
        calls.res("chatroom/create", room_name="TEST")
        counted = [count_queries(lambda name=f"p{n}": calls.room(name, 1)) for n in range(10)]
        assert max(counted) == counted[0] <= 9


class TestTime:
    """What time does is true at once, and written by the sweep."""

    @pytest.mark.parametrize("swept", [True, False])
    def test_a_call_keeps_a_seat_for_a_minute(self, calls, swept):
        with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as clock:
            keep_chat_room(name="TEST", actor=TESTER)
            calls.room("anna", 1)
            clock.shift(59)
            assert calls.rooms() == {"TEST": 1}
            calls.room("anna", 1)
            clock.shift(59)
            assert calls.rooms() == {"TEST": 1}, "prolonged"
            clock.shift(2)
            if swept:
                sweep_chat_rooms()
            assert calls.rooms() == {"TEST": 0}
            assert calls.room("anna", 0) == "user not exist"

    @pytest.mark.parametrize("swept", [True, False])
    def test_a_room_waits_ten_minutes_for_its_first_member(self, calls, swept):
        with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as clock:
            calls.res("chatroom/create", room_name="TEST")
            clock.shift(599)
            assert calls.rooms() == {"TEST": 0}
            clock.shift(2)
            if swept:
                sweep_chat_rooms()
            assert calls.rooms() == {}
            assert calls.room("anna", 1) == "invalid room"
            assert calls.res("chatroom/create", room_name="TEST") == "chatroom create successfully"

    @pytest.mark.parametrize("swept", [True, False])
    def test_a_room_whose_last_seat_lapsed_is_over(self, calls, swept):
        with time_machine.travel("2026-03-01 12:00:00Z", tick=False) as clock:
            calls.res("chatroom/create", room_name="TEST")
            calls.room("anna", 1)
            clock.shift(61)
            if swept:
                assert sweep_chat_rooms() == 1
            assert calls.rooms() == {}
            assert calls.res("chatroom/create", room_name="TEST") == "chatroom create successfully"
            assert Room.across_teams.filter(name="TEST").count() == 2, "another room"

    def test_a_room_goes_with_its_last_member_and_one_that_is_kept_stays(self, calls):
        keep_chat_room(name="YOU", actor=TESTER)
        calls.res("chatroom/create", room_name="TEST")
        for room in ("TEST", "YOU"):
            calls.room("anna", 1, room=room)
            assert calls.room("anna", 0, room=room) == "leave chatroom"
        assert calls.rooms() == {"YOU": 0}
        assert calls.room("anna", 1) == "invalid room"

    def test_rooms_of_the_setting_are_there_after_the_first_sweep(self, calls, settings):
        calls.res("chatroom/create", room_name="YOU")
        settings.CHATROOM_ROOMS = ["TEST", "YOU"]
        sweep_chat_rooms()
        assert sweep_chat_rooms() == 0
        assert calls.rooms() == {"YOU": 0, "TEST": 0}
        assert ChatRoom.objects.filter(is_kept=True).count() == 2

    def test_what_happens_is_in_the_event_log(self, calls):
        calls.res("chatroom/create", room_name="TEST")
        calls.room("anna", 1)
        calls.room("anna", 1)
        calls.room("anna", 0)
        told = Event.objects.filter(subject_kind="room").order_by("id")
        assert list(told.values_list("type", "actor_id")) == [
            ("room.created", ""),
            ("room.entered", "anna"),
            ("room.left", "anna"),
            ("room.destroyed", "worker"),
        ]
        assert {event.payload["key"] for event in told} == {"TEST"}


class TestTransport:
    def test_a_form_and_json_are_as_good_as_a_query(self, calls):
        form = "application/x-www-form-urlencoded"
        given = "user_tel=1&user_name=anna&user_password=secret-1"
        assert calls.post("auth/register", given, form) == {"res": "register successfully"}
        given = {"user_tel": 1, "user_password": "secret-1"}
        assert calls.post("auth/login", given)["res"] == "login successfully"
        response = calls.client.post("/auth/login", {"user_tel": "1", "user_password": "no"})
        assert calls.answer(response)["res"] == "password wrong"
        calls.post("chatroom/create", {"room_name": "TEST"})
        joined = calls.post("chatroom/room", {"room_name": "TEST", "user_name": "a", "status": 1})
        assert joined == {"res": "join chatroom"}

    @pytest.mark.parametrize(
        ("body", "kind"),
        [
            ("{", "application/json"), ("[]", "application/json"), ("1", "application/json"),
            ("[" * 100_000, "application/json"), ('{"room_name": {}}', "application/json"),
            ('{"room_name": "\\ud800"}', "application/json"), ("a", "text/plain"),
            ("room_name=%ff%00", "application/x-www-form-urlencoded"), ("x", "multipart/form-data"),
            ("&" * 3000, "application/x-www-form-urlencoded"),
        ],
    )  # fmt: skip
    def test_a_body_that_cannot_be_read_has_no_parameters(self, calls, body, kind):
        assert calls.post("chatroom/create", body, kind) == {"res": "missing parameters"}
        assert calls.response.status_code == 200

    def test_what_is_no_call_keeps_the_shape(self, calls):
        for path in ("chatroom/nothing", "auth/nothing", "chatroom/", "auth/"):
            assert calls.get(path) == {"res": "not found"}
            assert calls.response.status_code == 404

    def test_a_huge_body_keeps_the_shape(self, calls):
        assert "res" in calls.post("chatroom/create", "x" * 2_000_000)

    def test_head_changes_nothing(self, calls):
        assert calls.client.head("/chatroom/create?room_name=TEST").status_code == 405
        assert calls.rooms() == {}

    def test_json_whatever_the_client_accepts_and_nothing_is_kept(self, calls):
        response = calls.client.get("/chatroom/list", headers={"Accept": "text/html"})
        assert calls.answer(response) == {"room_list": []}
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
