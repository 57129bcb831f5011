"""The console, the API docs and the entry page, as people see them."""

import re

import pytest

pytestmark = pytest.mark.browser


def log_in(page, server):
    page.goto(server["base_url"] + "/admin/")
    page.fill("#id_username", server["admin_user"])
    page.fill("#id_password", server["admin_password"])
    page.click("button[type=submit]")
    page.wait_for_selector("text=Sessions")


def test_staff_create_an_api_client_and_see_its_secret_once(open_page, server):
    watched = open_page()
    page = watched.page
    log_in(page, server)
    page.goto(server["base_url"] + "/admin/accounts/apiclient/add/")
    page.select_option("#id_team", label="Harbour Clinic")
    page.fill("#id_name", "Mobile app")
    page.click("[name=_save]")
    shown = page.wait_for_selector("text=not shown again").inner_text()
    secret = re.search(r"key_secret (\w{64})", shown).group(1)
    page.reload()
    assert secret not in page.content()
    assert watched.faults == []
    assert all(url.startswith((server["base_url"], "data:")) for url in watched.asked)


def test_staff_cancel_a_session_from_the_list(open_page, server):
    page = open_page().page
    log_in(page, server)
    page.goto(server["base_url"] + "/admin/sessions_api/session/?q=Follow-up")
    page.check("input[name=_selected_action]")
    page.select_option("select[name=action]", "cancel_selected")
    page.click("button[name=index], button:has-text('Run')")
    page.wait_for_selector("text=1 cancelled.")
    assert "CANCELED" in page.inner_text("#result_list").upper()


def test_what_a_service_refuses_the_console_says_and_does_not_store(open_page, server):
    page = open_page().page
    log_in(page, server)
    page.goto(server["base_url"] + "/admin/sessions_api/session/?q=Team+meeting")
    page.click("#result_list a:has-text('Team meeting')")
    page.fill("#id_starts_at_0", "2020-01-01")
    page.click("[name=_save]")
    page.wait_for_selector("text=must start in the future")
    assert page.input_value("#id_starts_at_0") != "2020-01-01"


def test_swagger_authorizes_and_calls_without_leaving_the_server(open_page, server):
    watched = open_page()
    page = watched.page
    page.goto(server["base_url"] + "/v1/docs")
    page.click("button.authorize >> nth=0")
    dialog = page.locator(".modal-ux .auth-container", has_text="oauth2")
    dialog.locator("#client_id_clientCredentials").fill(server["api_key"])
    dialog.locator("#client_secret_clientCredentials").fill(server["key_secret"])
    dialog.locator("label[for^=sessions-] .item").first.click()
    dialog.locator("button.authorize").click()
    dialog.locator("text=Logout").wait_for()
    page.click(".modal-ux .close-modal")
    row = page.locator("#operations-sessions-list_sessions")
    row.locator(".opblock-summary-control").click()
    row.locator("button.try-out__btn").click()
    row.locator("button.execute").click()
    row.locator(".live-responses-table .response-col_status", has_text="200").first.wait_for()
    assert all(url.startswith((server["base_url"], "data:", "blob:")) for url in watched.asked)
    assert [fault for fault in watched.faults if "Content Security" in fault] == []


def test_the_entry_page_is_quiet_and_fits_a_phone(open_page, server):
    watched = open_page(viewport={"width": 360, "height": 640}, color_scheme="dark")
    page = watched.page
    page.goto(server["guest_entry_url"])
    assert page.inner_text("h1") == "Open consultation"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert watched.faults == []
    assert all(url.startswith((server["base_url"], "data:")) for url in watched.asked)
    assert all("/session/" not in (r or "") for r in [page.evaluate("document.referrer")])


def test_the_countdown_runs(open_page, server):
    watched = open_page()
    page = watched.page
    log_in(page, server)
    page.goto(server["base_url"] + "/admin/sessions_api/session/?q=Team+meeting")
    page.click("#result_list a:has-text('Team meeting')")
    link = page.locator("a:has-text('open')").first.get_attribute("href")
    page.goto(link)
    countdown = page.locator(".countdown")
    first = countdown.inner_text()
    assert re.fullmatch(r"(\d+ d )?\d\d:\d\d:\d\d", first)
    page.wait_for_function(
        "text => document.querySelector('.countdown').textContent !== text", arg=first
    )
    assert watched.faults == []
