"""A call that goes a way which the page does not know."""

import pytest

from tests.browser.calls import FAKE_MEDIA, Api, Visitor
from tests.browser.conftest import CHROMIUM, QUIET
from tests.servers import free_port, running

pytestmark = pytest.mark.browser


def test_the_page_says_so_and_tries_no_other_way(playwright, tmp_path):
    environment = {
        "RTC_MEDIA_BACKEND": "livekit",
        "RTC_MESH_LIMIT": "1",
        "RTC_LIVEKIT_URL": f"ws://127.0.0.1:{free_port()}",
        "RTC_LIVEKIT_API_KEY": "API",
        "RTC_LIVEKIT_API_SECRET": "a secret of thirty-two characters",
    }
    with running(tmp_path, **environment) as (facts, _printed):
        session = Api(facts).plan(("Dr. Okafor", "host"), ("Dr. Adeyemi", "host"))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET + FAKE_MEDIA)
        pages = [Visitor(browser.new_context(), who).enter() for who in session["participants"]]
        for one in pages:
            one.page.locator("#notice >> text=needs an app of its own").wait_for(timeout=5000)
            assert one.page.locator("#call:not([hidden])").is_visible()
            one.page.locator("#roster >> text=Dr. Adeyemi").wait_for(state="attached")
        assert not [said for one in pages for said in one.said if '"signal"' in said]
        assert [one.faults for one in pages] == [[], []]
        browser.close()
