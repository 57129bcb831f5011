"""`/ws/chat`: what clients of the native protocol are promised (docs/chat-protocol.md)."""

import asyncio
import time
from base64 import urlsafe_b64encode
from datetime import timedelta

import pytest
import time_machine
from django.db import transaction
from django.utils import timezone

from accounts import usersig
from accounts.models import AccessToken, SignatureUser
from accounts.services import (
    end_every_login,
    end_login,
    issue_socket_token,
    live_token,
    renew_token,
    start_signature_login,
)
from accounts.services.logins import Device, start_login
from chat.consumers.here import here
from chat.models import Conversation, Message
from chat.services import Draft, Speaker, post_many
from rooms.services import live
from rtcserver.bus import bus
from rtcserver.events import Actor
from sessions_api.services import admit, arrive, cancel_participant, eject
from sessions_api.tickets import issue_ticket
from social.models import Friendship
from social.services import block_person, invite_friend
from tests.chat.places import chat_room
from tests.conftest import TESTER
from tests.factories import ParticipantFactory, SessionFactory, UserFactory
from tests.sockets import Talker

pytestmark = pytest.mark.django_db(transaction=True)


def befriend(one, other):
    for user, friend in ((one, other), (other, one)):
        Friendship.objects.create(
            user=user, friend=friend, status=20, status_changed_at=timezone.now()
        )


@pytest.fixture
def pair():
    one, other = UserFactory(name="Ana"), UserFactory(name="Bo")
    befriend(one, other)
    return one, other


def test_a_message_reaches_both_and_is_acknowledged_with_its_place(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    assert bo.ask("subscribe", friend=pair[0].public_id)["conversation"] == conversation
    sent = ana.ask("send", conversation=conversation, id="m1", body="Hello")
    assert (sent["op"], sent["seq"]) == ("sent", 1)
    for talker in (ana, bo):
        [entry] = talker.entries(1)
        assert (entry["seq"], entry["body"], entry["clientId"]) == (1, "Hello", "m1")
        assert entry["sender"]["name"] == "Ana"
        assert entry["time"] == sent["time"]


def test_a_retry_is_answered_with_the_first_result_and_stored_once(pair, talkers):
    ana = talkers(pair[0])
    first = ana.ask("send", friend=pair[1].public_id, id="m1", body="Hello")
    again = ana.ask("send", friend=pair[1].public_id, id="m1", body="Hello")
    assert (first["seq"], first["time"]) == (again["seq"], again["time"])
    assert Message.objects.count() == 1


def test_an_id_that_was_used_is_good_for_nothing_else(pair, talkers):
    ana = talkers(pair[0])
    place = {"conversation": ana.ask("subscribe", friend=pair[1].public_id)["conversation"]}
    ana.ask("send", **place, id="m1", body="one")
    ana.ask("send", **place, id="m2", body="two")
    edited = ana.ask("edit", **place, seq=1, id="e1", body="uno")
    again = ana.ask("edit", **place, seq=1, id="e1", body="uno")
    assert (edited["op"], again["seq"]) == ("edited", edited["seq"])
    for frame in (
        {"op": "edit", "seq": 1, "id": "m1", "body": "eins"},
        {"op": "edit", "seq": 2, "id": "e1", "body": "zwei"},
        {"op": "send", "id": "e1", "body": "three"},
        {"op": "send", "id": "e1", "body": ""},
    ):
        assert ana.ask(**frame, **place)["code"] == "id_used"
    told = ana.ask("history", **place)["entries"]
    assert [entry["body"] for entry in told] == ["uno", "two", "uno"]


def test_who_comes_back_gets_what_was_said_meanwhile_and_no_more(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    conversation = bo.ask("subscribe", friend=pair[0].public_id)["conversation"]
    bo.close()
    for number in range(1, 6):
        ana.ask("send", friend=pair[1].public_id, id=f"m{number}", body=f"{number}")
    back = talkers(pair[1])
    state = back.ask("subscribe", conversation=conversation, since=2)
    assert (state["last"], state["gap"]) == (5, False)
    assert [entry["body"] for entry in back.entries(3)] == ["3", "4", "5"]
    assert back.silent()


def test_a_sequence_from_the_future_is_said_to_be_a_gap(pair, talkers):
    bo = talkers(pair[1])
    state = bo.ask("subscribe", friend=pair[0].public_id, since=17)
    assert (state["last"], state["gap"]) == (0, True)


def test_changes_are_entries_of_the_same_order(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    conversation = bo.ask("subscribe", friend=pair[0].public_id)["conversation"]
    ana.ask("send", conversation=conversation, body="Helo")
    assert ana.ask("edit", conversation=conversation, seq=1, body="Hello")["seq"] == 2
    assert ana.ask("recall", conversation=conversation, seq=1)["seq"] == 3
    kinds = [(entry["seq"], entry["kind"], entry.get("target")) for entry in bo.entries(3)]
    assert kinds == [(1, "message", None), (2, "edited", 1), (3, "recalled", 1)]
    page = bo.ask("history", conversation=conversation)
    assert page["entries"][0]["body"] is None


def test_history_pages_back(pair, talkers):
    ana = talkers(pair[0])
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    for number in range(5):
        ana.ask("send", conversation=conversation, body=f"{number}")
    page = ana.ask("history", conversation=conversation, limit=2)
    assert ([e["seq"] for e in page["entries"]], page["more"]) == ([4, 5], True)
    page = ana.ask("history", conversation=conversation, before=4, limit=3)
    assert ([e["seq"] for e in page["entries"]], page["more"]) == ([1, 2, 3], False)


def test_reading_and_typing_are_told_to_the_others(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    conversation = bo.ask("subscribe", friend=pair[0].public_id)["conversation"]
    ana.ask("subscribe", conversation=conversation)
    ana.ask("send", conversation=conversation, body="Hello")
    assert bo.ask("unread")["counts"] == {conversation: 1}
    assert bo.ask("read", conversation=conversation, seq=1)["op"] == "done"
    assert bo.ask("unread")["counts"] == {conversation: 0}
    told = ana.next("read")
    assert (told["who"], told["seq"]) == (f"person:{pair[1].public_id}", 1)
    bo.send({"op": "typing", "conversation": conversation, "on": True})
    assert ana.next("typing")["name"] == "Bo"


def test_who_is_blocked_is_not_seen_typing(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    bo.ask("subscribe", conversation=conversation)
    block_person(actor=TESTER, user=pair[0], friend_id=pair[1].public_id)
    refused = bo.ask("typing", conversation=conversation, on=True)
    assert (refused["op"], refused["code"]) == ("error", "sender_blocked")
    ana.ask("ping")
    assert "typing" not in {frame["op"] for frame in ana.heard}


def test_the_list_shows_friends_with_the_last_message_and_what_is_unread(pair, talkers):
    ana, bo = talkers(pair[0]), talkers(pair[1])
    ana.ask("send", friend=pair[1].public_id, body="Hello")
    [shown] = bo.ask("list")["conversations"]
    assert (shown["kind"], shown["unread"], shown["last"]["body"]) == ("friend", 1, "Hello")


def test_members_are_listed_with_who_is_there(pair, talkers):
    ana = talkers(pair[0])
    found = ana.ask("members", friend=pair[1].public_id)["members"]
    assert [member["name"] for member in found] == ["Ana", "Bo"]


def test_without_good_credentials_nothing_opens(talkers):
    stranger = talkers()
    stranger.send({"op": "auth", "login": "0" * 64})
    assert stranger.close_code() == 4401
    mute = talkers()
    mute.send({"op": "list"})
    assert mute.close_code() == 4401


def test_a_foreign_conversation_does_not_exist(pair, talkers):
    ana, eve = talkers(pair[0]), talkers(UserFactory(name="Eve"))
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    for op in ("subscribe", "history", "members"):
        assert eve.ask(op, conversation=conversation)["code"] == "conversation_not_found"
    refused = eve.ask("send", conversation=conversation, body="Hi")
    assert refused["code"] == "conversation_not_found"
    assert Message.objects.count() == 0


def test_who_is_signed_out_is_disconnected(pair, talkers):
    ana = talkers(pair[0])
    end_every_login(pair[0], actor=Actor("staff", "1", "admin"))
    assert ana.close_code() == 4401


@pytest.mark.parametrize(
    "frame",
    [
        "", "x", "[]", "1", "null", '{"op"', '"text"', b"\x00\x01", '{"op":"send"}',
        '{"op":"send","conversation":1,"body":""}', '{"op":"nonsense"}', '{"op":["send"]}',
        '{"op":"history","conversation":"x","before":"1"}', "[" * 60_000,
        '{"op":"send","conversation":"x","body":"\\ud800"}',
        '{"op":"send","conversation":"x","body":"\\u0000"}',
        '{"op":"subscribe","conversation":"x","since":1e400}',
        '{"op":"subscribe","conversation":"x","friend":"y"}',
    ],
)  # fmt: skip
def test_a_bad_frame_is_answered_with_an_error_and_the_connection_lives(frame, pair, talkers):
    ana = talkers(pair[0])
    ana.send(frame)
    answer = ana.receive()
    assert answer["op"] == "error"
    assert answer["code"]
    assert ana.ask("ping")["op"] == "pong"


def test_a_huge_frame_ends_the_connection_with_1009(pair, talkers):
    ana = talkers(pair[0])
    ana.send('{"op":"ping","x":"' + "x" * 70_000 + '"}')
    assert ana.close_code() == 1009


@pytest.mark.parametrize("origin", ["https://evil.example", "http://["])
def test_a_foreign_page_is_refused(port, origin):
    with pytest.raises(Exception, match="403"):
        Talker(port, origin=origin)


def ask_friendship(user, friend):
    invite_friend(user=user, friend_id=friend.public_id, message="Hi", actor=TESTER)


def test_a_friend_request_is_told_at_once_and_kept_for_who_is_away(talkers):
    ana, bo = UserFactory(name="Ana"), UserFactory(name="Bo")
    here = talkers(bo)
    ask_friendship(ana, bo)
    told = here.next("notification")
    assert (told["objectName"], told["content"]["operation"]) == ("RC:ContactNtf", "Request")
    here.close()
    back = talkers(bo)
    again = back.next("notification")
    assert again["id"] == told["id"]
    assert back.ask("seen", notification=again["id"])["op"] == "done"
    back.close()
    assert talkers(bo).silent()


@pytest.fixture
def stage():
    """A live room and its owner."""
    owner = UserFactory(name="Host")
    live.enter_room(owner, actor=TESTER, room_id="stage")
    return owner


def test_readers_of_a_room_hear_who_comes_and_goes(stage, talkers):
    host, guest = talkers(stage), UserFactory(name="Guest")
    host.ask("subscribe", room="stage")
    live.enter_room(guest, actor=TESTER, room_id="stage")
    told = host.next("event")
    assert (told["event"], told["facts"]["member"]) == ("room.entered", guest.public_id)
    live.leave_room(guest, "stage", actor=TESTER)
    assert host.next("event")["event"] == "room.left"


def test_events_of_a_room_wait_for_who_was_away(stage, talkers):
    host, guest = talkers(stage), UserFactory(name="Guest")
    cursor = host.ask("subscribe", room="stage")["events"]
    host.close()
    live.enter_room(guest, actor=TESTER, room_id="stage")
    back = talkers(stage)
    deadline = time.monotonic() + 20  # until no older transaction of the database server runs
    while time.monotonic() < deadline:
        back.ask("subscribe", room="stage", events=cursor)
        if not back.silent(0.2):
            break
    assert back.next("event")["event"] == "room.entered"


def test_the_cursor_of_an_empty_log_can_be_given_back(pair, talkers):
    ana = talkers(pair[0])
    cursor = ana.ask("subscribe", friend=pair[1].public_id)["events"]
    assert cursor == ""
    assert ana.ask("subscribe", friend=pair[1].public_id, events=cursor)["op"] == "subscribed"


def test_who_leaves_a_room_hears_no_more_of_it(stage, talkers):
    guest = UserFactory(name="Guest")
    live.enter_room(guest, actor=TESTER, room_id="stage")
    host, away = talkers(stage), talkers(guest)
    conversation = away.ask("subscribe", room="stage")["conversation"]
    live.leave_room(guest, "stage", actor=TESTER)
    assert away.next("unsubscribed")["conversation"] == conversation
    host.ask("send", room="stage", body="Gone?")
    away.heard.clear()
    assert away.silent()


def test_a_destroyed_room_is_over_for_everybody_in_it(stage, talkers):
    guest = UserFactory(name="Guest")
    live.enter_room(guest, actor=TESTER, room_id="stage")
    away = talkers(guest)
    away.ask("subscribe", room="stage")
    live.destroy_room(stage, "stage", actor=TESTER)
    assert away.next("event")["event"] == "room.destroyed"
    assert away.next("unsubscribed")
    assert away.ask("send", room="stage", body="?")["code"] == "conversation_not_found"


def test_who_sits_in_a_chat_room_talks_in_it_by_its_name(talkers):
    ana, bo = UserFactory(name="Ana"), UserFactory(name="Bo")
    chat_room([ana, bo])
    one, other = talkers(ana), talkers(bo)
    assert other.ask("subscribe", chatroom="TEST")["op"] == "subscribed"
    assert one.ask("send", chatroom="TEST", body="Hello")["op"] == "sent"
    assert [entry["body"] for entry in other.entries(1)] == ["Hello"]
    stranger = talkers(UserFactory(name="Eve"))
    assert stranger.ask("subscribe", chatroom="TEST")["code"] == "conversation_not_found"


def test_a_live_room_user_signature_opens_the_socket(stage, talkers):
    SignatureUser.objects.create(user=stage, public_id="77")
    socket = talkers()
    sig = usersig.mint("77", now=timezone.now().timestamp())
    assert socket.ask("auth", userId="77", userSig=sig)["you"]["name"] == "Host"


def test_an_api_client_reads_the_conversations_of_its_team_alone(talkers, token_request, key):
    api_client, secret = key
    form = token_request(api_client.client_id, secret, grant_type="client_credentials")
    token = form.json()["access_token"]
    session = SessionFactory(started=True, client=api_client)
    foreign = SessionFactory(started=True)
    socket = talkers()
    assert socket.ask("auth", bearer=token)["op"] == "welcome"
    assert socket.ask("subscribe", session=str(session.public_id))["op"] == "subscribed"
    refused = socket.ask("subscribe", session=str(foreign.public_id))
    assert refused["code"] == "conversation_not_found"


def test_a_participant_s_ticket_opens_the_conversation_of_the_session(talkers):
    host = ParticipantFactory(session=SessionFactory(started=True), role="host")
    socket = talkers()
    assert socket.ask("auth", ticket=issue_ticket(host))["op"] == "welcome"
    state = socket.ask("subscribe", session=str(host.session.public_id))
    assert socket.ask("send", conversation=state["conversation"], body="Hello")["seq"] == 1


def test_whoever_is_put_out_of_a_call_hears_its_chat_no_more(talkers):
    guest = ParticipantFactory(session=SessionFactory(started=True))
    arrive(guest, connection_id="page")
    admit(guest, actor=TESTER)
    socket = talkers()
    socket.ask("auth", ticket=issue_ticket(guest))
    state = socket.ask("subscribe", session=str(guest.session.public_id))
    eject(guest, actor=TESTER)
    assert socket.next("unsubscribed", timeout=2)["conversation"] == state["conversation"]


def test_a_withdrawn_invitation_ends_the_chat_of_somebody_who_is_not_in_the_call(talkers):
    host = ParticipantFactory(session=SessionFactory(started=True), role="host")
    socket = talkers()
    socket.ask("auth", ticket=issue_ticket(host))
    state = socket.ask("subscribe", session=str(host.session.public_id))
    cancel_participant(host, actor=TESTER)
    assert socket.next("unsubscribed", timeout=2)["conversation"] == state["conversation"]


def test_a_guest_hears_nothing_before_somebody_lets_them_in(talkers):
    guest = ParticipantFactory(session=SessionFactory(started=True))
    arrive(guest, connection_id="page")
    socket = talkers()
    socket.ask("auth", ticket=issue_ticket(guest))
    place = {"session": str(guest.session.public_id)}
    assert socket.ask("subscribe", **place)["code"] == "conversation_not_found"
    admit(guest, actor=TESTER)
    assert socket.ask("subscribe", **place)["op"] == "subscribed"


def test_the_credential_may_be_a_subprotocol(pair, port):
    login, _key = start_login(user=pair[0], device=Device("sealtalk"))
    packed = urlsafe_b64encode(issue_socket_token(login).encode()).decode().rstrip("=")
    talker = Talker(port, subprotocols=["rtc.chat.v1", f"login.{packed}"])
    assert talker.socket.subprotocol == "rtc.chat.v1"
    assert talker.receive()["op"] == "welcome"
    talker.close()


def test_a_user_signature_ends_its_socket_when_it_runs_out(stage, talkers):
    SignatureUser.objects.create(user=stage, public_id="77")
    made = timezone.now().timestamp() - usersig.LIFETIME_SECONDS + 2
    socket = talkers()
    socket.ask("auth", userId="77", userSig=usersig.mint("77", now=made))
    assert socket.close_code() == 4401


def test_a_revoked_access_token_ends_its_socket_at_the_next_round(talkers, token_request, key):
    api_client, secret = key
    form = token_request(api_client.client_id, secret, grant_type="client_credentials")
    socket = talkers()
    socket.ask("auth", bearer=form.json()["access_token"])
    AccessToken.objects.all().delete()
    recheck()
    assert socket.close_code() == 4401


def recheck():
    asyncio.run_coroutine_threadsafe(here.recheck_all(), bus._loop).result(10)


def test_newer_tokens_of_a_login_do_not_end_what_an_older_one_opened(pair, talkers):
    login, _key = start_login(user=pair[0], device=Device("sealtalk"))
    socket = talkers()
    assert socket.ask("auth", login=issue_socket_token(login))["op"] == "welcome"
    for _number in range(6):
        issue_socket_token(login)
    recheck()
    assert socket.ask("ping")["op"] == "pong"
    end_login(login, actor=TESTER)
    assert socket.close_code() == 4401


def test_a_renewed_token_of_a_live_room_does_not_end_what_it_opened(stage, talkers):
    SignatureUser.objects.create(user=stage, public_id="77")
    with transaction.atomic():
        issued = start_signature_login(stage, Device("liveroom"))
    with time_machine.travel(timezone.now(), tick=True) as clock:
        socket = talkers()
        assert socket.ask("auth", userId="77", token=issued.text)["op"] == "welcome"
        renew_token(live_token(user_id="77", token=issued.text))
        clock.shift(timedelta(hours=1))
        recheck()
        assert socket.ask("ping")["op"] == "pong"


def test_who_is_put_out_while_reading_on_gets_no_more(pair, talkers):
    ana = talkers(pair[0])
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    speaker = Speaker.person(pair[0])
    pk = Conversation.across_teams.get(public_id=conversation).pk
    with time_machine.travel(timezone.now() - timedelta(days=1)):
        post_many([Draft(pk, speaker, "x" * 4000) for _number in range(50)])
    slow = talkers(pair[1], max_queue=1)
    slow.send({"op": "subscribe", "conversation": conversation, "since": 0})
    Friendship.objects.all().delete()
    recheck()
    time.sleep(1)
    assert slow.ask("history", conversation=conversation)["code"] == "conversation_not_found"


def test_frames_with_entries_stay_small_enough_for_every_client(pair, talkers):
    ana = talkers(pair[0])
    conversation = ana.ask("subscribe", friend=pair[1].public_id)["conversation"]
    pk = Conversation.across_teams.get(public_id=conversation).pk
    post_many([Draft(pk, Speaker.person(pair[0]), "y" * 12_000) for _number in range(50)])
    back = talkers(pair[1], max_size=2**20)
    back.ask("subscribe", conversation=conversation, since=0)
    assert [entry["seq"] for entry in back.entries(50)] == list(range(1, 51))
    page = back.ask("history", conversation=conversation, limit=50)
    assert page["more"]
    assert page["entries"][-1]["seq"] == 50
