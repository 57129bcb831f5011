"""Calls between real browsers with fake cameras, on loopback."""

import json
import time

import pytest

from tests.browser.calls import FAKE_MEDIA, NO_DEVICES, Api, Visitor, all_see_each_other
from tests.browser.conftest import CHROMIUM, QUIET
from tests.conftest import NODE_MODULES

pytestmark = pytest.mark.browser
HOST, GUEST, ANA = ("Dr. Okafor", "host"), ("Jonas", "guest"), ("Ana", "guest")
AXE = "async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes[0].html])"


@pytest.fixture(scope="module")
def cameras(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + FAKE_MEDIA)
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def api(server):
    return Api(server)


@pytest.fixture
def visitor(cameras):
    contexts = []

    def of(participant, script=None, **options):
        contexts.append(cameras.new_context(**options))
        return Visitor(contexts[-1], participant, script)

    yield of
    for context in contexts:
        context.close()


@pytest.fixture
def call(api, visitor):
    """A host inside and a guest whom they let in: (session, host, guest)."""

    def of(script=None):
        session = api.plan(HOST, GUEST)
        host, guest = session["participants"]
        host, guest = visitor(host).enter(), visitor(guest, script).come()
        host.admit("Jonas")
        guest.page.locator("#call:not([hidden])").wait_for()
        return session, host, guest

    return of


def test_host_and_guest_see_each_other_after_admission(call):
    _session, host, guest = call()
    began = time.monotonic()
    host.sees(guest.peer_id)
    guest.sees(host.peer_id)
    assert time.monotonic() - began < 5
    guest.page.click("#show-chat")
    guest.page.fill("#said", "Good morning")
    guest.page.keyboard.press("Enter")
    host.page.locator("#messages >> text=Good morning").wait_for(state="attached", timeout=5000)
    guest.page.click("#mute")
    host.page.locator("#roster >> text=muted").wait_for(timeout=3000)
    guest.page.click("#camera")
    host.page.locator(f".tile.dark[data-peer='{guest.peer_id}']").wait_for(timeout=3000)

    guest.page.reload()
    began = time.monotonic()
    guest.page.locator("#call:not([hidden])").wait_for(timeout=5000)
    guest.sees(host.peer_id, within=5 - (time.monotonic() - began))
    host.page.locator("#roster >> text=muted").wait_for(timeout=3000)
    assert guest.page.inner_text("#mute") == "Unmute"

    host.page.click("#mute")
    guest.page.click("#show-people")
    guest.page.click("#leave")
    assert guest.over() == "You left the call."
    host.page.locator(f".tile[data-peer='{guest.peer_id}']").wait_for(state="detached")
    assert host.faults + guest.faults == []


def test_nothing_reaches_a_waiting_guest(api, visitor):
    session = api.plan(HOST, GUEST, ANA)
    host, guest, ana = session["participants"]
    waiting = visitor(guest).come()
    host, ana = visitor(host).enter(), visitor(ana).come()
    host.admit("Ana")
    host.sees(ana.peer_id)
    ana.sees(host.peer_id)
    waiting.page.wait_for_timeout(300)
    assert waiting.page.inner_text("#waiting-text") == "You wait to be let in."
    assert {json.loads(frame)["op"] for frame in waiting.heard} <= {"welcome", "state", "pong"}
    text = "".join(waiting.heard) + waiting.page.content()
    for secret in ("Okafor", "Ana", host.peer_id, ana.peer_id, session["session_id"], "sdp"):
        assert secret not in text
    assert [json.loads(frame)["op"] for frame in waiting.said] == ["auth"]
    host.page.click("#waiting-list [data-op=refuse]")
    assert waiting.over() == "You were not let in."


def test_three_who_meet_at_the_same_moment_all_see_each_other(api, visitor):
    session = api.plan(HOST, GUEST, ANA)
    host, *guests = session["participants"]
    guests = [visitor(guest).come() for guest in guests]
    host = visitor(host).enter()
    host.page.click("#show-people")
    host.page.locator("#waiting-list li >> nth=1").wait_for()
    host.page.click("#admit-all")
    everybody = [host, *guests]
    all_see_each_other(*everybody)
    for one in everybody:
        one.page.reload(wait_until="commit")
    all_see_each_other(*everybody)
    assert [one.faults for one in everybody] == [[], [], []]


def test_a_second_window_takes_over(call, visitor):
    session, host, guest = call()
    host.sees(guest.peer_id)
    second = visitor(session["participants"][1]).enter()
    assert guest.over() == "You are in this call in another window."
    second.sees(host.peer_id)
    host.sees(second.peer_id)


@pytest.mark.parametrize(
    ("fault", "words"), [("NotFoundError", "No camera"), ("NotAllowedError", "not allowed")]
)
def test_without_camera_or_permission_people_see_and_hear(call, fault, words):
    _session, host, guest = call(NO_DEVICES % fault)
    assert words in guest.page.text_content("#device-note")
    guest.sees(host.peer_id)
    assert host.frames_of(guest.peer_id) == 0
    assert guest.faults == []


def test_a_cancelled_invitation_ends_the_call_within_a_second(call, api):
    session, host, guest = call()
    host.sees(guest.peer_id)
    api.send("DELETE", f"/v1/participants/{session['participants'][1]['participant_id']}")
    began = time.monotonic()
    assert guest.over(1.0) == "This invitation was cancelled."
    host.page.locator(f".tile[data-peer='{guest.peer_id}']").wait_for(state="detached")
    assert time.monotonic() - began < 1.5
    tracks = "document.querySelectorAll('video').length"
    assert guest.page.evaluate(tracks) == 1  # the preview; nothing of the call is left


def test_the_end_ends_it_for_all(api, visitor):
    session = api.plan(HOST, seconds=6)
    host = visitor(session["participants"][0]).enter()
    assert host.over(7) == "The call has ended."
    assert host.page.locator("#rejoin").is_hidden()


def test_hosts_put_people_out(call):
    _session, host, guest = call()
    host.page.on("dialog", lambda dialog: dialog.accept())
    host.page.click("#roster [data-op=mute]")
    guest.page.locator("#notice >> text=muted your microphone").wait_for()
    host.page.click("#roster [data-op=eject]")
    assert guest.over() == "You were put out of the call."


def test_who_only_receives_sends_nothing(server, api, visitor):
    token = api.send("GET", "/tokens/listening?type=sub")["uuid"]
    speaker = api.send("GET", "/tokens/listening?type=pub")["uuid"]
    talker = visitor({"entry_url": f"{server['base_url']}/session/{speaker}"}).enter()
    listener = visitor({"entry_url": f"{server['base_url']}/session/{token}"}).enter()
    listener.sees(talker.peer_id)
    assert listener.page.locator("#mute").is_hidden()
    told = [json.loads(frame) for frame in listener.said if '"sdp"' in frame]
    assert told
    assert all("a=sendrecv" not in f["description"]["sdp"] for f in told)
    assert all("a=sendonly" not in f["description"]["sdp"] for f in told)
    assert talker.frames_of(listener.peer_id) == 0


def test_a_broken_connection_comes_back_by_itself(call):
    _session, host, guest = call()
    host.sees(guest.peer_id)
    guest.page.context.set_offline(True)
    guest.page.evaluate("window.dispatchEvent(new Event('offline'))")
    guest.page.wait_for_timeout(300)
    guest.page.context.set_offline(False)
    host.sees(guest.peer_id)
    guest.sees(host.peer_id)


@pytest.mark.node
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(api, visitor, scheme):
    session = api.plan(HOST, GUEST, ANA)
    host, guest, ana = session["participants"]
    options = {"color_scheme": scheme, "bypass_csp": True, "reduced_motion": "reduce"}
    waiting = visitor(guest, **options).come()
    host = visitor(host, viewport={"width": 390, "height": 700}, **options)
    ana = visitor(ana, **options)
    ana.page.goto(ana.url)
    ana.page.locator("#join:enabled").wait_for()
    host.enter()
    host.page.click("#show-chat")
    found = serious(host) + serious(waiting) + serious(ana)
    host.page.click("#show-people")
    found += serious(host)
    assert found == []
    assert host.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def serious(visitor):
    visitor.page.add_script_tag(path=NODE_MODULES / "axe-core" / "axe.min.js")
    return [found for found in visitor.page.evaluate(AXE) if found[0] in ("serious", "critical")]
