"""Calls through a relay server alone, and the page that tests a connection."""

import pytest

from tests.browser.calls import FAKE_MEDIA, Api, Visitor
from tests.browser.conftest import CHROMIUM, QUIET
from tests.servers import coturn, free_port, running

pytestmark = [pytest.mark.browser, pytest.mark.coturn]
SECRET = "shared with coturn"


@pytest.fixture(scope="module")
def turn_port(tmp_path_factory):
    with coturn(tmp_path_factory.mktemp("coturn"), SECRET) as port:
        yield port


@pytest.fixture(scope="module")
def relayed(turn_port, tmp_path_factory):
    """A server whose calls go through the relay only."""
    state = tmp_path_factory.mktemp("relayed")
    turn = f"turn:127.0.0.1:{turn_port}?transport=udp"
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


def test_media_goes_through_the_relay_at_both_ends(relayed, cameras):
    session = Api(relayed).plan(("Dr. Okafor", "host"), ("Jonas", "guest"))
    host, guest = session["participants"]
    host = Visitor(cameras.new_context(), host).enter()
    guest = Visitor(cameras.new_context(), guest).come()
    host.admit("Jonas")
    guest.page.locator("#call:not([hidden])").wait_for()
    host.sees(guest.peer_id)
    guest.sees(host.peer_id)
    host.page.locator("#roster li[data-route='relay/relay']").wait_for(timeout=5000)
    for each in (host, guest):
        each.page.context.close()


def test_the_diagnosis_finds_the_relay_and_the_devices(relayed, cameras):
    page = cameras.new_page()
    page.goto(relayed["base_url"] + "/diagnose")
    page.locator("#result[data-good]").wait_for(timeout=20_000)
    said = page.inner_text("#checks")
    assert page.get_attribute("#result", "data-good") == "true", said
    for words in ("Camera and microphone work", "host", "The relay answers", "WebSocket"):
        assert words in said
    page.close()


def test_the_diagnosis_says_that_the_relay_is_away(relayed, turn_port, cameras):
    def name_another_port(route):
        told = route.fetch()
        route.fulfill(response=told, body=told.text().replace(str(turn_port), str(free_port())))

    page = cameras.new_page()
    page.route("**/diagnose", name_another_port)
    page.goto(relayed["base_url"] + "/diagnose")
    page.locator("#result[data-good=false]").wait_for(timeout=20_000)
    assert "The relay does not answer" in page.inner_text("[data-check=checkTurn]")
    assert "Found: host" in page.inner_text("[data-check=checkNetwork]")
    page.close()
