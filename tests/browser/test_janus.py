"""Calls through a media server: real browsers, real Janus."""

import json
import os
import signal
import sqlite3
import uuid

import pytest

from tests.browser.calls import (
    FAKE_MEDIA,
    SMALL_PICTURE,
    Api,
    Visitor,
    all_see_each_other,
)
from tests.browser.conftest import CHROMIUM, QUIET
from tests.servers import OwnJanus, free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.janus]
SLOW_CAMERA = ["--use-fake-device-for-media-stream=fps=10", *FAKE_MEDIA[1:]]
HOST, GUEST, ANA = ("Dr. Okafor", "host"), ("Jonas", "guest"), ("Ana", "guest")


@pytest.fixture(scope="module")
def janus(tmp_path_factory):
    with OwnJanus(tmp_path_factory.mktemp("janus")) as janus:
        yield janus


@pytest.fixture(scope="module")
def relayed(janus, tmp_path_factory):
    """A server whose third person moves the call to Janus."""
    limits = {"RTC_MESH_LIMIT": "2"}
    with running(tmp_path_factory.mktemp("sfu"), **janus.environment, **limits) as (facts, printed):
        yield facts
    assert "Traceback" not in printed()
    for secret in janus.environment["RTC_JANUS_API_SECRET"], "sdp":
        assert secret not in printed()


@pytest.fixture(scope="module")
def cameras(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + SLOW_CAMERA)
    yield browser
    browser.close()


@pytest.fixture
def visitor(cameras):
    contexts = []

    def of(participant):
        contexts.append(cameras.new_context())
        return Visitor(contexts[-1], participant, SMALL_PICTURE)

    yield of
    for context in contexts:
        context.close()


@pytest.fixture
def api(relayed):
    return Api(relayed)


def backend(visitor):
    told = [json.loads(frame) for frame in visitor.heard if '"op":"inside"' in frame]
    return told[-1]["media"]["backend"]


def test_the_third_person_moves_a_call_to_the_media_server(api, visitor):
    session = api.plan(HOST, GUEST, ANA, ("Eve", "guest"))
    host, guest, ana, eve = session["participants"]
    host, guest = visitor(host).enter(), visitor(guest).come()
    host.admit("Jonas")
    guest.page.locator("#call:not([hidden])").wait_for()
    all_see_each_other(host, guest)
    assert backend(host) == "p2p"
    eve, ana = visitor(eve).come(), visitor(ana).come()
    host.admit("Ana")
    ana.page.locator("#call:not([hidden])").wait_for()
    all_see_each_other(host, guest, ana)
    assert [backend(one) for one in (host, guest, ana)] == ["janus"] * 3
    assert '"from":"server"' in "".join(ana.heard)
    assert [json.loads(frame)["op"] for frame in eve.said] == ["auth"]
    assert {json.loads(frame)["op"] for frame in eve.heard} <= {"welcome", "state"}

    guest.page.click("#leave")
    host.page.locator(f".tile[data-peer='{guest.peer_id}']").wait_for(state="detached")
    all_see_each_other(host, ana)
    host.page.on("dialog", lambda dialog: dialog.accept())
    host.page.click("#roster [data-op=eject]")
    assert ana.over() == "You were put out of the call."
    api.send("DELETE", f"/v1/participants/{session['participants'][0]['participant_id']}")
    assert host.over(1.0) == "This invitation was cancelled."
    assert [one.faults for one in (host, guest, ana, eve)] == [[], [], [], []]


@pytest.fixture
def three(api, visitor):
    """A host, a guest and one who only receives, through the media server."""

    def of():
        session = api.plan(HOST, GUEST, ANA)
        host, guest, ana = (visitor(person) for person in session["participants"])
        host.enter()
        for one, name in ((guest, "Jonas"), (ana, "Ana")):
            one.come()
            host.admit(name)
            one.page.locator("#call:not([hidden])").wait_for()
        all_see_each_other(host, guest, ana)
        return session, host, guest, ana

    return of


def test_reloads_second_windows_and_a_crash_of_the_media_server_are_survived(three, visitor, janus):
    session, host, guest, ana = three()
    guest.page.reload()
    all_see_each_other(host, guest, ana)
    second = visitor(session["participants"][2]).enter()
    assert ana.over() == "You are in this call in another window."
    all_see_each_other(host, guest, second)
    janus.kill()
    host.page.wait_for_timeout(700)
    janus.start()
    all_see_each_other(host, guest, second, within=30)
    assert [one.faults for one in (host, guest, ana, second)] == [[], [], [], []]


def test_who_only_receives_sends_nothing_and_a_killed_server_is_come_back_to(
    janus, visitor, tmp_path
):
    port = free_port()
    slow = {"RTC_CALL_LEASE_SECONDS": "300"}  # so that nobody looks at the rows by themselves
    with running(tmp_path, port, **janus.environment, **slow) as (facts, _printed):
        rtcat = Api(facts)
        rtcat.headers |= {
            "X-RTCAT-APIKEY": facts["api_key"], "X-RTCAT-SECRET": facts["key_secret"]
        }  # fmt: skip
        tokens = f"/v0.4/sessions/{rtcat.send('POST', '/v0.4/sessions', type='rel')['uuid']}/tokens"
        issued = [rtcat.send("POST", tokens, type=sort)["uuid"] for sort in ("pub", "sub")]
        talker, listener = (
            visitor({"entry_url": f"{facts['base_url']}/session/{token}"}).enter()
            for token in issued
        )
        assert backend(talker) == backend(listener) == "janus"
        listener.sees(talker.peer_id)
        put_out_by_rows_alone(tmp_path / "db.sqlite3", issued[0])
        known = len(listener.heard)
        listener.page.reload()
        listener.page.locator("#call:not([hidden])").wait_for()
        listener.page.wait_for_timeout(1500)
        assert talker.page.locator("#call:not([hidden])").is_visible()
        assert not [frame for frame in listener.heard[known:] if '"streams"' in frame]
        os.kill(facts["pid"], signal.SIGKILL)
    with running(tmp_path, port, **janus.environment):
        listener.sees(talker.peer_id, within=30)
    assert talker.frames_of(listener.peer_id) == 0
    said = [json.loads(frame) for frame in listener.said if '"sdp"' in frame]
    assert {frame["side"] for frame in said} == {"down"}
    assert talker.faults + listener.faults == []


def put_out_by_rows_alone(database, participant):
    """Neither their socket nor Janus hears of it."""
    with sqlite3.connect(database) as rows:
        mine = "SELECT id FROM sessions_api_participant WHERE public_id = ?"
        gone = "UPDATE sessions_api_callentry SET state = 'left', left_at = joined_at"
        rows.execute(f"{gone} WHERE participant_id = ({mine})", [uuid.UUID(participant).hex])
    rows.close()
