"""Names, origins and limits of the chatroom socket (contract, S11 to S14)."""

import threading
import time
from contextlib import contextmanager

import pytest
from django.db import connection
from websockets.exceptions import InvalidStatus

from accounts.models import Login, User
from accounts.services import block_user
from chat.models import BlockedWord, Conversation, Message
from chat.rosters import members_of
from chat.services import Speaker, post
from chat.services.words import forget_words
from rooms.models import Seat
from tests.conftest import TESTER
from tests.threads import held


@contextmanager
def speaking(client):
    """The client says something new all the time."""
    stopped = threading.Event()

    def speak():
        number = 0
        while not stopped.is_set():
            client.send("msg", f"{time.monotonic()} {number}")
            number += 1
            time.sleep(0.005)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


class TestNames:
    def test_nobody_speaks_or_leaves_for_another(self, open_client):
        anna, bo = open_client("anna"), open_client("bo")
        anna.join()
        bo.join()
        anna.next()
        assert bo.ask("msg", "I am anna", name="anna") == ("error", "anna", "user not exist")
        assert bo.ask("leave", name="anna") == ("error", "anna", "user not exist")
        assert bo.join(name="cy") == ("error", "cy", "user not exist")
        assert anna.hears_nothing()
        assert not Message.objects.exists()

    def test_a_held_name_is_refused(self, open_client):
        anna, thief = open_client("anna"), open_client("anna")
        anna.join()
        assert thief.join() == ("error", "anna", "user not exist")
        assert anna.ask("msg", "mine") == ("msg", "anna", "mine")
        assert thief.hears_nothing()
        anna.ask("leave")
        assert thief.join() == ("user", "anna", "create")

    def test_another_name_after_leaving(self, open_client):
        client = open_client("anna")
        client.join()
        client.ask("leave")
        assert client.join(name="bo") == ("user", "bo", "create")


class TestLoginFromTheAddress:
    @pytest.fixture(autouse=True)
    def mode(self, settings, calls, transactional_db):
        settings.CHATROOM_AUTH = "login-ip"
        calls.register()

    def test_a_registered_name_needs_a_login_from_there(self, open_client, calls):
        client = open_client()
        assert client.join() == ("error", "anna", "user not exist")
        assert not Seat.objects.exists()
        calls.login()
        assert client.join() == ("user", "anna", "create")
        assert Seat.objects.get().user == User.objects.get()
        client.ask("msg", "hello")
        assert Message.objects.get().sender == User.objects.get()

    def test_a_call_needs_it_too(self, calls):
        calls.res("chatroom/create", room_name="TEST")
        assert calls.room("anna", 1) == "user not exist"
        calls.login()
        assert calls.room("anna", 1) == "join chatroom"

    def test_guests_have_names_that_nobody_registered(self, open_client):
        assert open_client("guest").join() == ("user", "guest", "create")

    @pytest.mark.parametrize(
        "change", [{"address": "203.0.113.7"}, {"created_at": "2026-01-01T00:00Z"},
                   {"ended_at": "2026-01-01T00:00Z"}, {"dialect": "sealtalk"}]
    )  # fmt: skip
    def test_a_login_that_does_not_count(self, open_client, calls, change):
        calls.login()
        Login.objects.update(**change)
        assert open_client().join() == ("error", "anna", "user not exist")

    def test_a_second_device_takes_over(self, open_client, calls):
        calls.login()
        bo, old, new = open_client("bo"), open_client(), open_client()
        bo.join()
        old.join()
        bo.next()
        assert new.join() == ("user", "anna", "join")
        assert old.close_code() == 4009
        assert new.ask("msg", "here now") == ("msg", "anna", "here now")
        assert bo.next() == ("msg", "anna", "here now")
        assert bo.hears_nothing()
        assert Seat.objects.seated().count() == 2

    def test_a_person_who_is_blocked_meanwhile_is_heard_no_more(self, open_client, calls):
        calls.login()
        anna, bo = open_client(), open_client("bo")
        anna.join()
        bo.join()
        anna.next()
        block_user(User.objects.get(), actor=TESTER)
        assert anna.ask("msg", "x") == ("error", "anna", "user not exist")
        assert bo.hears_nothing()

    def test_a_blocked_person_is_refused(self, open_client, calls):
        calls.login()
        block_user(User.objects.get(), actor=TESTER)
        assert open_client().join() == ("error", "anna", "user not exist")


class TestTickets:
    @pytest.fixture(autouse=True)
    def mode(self, settings, calls, transactional_db):
        settings.CHATROOM_AUTH = "ticket"
        calls.register()

    def ticket(self, calls):
        return calls.login()["data"]["ws_ticket"]

    def test_a_ticket_opens_one_socket_as_its_person(self, open_client, calls):
        path = f"/ws/chatroom/?ticket={self.ticket(calls)}"
        anna = open_client(path=path)
        assert anna.join() == ("user", "anna", "create")
        assert open_client(path=path).join() == ("error", "anna", "user not exist")

    def test_a_ticket_is_for_one_name(self, open_client, calls):
        calls.register(tel=2, name="bo")
        client = open_client("bo", path=f"/?ticket={self.ticket(calls)}")
        assert client.join() == ("error", "bo", "user not exist")

    def test_a_login_alone_opens_nothing(self, open_client, calls):
        calls.login()
        for path in ("/", "/?ticket=", "/?ticket=nonsense"):
            assert open_client(path=path).join() == ("error", "anna", "user not exist")

    def test_tickets_last_a_minute(self, open_client, calls, time_machine):
        ticket = self.ticket(calls)
        time_machine.move_to(time.time() + 61)
        assert open_client(path=f"/?ticket={ticket}").join()[0] == "error"


class TestOrigins:
    def test_apps_have_none_and_our_own_pages_are_welcome(self, open_client, settings, port):
        settings.ALLOWED_ORIGINS = ["https://chat.example.com"]
        for origin in (None, "https://chat.example.com", f"http://127.0.0.1:{port}"):
            client = open_client(origin=origin)
            client.join()
            client.close()

    @pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
    def test_pages_of_others_are_not(self, open_client, origin):
        with pytest.raises(InvalidStatus) as refused:
            open_client(origin=origin)
        assert refused.value.response.status_code == 403


class TestLimits:
    def test_a_huge_frame_ends_the_connection_and_the_others_go_on(self, open_client):
        anna, bo = open_client("anna"), open_client("bo")
        anna.join()
        bo.join()
        anna.next()
        bo.raw("x" * 65_537)
        assert bo.close_code() == 1009
        assert anna.next() == ("user", "bo", "leave")
        assert anna.ask("msg", "fine") == ("msg", "anna", "fine")

    def test_the_longest_message_passes(self, open_client):
        client = open_client()
        client.join()
        assert client.ask("msg", "你" * 4000) == ("msg", "anna", "你" * 4000)

    def test_a_flood_is_read_slowly_and_nothing_of_it_is_lost(self, open_client):
        anna, bo = open_client("anna"), open_client("bo")
        anna.join()
        bo.join()
        anna.next()
        started = time.monotonic()
        for number in range(60):
            bo.send("leave" if number % 2 else "join", room=f"r{number // 2}")
        assert anna.ask("msg", "not held up") == ("msg", "anna", "not held up")
        assert time.monotonic() - started < 3
        answers = [bo.next() for _ in range(61)]
        moves = [what for kind, _name, what in answers if kind == "user"]
        assert moves == ["create", "leave"] * 30
        assert time.monotonic() - started > 0.9, "40 at once, then 20 a second"

    def test_messages_too_many_for_the_rules_wait(self, open_client, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 3
        anna = open_client()
        anna.join()
        for number in range(4):
            anna.send("msg", str(number))
        said = [anna.next()[2] for _ in range(3)]
        assert said == ["0", "1", "2"]
        settings.CHAT_MESSAGES_PER_10_SECONDS = 50
        assert anna.next()[2] == "3"

    def test_rooms_opened_by_sockets_count(self, open_client, settings):
        settings.CHATROOM_ROOMS_PER_HOUR = 1
        client = open_client()
        assert client.join() == ("user", "anna", "create")
        assert client.join(room="MORE") == ("error", "anna", "room not exist")
        assert client.join() == ("user", "anna", "join")

    def test_a_socket_is_in_so_many_rooms(self, open_client, settings):
        client = open_client()
        for number in range(20):
            assert client.join(room=f"r{number}")[2] == "create"
        assert client.join(room="r20") == ("error", "anna", "room full")


class TestStore:
    def test_what_is_said_is_stored_in_the_conversation_of_the_room(self, open_client):
        anna = open_client()
        anna.join()
        for text in ("one", "two"):
            anna.ask("msg", text, avatar="7")
        rows = Message.objects.order_by("seq").values_list("seq", "sender_key", "sender_picture")
        assert list(rows) == [(1, "guest:anna", "7"), (2, "guest:anna", "7")]
        assert Conversation.across_teams.get().room.name == "TEST"

    def test_what_is_posted_elsewhere_is_heard_here(self, open_client):
        anna = open_client()
        anna.join()
        conversation = Conversation.across_teams.get()
        post(conversation_id=conversation.pk, speaker=Speaker.system("Server"), body="Closing soon")
        assert anna.next() == ("msg", "Server", "Closing soon")

    def test_who_sits_there_is_the_list_of_members(self, open_client, calls):
        open_client().join(avatar="7")
        calls.room("bo", 1)
        shown = members_of(Conversation.across_teams.get())
        assert shown["next"] is None
        listed = [(m["key"], m["picture"], m["online"]) for m in shown["members"]]
        assert listed == [("guest:anna", "7", True), ("guest:bo", "", False)]

    def test_an_announcement_that_was_lost_is_made_up_for_in_order(self, open_client):
        anna = open_client()
        anna.join()
        conversation = Conversation.across_teams.get()
        anna.ask("msg", "one")
        first = Message.objects.get()
        first.pk, first.seq, first.body = None, 2, '"two"'
        first.client_message_id = None
        first.save()
        Conversation.across_teams.filter(pk=conversation.pk).update(last_seq=2)
        anna.send("msg", "three")
        assert [anna.next()[2] for _ in range(2)] == ["two", "three"]
        assert anna.hears_nothing()

    def test_no_message_is_missed_or_doubled_by_who_joins_meanwhile(self, open_client, settings):
        settings.CHAT_MESSAGES_PER_10_SECONDS = 10_000
        settings.RATE_LIMITS = False
        anna = open_client()
        anna.join()
        for round_ in range(8):
            late = open_client(f"late{round_}")
            with speaking(anna):
                late.send("join")
                heard = [late.next()[2]]
                joined_at = time.monotonic()
                while len(heard) < 6:
                    heard.append(late.next()[2])
            anna.send("msg", "end")
            while heard[-1] != "end":
                heard.append(late.next()[2])
            every = [message.content for message in Message.objects.order_by("seq")]
            said = [text for text in every if text != "end"]
            since = [text for text in said if float(text.split()[0]) > joined_at]
            assert heard[0] == "join"
            assert heard[-len(since) - 1 :] == [*since, "end"], "nothing since is missing"
            assert heard[1:] == every[-len(heard) + 1 :], "nothing twice, nothing out of order"
            late.ask("leave")
            late.close()

    def test_words_that_are_refused_are_illegal(self, open_client):
        BlockedWord.objects.create(word="grass", action="refuse")
        forget_words()  # as when some seconds have passed
        anna = open_client()
        anna.join()
        assert anna.ask("msg", "green grass") == ("error", "anna", "illegal data")
        assert not Message.objects.exists()


def test_a_message_waits_until_the_database_takes_it(open_client):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite holds no rows")
    anna = open_client()
    anna.join()
    with held(Conversation.across_teams.all()):
        anna.send("msg", "hello")
        assert anna.hears_nothing(2.5)  # longer than the store waits
    assert anna.next() == ("msg", "anna", "hello")
    assert Message.objects.count() == 1
