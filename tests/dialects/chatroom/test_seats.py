"""Who is a member: by a call, by a socket, by both; and what races and crashes leave behind."""

from datetime import timedelta
from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services import create_user_of_staff, erase_user
from rooms.errors import RoomFull, RoomIdTaken, SeatTaken
from rooms.models import ChatRoom, Room, Seat
from rooms.services.chat_rooms import close_chat_room, open_chat_room, sweep_chat_rooms
from rooms.services.seats import call_seat, leave_seat, renew_seats, take_seat
from rtcserver.models import Event
from tests.conftest import TESTER
from tests.dialects.chatroom.conftest import eventually
from tests.threads import in_parallel

ROUNDS = 5


def sit(number, room="TEST", name=None, **options):
    name = name or f"p{number}"
    return take_seat(
        room_name=room, name=name, picture="", socket=f"socket {number}", actor=TESTER, **options
    )


def call(number, room="TEST"):
    call_seat(room_name=room, name=f"p{number}", actor=TESTER)


def kinds(results, kind):
    return [result for result in results if isinstance(result, kind)]


def age_leases(**seats):
    """Their server died a while ago: nobody renewed them."""
    ago = timezone.now() - timedelta(seconds=1)
    Seat.objects.filter(**seats).update(socket_until=ago)


class TestFlows:
    def test_create_by_call_then_join(self, open_client, calls):
        calls.res("chatroom/create", room_name="TEST")
        assert open_client().join() == ("user", "anna", "create")
        assert calls.rooms() == {"TEST": 1}

    def test_seat_by_call_then_join(self, open_client, calls):
        open_client("host").join()
        assert calls.room("anna", 1) == "join chatroom"
        assert calls.rooms() == {"TEST": 2}
        assert open_client().join() == ("user", "anna", "join")
        assert calls.rooms() == {"TEST": 2}, "counted once"

    def test_join_alone_opens_the_room(self, open_client, calls):
        assert open_client(room="NEW").join() == ("user", "anna", "create")
        assert calls.rooms() == {"NEW": 1}

    def test_the_first_socket_creates_though_somebody_called(self, open_client, calls):
        calls.res("chatroom/create", room_name="TEST")
        calls.room("bo", 1)
        assert open_client().join() == ("user", "anna", "create")

    @pytest.mark.parametrize("alone", [True, False])
    def test_leave_by_the_socket_then_by_a_call(self, open_client, calls, alone):
        if not alone:
            open_client("bo").join()
        anna = open_client()
        calls.room("anna", 1)
        anna.join()
        anna.ask("leave")
        anna.close()
        assert calls.rooms().get("TEST") == (None if alone else 1)
        assert calls.room("anna", 0) == "leave chatroom"
        assert calls.room("anna", 0) == ("invalid room" if alone else "user not exist")

    def test_a_broken_connection_is_a_leave_too(self, open_client, calls):
        anna = open_client()
        anna.join()
        anna.vanish()
        eventually(lambda: calls.rooms() == {})
        assert calls.room("anna", 0) == "leave chatroom"

    def test_after_a_minute_it_is_too_late_to_say_so(self, open_client, calls):
        anna = open_client()
        anna.join()
        anna.ask("leave")
        Seat.objects.update(left_until=timezone.now())
        assert calls.room("anna", 0) == "invalid room"

    def test_a_call_puts_no_socket_out(self, open_client, calls):
        anna = open_client()
        anna.join()
        calls.room("anna", 1)
        assert calls.room("anna", 0) == "leave chatroom"
        assert calls.rooms() == {"TEST": 1}
        assert anna.ask("msg", "still here") == ("msg", "anna", "still here")

    def test_a_full_room_refuses_and_lets_nobody_overhear(self, open_client, calls):
        anna = open_client()
        anna.join()
        for number in range(9):
            assert calls.room(f"p{number}", 1) == "join chatroom"
        late = open_client("late")
        assert late.join() == ("error", "late", "room full")
        anna.ask("msg", "secret")
        assert late.hears_nothing()
        assert calls.room("late", 1) == "full room"
        assert open_client("p3").join() == ("user", "p3", "join")
        calls.room("p4", 0)
        assert late.join() == ("user", "late", "join")

    def test_a_room_that_was_closed_tells_its_members(self, open_client):
        anna = open_client()
        anna.join()
        close_chat_room(Room.across_teams.get(), actor=TESTER)
        assert anna.next() == ("error", "anna", "room not exist")
        assert anna.ask("msg", "x") == ("error", "anna", "room not exist")
        assert anna.join() == ("user", "anna", "create")

    def test_a_room_closed_while_somebody_joins_is_heard_no_more(self, open_client):
        for _round in range(ROUNDS):
            anna = open_client()
            anna.send("join")
            room = eventually(lambda: Room.across_teams.open().first())
            close_chat_room(room, actor=TESTER)
            assert [anna.next()[2] for _ in range(2)] == ["create", "room not exist"]
            assert anna.ask("msg", "x")[2] == "room not exist"
            anna.close()

    def test_a_room_of_the_same_name_is_another_room(self, open_client):
        anna = open_client()
        for _time in range(2):
            anna.join()
            anna.ask("msg", "hello")
            anna.ask("leave")
        assert Room.across_teams.filter(name="TEST").count() == 2


class TestCrashes:
    def test_seats_of_a_server_that_died_are_free_and_told(self, open_client, calls):
        anna = open_client()
        anna.join()
        for number in range(9):
            sit(number)
            anna.next()
        assert open_client("late").join() == ("error", "late", "room full")
        age_leases(name__startswith="p")
        assert calls.rooms() == {"TEST": 1}, "at once"
        sweep_chat_rooms()
        left = {anna.next() for _ in range(9)}
        assert left == {("user", f"p{number}", "leave") for number in range(9)}
        assert anna.hears_nothing()

    def test_a_room_of_the_dead_is_over(self, calls, transactional_db):
        sit(1)
        age_leases()
        sweep_chat_rooms()
        assert calls.rooms() == {}
        assert Room.across_teams.get().closed_at
        assert Event.objects.filter(type="room.destroyed").count() == 1

    def test_a_live_socket_keeps_its_seat(self, transactional_db):
        sit(1)
        sit(2)
        Seat.objects.update(socket_until=timezone.now() + timedelta(seconds=1))
        renew_seats(["socket 1"])
        soon = timezone.now() + timedelta(seconds=10)
        assert [seat.name for seat in Seat.objects.connected(soon)] == ["p1"]

    def test_any_number_is_renewed_in_one_statement(self, transactional_db, count_queries):
        for number in range(8):
            sit(number)
        assert count_queries(lambda: renew_seats([f"socket {n}" for n in range(3_000)])) == 1

    def test_who_was_taken_for_dead_learns_of_it(self, open_client):
        anna = open_client()
        anna.join()
        age_leases()
        sweep_chat_rooms()
        assert anna.next() == ("user", "anna", "leave")
        assert anna.ask("msg", "x")[2] in ("room not exist", "user not exist")
        assert anna.join() == ("user", "anna", "create")

    def test_what_was_left_behind_is_swept(self, calls, transactional_db):
        sit(1)
        room_id = sit(2).room.pk
        leave_seat(room_id=room_id, name="p2", socket="socket 2", actor=TESTER)
        sweep_chat_rooms()
        assert Seat.objects.count() == 2, "a call may still come"
        Seat.objects.filter(name="p2").update(left_until=timezone.now())
        sweep_chat_rooms()
        assert [seat.name for seat in Seat.objects.all()] == ["p1"]

    def test_a_removed_person_leaves(self, open_client):
        anna = open_client()
        anna.join()
        user = User.objects.create_user(name="bo")
        sit(1, name="bo", user=user)
        assert anna.next() == ("user", "bo", "join")
        erase_user(user, actor=TESTER)
        assert anna.next() == ("user", "bo", "leave")
        assert not Seat.objects.seated().filter(name="bo").exists()


@pytest.mark.django_db(transaction=True)
class TestRaces:
    @pytest.mark.parametrize("take", [sit, call])
    def test_thirty_want_ten_seats(self, take):
        for round_ in range(ROUNDS):
            room = f"room {round_}"
            open_chat_room(name=room, actor=TESTER)
            results = in_parallel([partial(take, number, room) for number in range(30)])
            assert len(kinds(results, RoomFull)) == 20
            [chat] = ChatRoom.objects.filter(room__key=room).with_population()
            assert chat.population == 10

    def test_a_room_is_opened_once(self):
        opening = [partial(open_chat_room, name="TEST", actor=TESTER)] * 10
        assert len(kinds(in_parallel(opening), RoomIdTaken)) == 9
        assert Room.across_teams.count() == 1

    def test_all_who_join_an_unknown_room_at_once_are_in_one_room(self):
        for round_ in range(ROUNDS):
            results = in_parallel([partial(sit, number, f"r{round_}") for number in range(8)])
            assert len({taken.room.pk for taken in results}) == 1
            assert sum(taken.is_first for taken in results) == 1
            assert sorted(taken.turn for taken in results) == list(range(1, 9))

    def test_one_name_is_taken_by_one_socket(self):
        results = in_parallel([partial(sit, number, name="anna") for number in range(8)])
        assert len(kinds(results, SeatTaken)) == 7
        assert Seat.objects.seated().count() == 1

    def test_whoever_joins_while_the_last_one_leaves_is_in_a_room_that_stands(self):
        for _round in range(ROUNDS * 3):
            first = sit(1)
            leave = partial(
                leave_seat, room_id=first.room.pk, name="p1", socket="socket 1", actor=TESTER
            )
            _left, second = in_parallel([leave, partial(sit, 2)])
            [standing] = ChatRoom.objects.standing()
            assert standing.room == second.room
            leave_seat(room_id=second.room.pk, name="p2", socket="socket 2", actor=TESTER)

    def test_sweeps_at_once_tell_of_each_end_once(self):
        for number in range(4):
            sit(number, f"room {number}")
        age_leases()
        in_parallel([sweep_chat_rooms] * 4)
        told = Event.objects.values_list("type", flat=True)
        assert sorted(told).count("room.left") == 4
        assert sorted(told).count("room.destroyed") == 4


class TestConsole:
    @pytest.fixture
    def console(self, client, transactional_db):
        root = create_user_of_staff(actor=TESTER, username="root", is_superuser=True)
        client.force_login(root)
        return client

    def act(self, console, action):
        rooms = [chat.pk for chat in ChatRoom.objects.all()]
        body = {"action": action, "_selected_action": rooms}
        answer = console.post(reverse("admin:rooms_chatroom_changelist"), body, follow=True)
        return answer.content.decode()

    def test_staff_see_close_and_keep_rooms(self, console):
        sit(1)
        sit(2, "YOU")
        shown = console.get(reverse("admin:rooms_chatroom_changelist")).content.decode()
        assert "TEST" in shown
        page = reverse("admin:rooms_chatroom_change", args=[ChatRoom.objects.first().pk])
        assert "p1" in console.get(page).content.decode()
        assert "2 will stay." in self.act(console, "keep_selected")
        assert ChatRoom.objects.filter(is_kept=True).count() == 2
        assert "2 closed." in self.act(console, "close_selected")
        assert not ChatRoom.objects.standing().exists()
        assert "The room is closed." in self.act(console, "keep_selected")

    def test_the_list_takes_the_same_queries_for_any_number_of_rooms(self, console, count_queries):
        def look():
            return console.get(reverse("admin:rooms_chatroom_changelist"))

        sit(1)
        look()
        few = count_queries(look)
        for number in range(8):
            sit(number, f"room {number}")
        assert count_queries(look) == few
