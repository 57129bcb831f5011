"""Calls through a media server: real browsers, real Janus."""

import json
import time

import pytest

from tests.browser.calls import FAKE_MEDIA, Api, Visitor, all_see_each_other
from tests.browser.conftest import CHROMIUM, QUIET
from tests.servers import OwnJanus, running

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
        return Visitor(contexts[-1], participant)

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
    began = time.monotonic()
    all_see_each_other(host, guest, ana)
    assert time.monotonic() - began < 10
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
    all_see_each_other(host, guest, second, within=10)
    assert [one.faults for one in (host, guest, ana, second)] == [[], [], [], []]
