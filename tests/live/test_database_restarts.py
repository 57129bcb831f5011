"""PostgreSQL restarts and crashes while every dialect is used: nothing acknowledged is lost."""

import asyncio
import time

import httpx
import pytest

from accounts.services import Device, start_login
from tests.databases import OwnPostgres, copy_tables, run
from tests.factories import ParticipantFactory, UserFactory
from tests.live.crowds import gather
from tests.live.load import Keys, Load
from tests.live.test_chat_survives import NO_LIMIT, aside, check, members_of, talk
from tests.servers import Server

pytestmark = [
    pytest.mark.postgresql,
    pytest.mark.postgresql_server,
    pytest.mark.django_db(transaction=True),
]
PEOPLE, GROUPS = 6, 5
# A refusal of LiveRoom is HTTP 500 unless told otherwise; here 500 means a crash.
OPEN = NO_LIMIT | {"RTC_RATE_LIMITS": "off", "RTC_LIVEROOM_ERROR_HTTP_STATUS": "200"}


@pytest.fixture
def crowd(db):
    return gather(PEOPLE, GROUPS)


@pytest.fixture
def keys(key, token_request):
    api_client, secret = key
    answer = token_request(api_client.client_id, secret, grant_type="client_credentials")
    _login, cookie = start_login(user=UserFactory(), device=Device("sealtalk", "", "test"))
    entry = str(ParticipantFactory().public_id)
    return Keys(api_client.client_id, secret, answer.json()["access_token"], cookie, entry)


@pytest.fixture
def postgres(crowd, keys):
    """With all that was made so far in it."""
    with OwnPostgres() as started:
        copy_tables(started.url)
        yield started


@pytest.fixture
def server(postgres, tmp_path):
    # A crash takes what was not waited for: a suite that waits for no disk must not say so here.
    with Server(tmp_path, postgres.url, PGOPTIONS="", **OPEN) as started:
        yield started


async def survive(server, postgres, crowd, keys, modes, *, each):
    """Everybody talks and every dialect is called during every restart; returns figures."""
    load, recoveries = Load(server.port, keys), []
    calling = asyncio.create_task(load.run())
    async with members_of(crowd, [server]) as (members, _wires):
        for turn, mode in enumerate(modes):
            await asyncio.gather(*(member.ready.wait() for member in members))
            talking = asyncio.create_task(talk(members, crowd, turn, each))
            await asyncio.sleep(0.3)
            await aside(lambda mode=mode: postgres.restart(mode))
            recoveries.append(await good_again(load, calling))
            await talking
        total = each * len(modes)
        ends = {group: len(members) * total // GROUPS for group in crowd.conversations}
        reached = await asyncio.gather(*(member.reach(ends, 30) for member in members))
        assert all(reached), [dict(member.last) for member in members]
    load.stop()
    await calling
    check(members, total)
    return load, recoveries


async def good_again(load, calling, patience=20.0):
    """Seconds until a creation is acknowledged again."""
    begun = time.monotonic()
    while load.good_at < begun:
        if calling.done():
            await calling
        assert time.monotonic() - begun < patience, load.statuses
        await asyncio.sleep(0.02)
    return load.good_at - begun


def check_calls(load, recoveries, server, postgres, measured):
    measured("seconds until good again", [round(one, 2) for one in recoveries])
    measured("answers", dict(load.statuses))
    assert load.faults == []
    assert load.statuses[503] > 0, "the restarts were not felt"
    assert max(recoveries) < 5
    assert "Traceback" not in server.printed, server.printed
    stored = {
        row[0] for row in run(postgres.url, "SELECT public_id::text FROM sessions_api_session")
    }
    assert set(load.created) <= stored, "a session that was acknowledged is gone"
    recorded = "SELECT count(*) FROM rtcserver_event WHERE type = 'session.created'"
    named = "SELECT count(*) FROM sessions_api_session WHERE name = 'Under load'"
    assert run(postgres.url, recorded) == run(postgres.url, named), "a session without its event"
    ready = httpx.get(f"http://127.0.0.1:{server.port}/readyz")
    assert ready.status_code == 200


async def test_a_restart_and_a_crash_lose_nothing(server, postgres, crowd, keys, record_property):
    result = await survive(server, postgres, crowd, keys, ["fast", "immediate"], each=5)
    check_calls(*result, server, postgres, record_property)


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_twenty_restarts_and_crashes(server, postgres, crowd, keys, record_property):
    modes = ["fast", "immediate"] * 10
    result = await survive(server, postgres, crowd, keys, modes, each=20)
    check_calls(*result, server, postgres, record_property)
