"""PostgreSQL ends a batch of messages because of a deadlock: nobody who speaks notices."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event

import pytest
from django.db import connections, transaction

from chat.models import Conversation
from chat.outbox import Outbox, _thread
from sessions_api.models import Participant, Session
from sessions_api.tickets import issue_ticket
from tests.chat.places import session
from tests.chat.test_outbox import posted
from tests.sockets import Talker, serving
from tests.threads import SECONDS, close_in, execute, held, on_a_loop, until, waiting_for_rows

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
# Who looks for a deadlock first is ended: the batch soon, whoever it meets never.
SOON, NEVER = "SET deadlock_timeout = '50ms'", "SET LOCAL deadlock_timeout = '60s'"


@pytest.fixture(autouse=True)
def the_batch_gives_way(monkeypatch):
    monkeypatch.setattr("chat.outbox.PATIENCE", 10.0)  # it waits here as long as the test needs
    _thread.submit(execute, SOON).result(SECONDS)
    yield
    close_in(_thread, 1)


def deadlocks():
    found = execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return found[0]


def take(first, second, holds, go):
    """Hold two rows, the second when it is time."""
    with transaction.atomic():
        execute(NEVER)
        first.select_for_update().get()
        holds.set()
        assert go.wait(SECONDS)
        second.select_for_update().get()
    connections.close_all()


def deadlocked(place, speak):
    """Start `speak`, which holds conversation, session and participants in this order, and have
    somebody take its first row who holds its last.

    It waits in the middle until they wait for it, so the deadlock is there when it goes on.
    """
    before = deadlocks()
    conversation = Conversation.across_teams.filter(pk=place.pk)
    middle = Session.across_teams.filter(pk=place.conversation.session_id)
    last = Participant.across_teams.filter(session__in=middle, role="guest")
    holds, go = Event(), Event()
    with ThreadPoolExecutor(1) as pool, held(middle) as release:
        other = pool.submit(take, last, conversation, holds, go)
        assert holds.wait(SECONDS)
        speak()
        until(lambda: waiting_for_rows() == 1)
        go.set()
        until(lambda: waiting_for_rows() == 2)
        release.set()
        other.result(SECONDS)
    until(lambda: deadlocks() == before + 1)


def test_a_batch_that_met_a_deadlock_is_stored_as_a_whole():
    place = session()
    drafts = [place.draft("a"), place.draft("b", place.guest)]
    with ThreadPoolExecutor(1) as pool:
        speaking = []
        begin = partial(pool.submit, lambda: on_a_loop(posted(Outbox(), *drafts)))
        deadlocked(place, lambda: speaking.append(begin()))
        first, second = speaking[0].result(SECONDS)
    assert (first.seq, second.seq) == (1, 2)
    assert first.is_new
    assert second.is_new
    assert first.created_at == second.created_at, "it was taken apart"
    assert place.bodies() == ["a", "b"]


def test_a_socket_hears_nothing_of_a_deadlock():
    place = session()
    people = Participant.across_teams.filter(session=place.conversation.session_id)
    said = {"op": "send", "session": str(people[0].session.public_id), "id": "m1", "body": "Hello"}
    with serving() as port:
        guest, host = (Talker(port) for _number in range(2))
        for talker, role in ((guest, "guest"), (host, "host")):
            ticket = issue_ticket(people.get(role=role))
            assert talker.ask("auth", ticket=ticket)["op"] == "welcome"
            assert talker.ask("subscribe", session=said["session"])["op"] == "subscribed"
        deadlocked(place, lambda: guest.send(said | {"ref": 100}))
        sent = guest.next("sent")
        assert (sent["ref"], sent["seq"]) == (100, 1)
        for talker in (guest, host):
            [entry] = talker.entries(1)
            assert (entry["seq"], entry["body"]) == (1, "Hello")
            assert talker.silent()
            talker.close()
    assert place.bodies() == ["Hello"]
