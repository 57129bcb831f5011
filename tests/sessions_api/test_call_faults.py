"""Nobody stays half in or half out of a call, when the database fails or there is no place."""

from datetime import timedelta

import pytest
from django.utils import timezone

from rtcserver.models import Event
from sessions_api import services
from sessions_api.models import CallEntry, Session
from tests.factories import SessionFactory
from tests.sessions_api.pages import admitted
from tests.sessions_api.people import guest_of, host_of, running_session, state_of, stays
from tests.threads import SECONDS, cut_waiting, held, table_held, until, waiting_for_rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def host(page, db):
    host = page(host_of(running_session()))
    host.enter()
    return host


@pytest.mark.postgresql
def test_who_cannot_be_let_go_comes_again(page, host):
    guest = admitted(page, host, guest_of(host.person.session))
    with held(Session.across_teams.filter(pk=host.person.session_id)):
        guest.send({"op": "leave"})
        cut_waiting()
        assert guest.close_code() == 4008
    while (told := host.next("roster"))["change"] != "updated":
        pass
    assert told["people"][0]["is_connected"] is False
    assert stays(guest.person)[-1].connection_id == ""


@pytest.mark.postgresql
def test_who_cannot_be_told_of_the_call_comes_again(page, host):
    """The arrival waits for its event's place; whoever asked for its table meanwhile comes next."""
    second = page(host_of(host.person.session))
    with table_held(Event, "SHARE") as (events_held, events_free):
        assert events_held.wait(SECONDS)
        second.send({"op": "auth", "entry": str(second.person.public_id)})
        until(waiting_for_rows)
        with table_held(CallEntry, "ACCESS EXCLUSIVE") as (stays_held, _free):
            until(lambda: waiting_for_rows() == 2)
            events_free.set()
            assert stays_held.wait(SECONDS)
            cut_waiting()
            assert second.close_code() == 4008
    assert [frame["op"] for frame in second.traffic] == ["welcome"]
    again = page(second.person)
    assert len(again.enter()["roster"]) == 2


def test_who_came_early_and_finds_no_place_is_gone(page, db, settings):
    settings.MESH_LIMIT = 1
    soon = SessionFactory(starts_at=timezone.now() + timedelta(seconds=1))
    pages = [page(host_of(soon)) for _ in range(2)]
    assert [each.come() for each in pages] == ["early"] * 2
    told = {each: each.receive() for each in pages}
    [late] = [each for each in pages if told[each]["op"] == "closed"]
    [first] = set(pages) - {late}
    assert told[late]["reason"] == "call_full"
    assert late.close_code() == 4409
    first.ask("leave")
    services.settle(soon)
    assert state_of(late.person) == "left"
