"""Calls through a relay server alone, and the page that tests a connection."""

import json
import re
import time

import pytest

from tests.browser.calls import FAKE_MEDIA, Api, Visitor, all_see_each_other
from tests.browser.conftest import CHROMIUM, QUIET
from tests.relays import Relay
from tests.servers import free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.coturn]
SECRET = "shared with coturn"


@pytest.fixture(scope="module")
def relay(tmp_path_factory):
    with Relay(tmp_path_factory.mktemp("coturn"), SECRET) as relay:
        yield relay


@pytest.fixture(scope="module")
def relayed(relay, tmp_path_factory):
    """A server whose calls go through the relay only."""
    state = tmp_path_factory.mktemp("relayed")
    turn = f"turn:127.0.0.1:{relay.port}?transport=udp"
    environment = {
        "RTC_TURN_URLS": turn,
        "RTC_TURN_SECRET": SECRET,
        "RTC_ICE_RELAY_ONLY": "on",
    }
    with running(state, **environment) as (facts, _printed):
        yield facts


@pytest.fixture(scope="module")
def cameras(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + FAKE_MEDIA)
    yield browser
    browser.close()


@pytest.fixture
def call(relayed, cameras):
    """A host and a guest inside who see each other."""
    session = Api(relayed).plan(("Dr. Okafor", "host"), ("Jonas", "guest"))
    host, guest = session["participants"]
    host = Visitor(cameras.new_context(), host).enter()
    guest = Visitor(cameras.new_context(), guest).come()
    host.admit("Jonas")
    all_see_each_other(host, guest)
    yield host, guest
    for each in (host, guest):
        each.page.context.close()


def test_media_goes_through_the_relay_at_both_ends(call):
    host, _guest = call
    host.page.locator("#roster li[data-route='relay/relay']").wait_for(timeout=5000)


def test_a_relay_that_comes_back_is_used_again_with_fresh_credentials(call, relay):
    host, guest = call
    before = {one: (credentials(one), len(one.said)) for one in call}
    host.page.wait_for_timeout(1100)  # credentials are named by the second
    relay.kill()
    relay.start()
    stands_still(host, guest)
    all_see_each_other(host, guest, within=20)
    for one in call:
        known, said = before[one]
        assert {"ice"} <= {json.loads(frame)["op"] for frame in one.said[said:]}
        assert credentials(one) - known
        assert not [frame for frame in one.said[said:] if '"hello"' in frame], "begun anew"
    host.page.locator("#roster li[data-route='relay/relay']").wait_for(timeout=5000)
    assert host.faults + guest.faults == []


def test_the_diagnosis_finds_the_relay_and_the_devices(relayed, cameras):
    page = cameras.new_page()
    page.goto(relayed["base_url"] + "/diagnose")
    page.locator("#result[data-good]").wait_for(timeout=20_000)
    said = page.inner_text("#checks")
    assert page.get_attribute("#result", "data-good") == "true", said
    for words in ("Camera and microphone work", "host", "The relay answers", "WebSocket"):
        assert words in said
    page.close()


def test_the_diagnosis_says_that_the_relay_is_away(relayed, relay, cameras):
    def name_another_port(route):
        told = route.fetch()
        route.fulfill(response=told, body=told.text().replace(str(relay.port), str(free_port())))

    page = cameras.new_page()
    page.route("**/diagnose", name_another_port)
    page.goto(relayed["base_url"] + "/diagnose")
    page.locator("#result[data-good=false]").wait_for(timeout=20_000)
    assert "The relay does not answer" in page.inner_text("[data-check=checkTurn]")
    assert "Found: host" in page.inner_text("[data-check=checkNetwork]")
    page.close()


def credentials(visitor):
    """Every TURN user name that a page was given."""
    return {name for frame in visitor.heard for name in re.findall(r'"username":"([^"]+)"', frame)}


def stands_still(one, other):
    """Wait until nothing comes through any more."""
    last, since = -1, time.monotonic()
    while time.monotonic() - since < 1:
        one.page.wait_for_timeout(100)
        if (now := one.frames_of(other.peer_id)) != last:
            last, since = now, time.monotonic()
