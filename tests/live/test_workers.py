"""Two `manage.py worker` processes: neither leaves work behind, one takes over from the other."""

import re
import time
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import WebhookDelivery
from rtcserver.models import SweepTurn
from tests.fakes import WebhookReceiver
from tests.live.workers import PRINTED, WorkerProcess, eventually
from tests.servers import database_for_servers

pytestmark = [pytest.mark.postgresql, pytest.mark.django_db(transaction=True)]
SEND = "accounts.webhooks_send"


@pytest.fixture
def start_worker(tmp_path):
    started = []

    def start():
        started.append(WorkerProcess(tmp_path, database_for_servers(tmp_path)))
        return started[-1]

    yield start
    for worker in started:
        worker.close()
    assert "Traceback" not in (tmp_path / PRINTED).read_text()


@pytest.fixture
def send(coviu, receiver):
    """Have an event sent to the receiver, and none of those before it.

    What was written before is shown once no older transaction of the server runs: to a webhook
    of every type it could come later.
    """
    body = {"url": receiver.url, "event_types": ["webhook.tested"]}
    hook = coviu.post("/v1/webhooks", body, "application/json").json()
    path = f"/v1/webhooks/{hook['webhook_id']}/test"
    return lambda: coviu.post(path).json()["delivery_id"]


def holder():
    """Pid of the process that sends."""
    name = SweepTurn.objects.get(name=SEND).holder
    return int(name.split(":")[1])


def states():
    return set(WebhookDelivery.objects.values_list("state", flat=True))


def lag(client, settings):
    settings.METRICS_TOKEN = "shown"
    told = client.get("/metrics", headers={"Authorization": "Bearer shown"}).content.decode()
    return float(re.search(r"^rtc_worker_lag_seconds (\S+)$", told, re.MULTILINE)[1])


def time_passes(seconds):
    """What is held and due comes so much nearer: no test waits for a lease."""
    earlier = timedelta(seconds=seconds)
    for turn in SweepTurn.objects.filter(held_until__gt=timezone.now()):
        SweepTurn.objects.filter(pk=turn.pk).update(held_until=turn.held_until - earlier)
    for delivery in WebhookDelivery.objects.filter(state="pending"):
        delivery.due_at -= earlier
        delivery.save(update_fields=["due_at"])


def test_one_that_is_killed_is_followed_by_the_other(
    start_worker, receiver, send, client, settings
):
    receiver.answers.clear()
    sent = {send() for _number in range(5)}
    workers = {worker.process.pid: worker for worker in (start_worker(), start_worker())}
    eventually(lambda: len(receiver.got) == len(sent))
    killed = holder()
    workers.pop(killed).kill()
    receiver.answers.set()
    time.sleep(2)  # twice the time in which a worker looks for what is due
    assert holder() == killed, "the lease was not respected"
    assert states() == {"pending"}
    assert lag(client, settings) > 0.5
    time_passes(90)
    eventually(lambda: states() == {"delivered"})
    assert {holder()} == set(workers)
    assert len(receiver.ids) == 2 * len(set(receiver.ids)) == 2 * len(sent), "each once more"
    eventually(lambda: lag(client, settings) < 3)


def test_one_that_is_stopped_finishes_what_it_has_in_hand(start_worker, receiver, send):
    first = start_worker()
    receiver.answers.clear()
    send()
    eventually(lambda: receiver.got)
    first.stop()
    time.sleep(0.5)
    assert first.process.poll() is None, "it left its work behind"
    receiver.answers.set()
    assert first.process.wait(10) == 0
    assert states() == {"delivered"}
    assert not SweepTurn.objects.filter(held_until__gt=timezone.now()).exists()
    start_worker()
    send()
    eventually(lambda: WebhookDelivery.objects.filter(state="delivered").count() == 2)
    assert len(receiver.ids) == len(set(receiver.ids)) == 2, "each once"


def test_a_receiver_that_was_down_gets_what_it_missed(start_worker, receiver, send):
    start_worker()
    receiver.close()
    sent = {send() for _number in range(3)}
    failed = WebhookDelivery.objects.filter(attempts=1, state="pending").exclude(error="")
    eventually(lambda: failed.count() == len(sent))
    back = WebhookReceiver(receiver.port)
    try:
        time_passes(6)
        eventually(lambda: states() == {"delivered"})
        assert len(back.ids) == len(set(back.ids)) == len(sent)
    finally:
        back.close()
