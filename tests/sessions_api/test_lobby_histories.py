"""Random histories of hosts, guests and restarts: nobody who waits is lost.

Every waiting person is admitted, refused, gone or visible to a host, always.
"""

from contextlib import suppress
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from rtcserver.errors import DomainError
from sessions_api import services
from sessions_api.errors import NotInside
from sessions_api.models import CallEntry
from tests.conftest import TESTER
from tests.factories import SessionFactory, in_hours
from tests.sessions_api.people import guest_of, host_of

GUESTS = 3
RENEWAL = 10  # seconds, a third of the lease
HOST = 0
people = st.integers(0, GUESTS)
guests = st.integers(1, GUESTS)
deciders = st.sampled_from([HOST, HOST, None, None, 1])  # None: the team, from outside


class Page:
    """What a person's own browser knows."""

    def __init__(self, person, is_host):
        self.person, self.is_host = person, is_host
        self.connection = ""  # the live one; empty while offline
        self.former = []
        self.knocked_at = None  # since when they wait without having given up
        self.is_trusted = is_host  # comes in without asking
        self.is_canceled = False


class Lobby(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.clock = time_machine.travel(timezone.now(), tick=False)
        self.now = self.clock.start()
        self.connections = 0

    @initialize(is_early=st.sampled_from([False, False, True]))
    def invite(self, is_early):
        start = in_hours(0.01 if is_early else -1)
        self.session = SessionFactory(starts_at=start, ends_at=in_hours(1000))
        invited = [guest_of(self.session) for _ in range(GUESTS)]
        self.pages = [Page(host_of(self.session), True), *[Page(guest, False) for guest in invited]]
        for who in range(GUESTS):
            self.come(who)

    def teardown(self):
        self.clock.stop()

    # --- what people do ---------------------------------------------------------------------------

    @rule(who=people)
    def come(self, who):
        """Open the page, reload it, open it in a second tab, or reconnect."""
        page = self.pages[who]
        if page.is_canceled:
            return
        self.connections += 1
        connection = f"{self.connections} of {page.person.pk}"
        arrival = services.arrive(page.person, connection_id=connection)
        if page.connection:
            assert arrival.replaced == page.connection
        page.connection = connection
        page.former.append(connection)
        if arrival.entry.state == "inside":
            page.knocked_at = None
        elif page.knocked_at is None:
            page.knocked_at = timezone.now()
        self.tick()

    @rule(who=people)
    def lose_the_network(self, who):
        page = self.pages[who]
        services.disconnect(page.connection)
        page.connection = ""

    @rule(who=people, back=st.integers(2, 4))
    def an_old_socket_closes_late(self, who, back):
        page = self.pages[who]
        for connection in page.former[-back:-1]:
            services.disconnect(connection)
            services.leave(page.person, connection_id=connection)

    @rule(who=people)
    def give_up(self, who):
        page = self.pages[who]
        if page.connection:
            services.leave(page.person, connection_id=page.connection)
            page.connection, page.knocked_at = "", None

    # --- what is decided about them ---------------------------------------------------------------

    @rule(
        by=deciders,
        who=people,
        what=st.sampled_from(["admit", "admit", "refuse", "eject"]),
        fits=st.sampled_from([True, True, True, False]),
    )
    def decide(self, by, who, what, fits):
        """About somebody in the state that is decided on, or about anybody at all."""
        page, opener, actor = self.pages[who], *self.decider(by)
        if fits:
            page = self.one_who_is("inside" if what == "eject" else "waiting", who) or page
        with suppress(DomainError):
            getattr(services, what)(page.person, actor=actor, by=opener)
            self.decided(page, what)
        self.tick()

    @rule(who=people)
    def put_out_and_reload(self, who):
        if page := self.one_who_is("inside", who):
            services.eject(page.person, actor=TESTER)
            self.decided(page, "eject")
            self.come(self.pages.index(page))

    def one_who_is(self, state, nth):
        """The page of somebody in that state, none if nobody is."""
        stays = self.session.entries.filter(state=state)
        found = [page for page in self.pages if stays.filter(participant=page.person).exists()]
        return found[nth % len(found)] if found else None

    @rule(by=deciders)
    def admit_all(self, by):
        opener, actor = self.decider(by)
        waiting = {person["peer_id"] for person in services.waiting_of(self.session)}
        with suppress(DomainError):
            assert services.admit_all(self.session, actor=actor, by=opener) == len(waiting)
            for page in self.pages:
                if str(page.person.peer_id) in waiting:
                    self.decided(page, "admit")
        self.tick()

    @rule(who=guests, seldom=st.integers(0, 3))
    def cancel(self, who, seldom):
        page = self.pages[who]
        if not seldom and not page.is_canceled:
            services.cancel_participant(page.person, actor=TESTER)
            page.is_canceled, page.connection, page.knocked_at = True, "", None

    def decider(self, by):
        if by is None:
            return None, TESTER
        person = self.pages[by].person
        return person, services.as_actor(person)

    def decided(self, page, what):
        page.knocked_at = None
        if what == "admit":
            page.is_trusted = True
        else:
            page.connection = ""
            page.is_trusted = page.is_trusted and what == "refuse"

    # --- what happens to the server ---------------------------------------------------------------

    @rule(seconds=st.integers(1, 60))
    def time_passes(self, seconds):
        while seconds > 0:
            self.now.shift(min(seconds, RENEWAL))
            seconds -= RENEWAL
            live = {page.connection for page in self.pages} - {""}
            assert services.renew(live) == live, "a live connection lost its place"
            services.sweep_calls()

    @rule(seconds=st.sampled_from([1, 29, 31, 300]), order=st.permutations(range(GUESTS + 1)))
    def the_server_dies_and_people_come_back(self, seconds, order):
        """All sockets are gone without a word; pages that were open reconnect in any order."""
        were_open = [who for who in order if self.pages[who].connection]
        self.now.shift(seconds)
        services.sweep_calls()
        for page in self.pages:
            page.connection = ""
        for who in were_open:
            self.come(who)

    def tick(self):
        self.now.shift(timedelta(milliseconds=1))

    # --- what holds at every moment ---------------------------------------------------------------

    @invariant()
    def nobody_is_lost_and_nobody_slips_in(self):
        waiting = [person["peer_id"] for person in services.waiting_of(self.session)]
        inside = [person["peer_id"] for person in services.roster(self.session)]
        entries = CallEntry.across_teams.filter(session=self.session).order_by("id")
        stays = list(entries.select_related("participant"))
        self.whoever_is_connected_is_inside_or_seen_waiting(waiting, inside)
        self.the_queue_keeps_its_order(waiting)
        self.nobody_is_inside_who_was_not_let_in(inside)
        self.every_row_agrees_with_itself(stays)

    def whoever_is_connected_is_inside_or_seen_waiting(self, waiting, inside):
        assert len({*waiting, *inside}) == len(waiting) + len(inside)
        for page in self.pages:
            is_there = str(page.person.peer_id) in {*waiting, *inside}
            assert is_there or not page.connection
            assert not (is_there and page.is_canceled)

    def the_queue_keeps_its_order(self, waiting):
        asked = {str(page.person.peer_id): page.knocked_at for page in self.pages}
        shown = [asked[peer_id] for peer_id in waiting]
        assert None not in shown
        assert shown == sorted(shown)

    def nobody_is_inside_who_was_not_let_in(self, inside):
        for page in self.pages:
            assert page.is_trusted or str(page.person.peer_id) not in inside
        outside = [page for page in self.pages if str(page.person.peer_id) not in inside]
        for page in outside[:1]:
            with pytest.raises(NotInside):
                services.media_access(page.person)
        assert not inside or timezone.now() >= self.session.starts_at

    def every_row_agrees_with_itself(self, stays):
        open_stays = [stay for stay in stays if stay.state in ("waiting", "inside")]
        connections = {stay.participant_id: stay.connection_id for stay in open_stays}
        assert len(connections) == len(open_stays)
        for page in self.pages:
            assert not page.connection or connections[page.person.pk] == page.connection
        self.session.refresh_from_db()
        was_used = any(stay.joined_at for stay in stays)
        assert (self.session.actual_started_at is not None) == was_used
        is_over = was_used and all(stay.state != "inside" for stay in stays)
        assert (self.session.actual_ended_at is not None) == is_over


QUIET = {
    "deadline": None,
    "database": None,
    "suppress_health_check": list(HealthCheck),
    "print_blob": False,
}


@pytest.mark.django_db
def test_nobody_who_waits_is_lost():
    short = settings(max_examples=15, stateful_step_count=30, derandomize=True, **QUIET)
    run_state_machine_as_test(Lobby, settings=short)


@pytest.mark.long
@pytest.mark.timeout(5400)
@pytest.mark.django_db
def test_nobody_who_waits_is_lost_in_1000_histories():
    long = settings(max_examples=1000, stateful_step_count=60, **QUIET)
    run_state_machine_as_test(Lobby, settings=long)
