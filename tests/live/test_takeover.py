"""Workers die and stop while events are written all the time: the next one tells what is left.

On a PostgreSQL of the test's own: events are shown once no older transaction runs on the server,
whoever's it is.
"""

import time
from collections import Counter

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from accounts.delivery.sending import OF_ONE_ENDPOINT
from tests.databases import OwnPostgres, copy_tables, run
from tests.live.workers import PRINTED, WorkerProcess, eventually
from tests.live.writers import TYPES, Writers, fact_of
from tests.servers import Server

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.postgresql_server,
    pytest.mark.django_db(transaction=True),
]
ALONE = {"RTC_EMBEDDED_WORKER": "off", "RTC_RATE_LIMITS": "off"}
HOLDER = "SELECT split_part(holder, ':', 2) FROM rtcserver_sweepturn WHERE name = '{}'"
IN_HAND = "state = 'pending' AND due_at > now()"  # no receiver here has an attempt fail


class Installation:
    """What runs, and what the team's own software was told."""

    def __init__(self, database_url, state, receiver):
        self._url, self._state, self.receiver = database_url, state, receiver
        self.started, self.told, self._looked = [], {}, 0
        self.killed_with = Counter()  # ids of events that a worker died with, and how often

    def start_worker(self):
        self.started.append(WorkerProcess(self._state, self._url))

    @property
    def printed(self):
        return (self._state / PRINTED).read_text()

    def _all_work(self):
        return self.printed.count("Working:") == len(self.started)

    def subscribe(self, base, bearer):
        self.office = httpx.Client(base_url=base, headers={"Authorization": f"Bearer {bearer}"})
        hook = {"url": self.receiver.url, "event_types": TYPES}
        self._library = Webhook(self.office.post("/v1/webhooks", json=hook).json()["secret"])

    def look(self):
        """Facts that were told so far; every signature is verified."""
        new = self.receiver.got[self._looked :]
        self._looked += len(new)
        for headers, body in new:
            event = self._library.verify(body, headers)
            assert self.told.setdefault(event["id"], event) == event
        return set(map(fact_of, self.told.values()))

    def listed(self):
        """`GET /v1/events` to its end, by id."""
        found, page = {}, {"after": "", "more": True}
        while page["more"]:
            asked = {"types": ",".join(TYPES), "after": page["after"]}
            page = self.office.get("/v1/events", params=asked).json()
            found |= {event["id"]: event for event in page["events"]}
        return found

    def in_hand(self):
        rows = run(self._url, f"SELECT event_id FROM accounts_webhookdelivery WHERE {IN_HAND}")
        return {str(event_id) for [event_id] in rows}

    def hold_a_round(self):
        """Have the receiver answer no more, until a worker waits for it; returns that worker.

        Another one is there to follow.
        """
        eventually(self._all_work)
        self.receiver.answers.clear()
        eventually(self._is_stuck)
        [[pid]] = run(self._url, HOLDER.format("accounts.webhooks_send"))
        return next(worker for worker in self.started if worker.process.pid == int(pid))

    def _is_stuck(self):
        self.look()
        before = self.in_hand()
        time.sleep(0.2)
        return before and before == self.in_hand() <= self.told.keys()

    def kill_one(self):
        worker = self.hold_a_round()
        worker.kill()
        self.killed_with.update(self.in_hand())
        assert 0 < len(self.in_hand()) <= OF_ONE_ENDPOINT
        self.receiver.answers.set()
        return worker

    def end_leases_of(self, worker):
        """As if their time had passed: of what it held, and of the deliveries it had in hand."""
        held = f"holder LIKE '%:{worker.process.pid}:%'"
        run(self._url, f"UPDATE rtcserver_sweepturn SET held_until = now() WHERE {held}")
        run(self._url, f"UPDATE accounts_webhookdelivery SET due_at = now() WHERE {IN_HAND}")

    def stop_one(self):
        """SIGTERM in the middle of a round; returns once it has finished that and has ended."""
        worker = self.hold_a_round()
        worker.stop()
        time.sleep(0.3)
        assert worker.process.poll() is None, "it left its work behind"
        self.receiver.answers.set()
        assert worker.process.wait(10) == 0

    def goes_on(self, seconds):
        """Seconds until something is told again."""
        begun, before = time.monotonic(), len(self.receiver.got)
        eventually(lambda: len(self.receiver.got) > before, seconds)
        return time.monotonic() - begun

    def catches_up_with(self, acknowledged, seconds):
        """Seconds until all of this was told."""
        begun = time.monotonic()
        while missing := acknowledged - self.look():
            late = time.monotonic() - begun > seconds
            assert not late, f"{len(missing)} facts were not told: {self._deliveries()}"
            time.sleep(0.05)
        return time.monotonic() - begun

    def _deliveries(self):
        by = "state, attempts, error, due_at > now()"
        return run(
            self._url, f"SELECT {by}, count(*) FROM accounts_webhookdelivery GROUP BY 1, 2, 3, 4"
        )

    def check(self, writers):
        assert writers.faults == []
        assert self.look() == writers.acknowledged
        assert self.told == self.listed()
        came = Counter(message_id.split("_")[1] for message_id in self.receiver.ids)
        again = came - Counter(came.keys())
        assert again <= self.killed_with, "sent twice though nobody died with it"
        return again.total()


@pytest.fixture
def bearer(key, token_request):
    api_client, secret = key
    answer = token_request(api_client.client_id, secret, grant_type="client_credentials")
    return answer.json()["access_token"]


@pytest.fixture
def base(installation, postgres, tmp_path, bearer):
    """Address of a server, on which the receiver is subscribed."""
    with Server(tmp_path, postgres.url, **ALONE) as server:
        served = f"http://127.0.0.1:{server.port}"
        installation.subscribe(served, bearer)
        yield served
        assert "Traceback" not in server.printed


@pytest.fixture
def postgres(bearer):
    """With the team and its token in it."""
    with OwnPostgres() as started:
        copy_tables(started.url)
        yield started


@pytest.fixture
def installation(postgres, tmp_path, receiver):
    """With two workers."""
    made = Installation(postgres.url, tmp_path, receiver)
    for _number in range(2):
        made.start_worker()
    yield made
    for worker in made.started:
        worker.close()
    assert "Traceback" not in made.printed


def test_whoever_follows_tells_what_is_left(installation, base, bearer, record_property):
    with Writers(base, bearer, pause=0.8) as writers:
        installation.end_leases_of(installation.kill_one())
        after_kill = installation.goes_on(5)
        installation.start_worker()
        caught_up = installation.catches_up_with(set(writers.acknowledged), 20)
        installation.stop_one()
        after_stop = installation.goes_on(5)
    installation.catches_up_with(writers.acknowledged, 20)
    again = installation.check(writers)
    assert again <= OF_ONE_ENDPOINT
    record_property("seconds after the lease, until caught up", [after_kill, caught_up])
    record_property("seconds after a stop", after_stop)
    record_property("events, sent again", [len(writers.acknowledged), again])


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_kills_over_minutes_with_leases_that_run_out(installation, base, bearer, record_property):
    kills, recoveries = 2, []
    with Writers(base, bearer, pause=1.0) as writers:
        for _number in range(kills):
            installation.kill_one()
            installation.start_worker()
            goes_on = installation.goes_on(70)
            recoveries.append(
                (goes_on, installation.catches_up_with(set(writers.acknowledged), 200))
            )
            installation.stop_one()
            installation.start_worker()
            assert installation.goes_on(5) < 5
    installation.catches_up_with(writers.acknowledged, 60)
    again = installation.check(writers)
    assert again <= kills * OF_ONE_ENDPOINT
    record_property("seconds until it goes on, until caught up", recoveries)
    record_property("events, sent again", [len(writers.acknowledged), again])
