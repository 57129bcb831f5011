"""The web chat in a real browser, with two people (docs/web-chat.md)."""

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.chatting import LI, MARIA, TOM, Chatter
from tests.browser.test_pages import log_in
from tests.conftest import NODE_MODULES
from tests.servers import free_port, running
from tests.sockets import Talker

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 640}}
CLINIC = "Harbour Clinic"


@pytest.fixture(scope="module")
def logins():
    """Cookies of people who signed in before, so that not every test has to."""
    return {}


@pytest.fixture
def chatter(open_page, server, logins):
    """People at the web chat; each in a browser of their own."""

    def of(phone=None, facts=server, **options):
        known = logins.get((facts["base_url"], phone))
        found = Chatter(open_page(storage_state=known, **options), facts)
        if known:
            found.page.goto(facts["base_url"] + "/chat")
            found.arrived()
        elif phone:
            found.sign_in(phone)
            logins[facts["base_url"], phone] = found.page.context.storage_state()
        return found

    return of


@pytest.fixture
def two(chatter):
    """Maria and Tom, each looking at what they say to each other."""
    return chatter(MARIA).open("Tom Reid"), chatter(TOM).open("Maria Jensen")


def token_of(person):
    answer = person.page.request.get(person.facts["base_url"] + "/user/get_token")
    return answer.json()["result"]["token"]


def port_of(facts):
    return int(facts["base_url"].rpartition(":")[2])


def test_two_people_talk_and_see_the_same_order(two):
    maria, tom = two
    for number in range(3):
        maria.say(f"order {number} from Maria")
        tom.sees(f"order {number} from Maria")
        tom.say(f"order {number} from Tom")
        maria.sees(f"order {number} from Tom")
    assert maria.bodies("order") == tom.bodies("order") == sorted(maria.bodies("order"))
    assert len(maria.bodies("order")) == 6
    maria.is_quiet()
    tom.is_quiet()


def test_what_is_sent_quickly_keeps_its_order(two):
    maria, tom = two
    for number in range(12):
        maria.say(f"quick {number:02}")
    tom.sees("quick 11")
    assert tom.bodies("quick") == [f"quick {number:02}" for number in range(12)]
    expect(maria.page.locator("#pending li")).to_have_count(0)
    assert maria.bodies("quick") == tom.bodies("quick")


def test_typing_and_reading_are_seen_by_the_other(two):
    maria, tom = two
    tom.page.locator("#text").press_sequentially("I am")
    expect(maria.page.locator("#typing")).to_have_text("Tom Reid is typing…")
    tom.say("read this")
    maria.sees("read this")
    expect(maria.page.locator("#typing")).to_be_empty()
    expect(tom.said("read this").locator(".receipt")).to_contain_text("Read")


def test_an_edit_and_a_recall_are_seen_by_the_other(two):
    maria, tom = two
    maria.say("a mistaek")
    maria.sees("a mistaek")
    maria.act("a mistaek", "Edit")
    maria.say("a mistake")
    tom.sees("a mistake")
    expect(tom.said("a mistake").locator(".meta")).to_contain_text("edited")
    maria.act("a mistake", "Take back")
    expect(maria.page.locator("#entries li").last).to_contain_text("You took back a message")
    expect(tom.page.locator("#entries li").last).to_contain_text("Maria Jensen took back a message")
    assert tom.bodies("mistak") == []


def test_what_is_unread_is_counted_until_it_is_opened(chatter):
    maria, tom = chatter(MARIA).open("Tom Reid"), chatter(TOM).open("Maria Jensen")
    maria.open(CLINIC)  # what was there is read, and what comes now is not seen
    expect(maria.item("Tom Reid").locator(".badge")).to_have_count(0)
    tom.say("unread 1")
    tom.say("unread 2")
    expect(maria.item("Tom Reid").locator(".badge")).to_contain_text("2")
    expect(maria.page).to_have_title(re.compile(r"^\(2\) "))
    maria.page.reload()
    expect(maria.arrived().item("Tom Reid").locator(".badge")).to_contain_text("2")
    maria.open("Tom Reid")
    expect(maria.item("Tom Reid").locator(".badge")).to_have_count(0)
    expect(maria.page).to_have_title("Tom Reid · rtcserver")
    expect(tom.said("unread 2").locator(".receipt")).to_contain_text("Read")  # so it is stored
    maria.page.reload()
    expect(maria.arrived().item("Tom Reid").locator(".badge")).to_have_count(0)


def test_a_reload_keeps_the_place_and_what_was_begun(two):
    maria, _tom = two
    maria.page.locator("#text").fill("half a sen")
    maria.page.reload()
    expect(maria.page.locator("#talk-title")).to_have_text("Tom Reid")
    expect(maria.page.locator("#text")).to_have_value("half a sen")
    maria.page.locator("#text").fill("")
    maria.page.go_back()
    expect(maria.page.locator("#nothing-open")).to_be_visible()
    maria.page.go_forward()
    expect(maria.page.locator("#talk-title")).to_have_text("Tom Reid")


def test_older_messages_come_when_scrolled_to(two):
    maria, tom = two
    talker = Talker(port_of(maria.facts))
    assert talker.ask("auth", login=token_of(tom))["op"] == "welcome"
    for number in range(70):
        talker.ask("send", conversation=maria.conversation, body=f"old {number:02}")
        time.sleep(0.055)  # the server takes 20 frames a second
    talker.close()
    maria.page.reload()
    maria.sees("old 69")
    expect(maria.said("old 00")).to_have_count(0)
    maria.page.locator("#log").hover()
    for _turn in range(40):
        maria.page.mouse.wheel(0, -900)
        if maria.bodies("Hi Tom"):
            break
        maria.page.wait_for_timeout(50)
    assert maria.bodies("old") == [f"old {number:02}" for number in range(70)]
    expect(maria.page.locator("#log-start")).to_contain_text("begins")


def test_after_a_restart_nothing_is_lost_and_nothing_doubled(chatter, tmp_path):
    port = free_port()
    with running(tmp_path, port) as (facts, _printed):
        maria = chatter(MARIA, facts).open("Tom Reid")
        tom = chatter(TOM, facts).open("Maria Jensen")
        maria.say("before")
        tom.sees("before")
    expect(maria.page.locator("#connection")).to_contain_text("No connection")
    maria.say("meanwhile 1")
    maria.say("meanwhile 2")
    tom.say("meanwhile 3")
    expect(maria.page.locator("#pending li")).to_have_count(2)
    expect(maria.page.locator("#pending li").first).to_contain_text("Not sent yet")
    with running(tmp_path, port):
        for person in (maria, tom):
            person.page.evaluate("dispatchEvent(new Event('online'))")  # instead of waiting longer
            expect(person.page.locator("#connection")).to_have_text("Connected", timeout=40_000)
            for number in (1, 2, 3):
                person.sees(f"meanwhile {number}")
            expect(person.page.locator("#pending li")).to_have_count(0)
        assert maria.bodies() == tom.bodies()
        mine = maria.page.locator("#entries .mine .body", has_text="meanwhile")
        assert mine.all_inner_texts() == ["meanwhile 1", "meanwhile 2"]
        maria.page.reload()
        maria.sees("meanwhile 2")
        assert maria.bodies() == tom.bodies()


def test_everything_can_be_done_by_keyboard(chatter):
    maria = chatter()
    page, press = maria.page, maria.page.keyboard.press
    page.goto(maria.facts["base_url"] + "/chat")
    expect(page.locator("#phone")).to_be_focused()
    page.keyboard.type(MARIA)
    press("Tab")
    page.keyboard.type(maria.facts["chat_password"])
    press("Enter")
    expect(page.locator("#conversations a").first).to_be_focused()
    for _step in range(page.locator("#conversations a").count()):
        if page.locator("#conversations a:focus .name").inner_text() == "Tom Reid":
            break
        press("ArrowDown")
    press("Enter")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("by keyboard")
    press("Enter")
    maria.sees("by keyboard")
    press("ArrowUp")
    expect(page.locator("#editing")).to_be_visible()
    press("End")
    page.keyboard.type(" alone")
    press("Enter")
    maria.sees("by keyboard alone")
    expect(page.locator("#text")).to_have_value("")
    page.locator("#log").focus()
    press("ArrowUp")
    expect(page.locator("#entries > li").last).to_be_focused()
    press("Tab")
    press("Tab")
    expect(page.get_by_role("button", name="Take back").last).to_be_focused()
    press("Enter")
    expect(page.locator("#entries > li").last).to_contain_text("You took back a message")
    expect(page.locator("#entries > li").last).to_be_focused()
    page.locator("#text").focus()
    press("Escape")
    expect(maria.item("Tom Reid")).to_be_focused()


def test_what_people_write_is_text_and_links_wait_to_be_followed(two):
    maria, tom = two
    hostile = '<img src=x onerror="document.title=1"> javascript:alert(1)'
    maria.say(hostile)
    tom.sees(hostile)
    maria.say("see https://example.com/a?b=1. مرحبا")
    link = tom.page.locator("#entries a", has_text="example.com/a?b=1").last
    expect(link).to_have_attribute("href", "https://example.com/a?b=1")
    expect(link).to_have_attribute("rel", re.compile("noopener"))
    assert tom.page.locator("#entries img, #entries a[href^=javascript]").count() == 0
    maria.say("مرحبا بالعالم")
    assert (
        tom.said("مرحبا بالعالم").locator(".body").evaluate("e => getComputedStyle(e).direction")
        == "rtl"
    )
    tom.is_quiet()


def test_a_message_is_reported_to_staff(two):
    maria, tom = two
    tom.say("rather rude")
    maria.sees("rather rude")
    maria.act("rather rude", "Report")
    maria.page.get_by_label("What is wrong with it?").fill("It is rude")
    maria.page.locator("#ask-yes").click()
    expect(maria.page.locator("#said")).to_contain_text("Staff will look")


def test_a_new_group_and_a_friend_request_are_told_in_words(chatter):
    maria, li = chatter(MARIA), chatter(LI)
    requests = li.page.locator("#notices")
    li.page.locator("#notices-button").click()
    expect(requests).to_contain_text("Tom Reid wants to be your friend: Hi, this is Tom.")
    requests.get_by_role("button", name="Accept").click()
    expect(li.item("Tom Reid")).to_be_visible()
    expect(requests).not_to_contain_text("wants to be")
    base = li.facts["base_url"]
    ids = [
        person.page.request.get(base + "/user/get_token").json()["result"]["userId"]
        for person in (li, maria)
    ]
    made = li.page.request.post(
        base + "/group/create", data={"name": "<b>Tea</b>", "memberIds": ids}
    )
    assert made.json()["code"] == 200
    expect(maria.item("<b>Tea</b>")).to_be_visible()
    maria.page.locator("#notices-button").click()
    expect(maria.page.locator("#notices")).to_contain_text("李薇 made the group <b>Tea</b>.")
    maria.page.keyboard.press("Escape")
    maria.item("<b>Tea</b>").click()
    expect(maria.page.locator("#text")).to_be_visible()
    out = {"groupId": made.json()["result"]["id"], "memberIds": ids[1:]}
    assert li.page.request.post(base + "/group/kick", data=out).json()["code"] == 200
    expect(maria.page.locator("#talk-note")).to_contain_text("not in this conversation any more")
    expect(maria.page.locator("#text")).to_be_hidden()
    expect(maria.item("<b>Tea</b>")).to_have_count(0)


def test_who_is_let_in_again_goes_on_without_a_reload(chatter):
    maria, tom = chatter(MARIA), chatter(TOM)
    post, base = tom.page.request.post, tom.facts["base_url"]
    ids = [
        person.page.request.get(base + "/user/get_token").json()["result"]["userId"]
        for person in (tom, maria)
    ]
    made = post(base + "/group/create", data={"name": "Coffee", "memberIds": ids}).json()
    group = {"groupId": made["result"]["id"], "memberIds": ids[1:]}
    for person in (maria, tom):
        person.item("Coffee").click()
    tom.say("before")
    maria.sees("before")
    assert post(base + "/group/kick", data=group).json()["code"] == 200
    expect(maria.page.locator("#text")).to_be_hidden()
    tom.say("meanwhile")
    tom.sees("meanwhile")
    assert post(base + "/group/add", data=group).json()["code"] == 200
    expect(maria.page.locator("#text")).to_be_visible()
    expect(maria.page.locator("#talk-note")).to_be_hidden()
    tom.say("again")
    maria.sees("again")
    maria.say("thanks")
    tom.sees("thanks")
    assert maria.bodies() == tom.bodies() == ["before", "meanwhile", "again", "thanks"]
    maria.is_quiet()


def test_who_has_no_right_sees_nothing(chatter):
    maria, tom = chatter(MARIA), chatter(TOM)
    maria.item("李薇").click()
    expect(maria.page.locator("#talk-title")).to_have_text("李薇")
    maria.say("between us")
    maria.sees("between us")
    tom.page.goto(f"{tom.facts['base_url']}/chat?conversation={maria.conversation}")
    expect(tom.page.locator("#said")).to_contain_text("not there, or not for you")
    expect(tom.page.locator("#open-talk")).to_be_hidden()
    assert "between us" not in tom.page.content()
    stranger = chatter()
    stranger.page.goto(f"{tom.facts['base_url']}/chat?conversation={maria.conversation}")
    expect(stranger.page.locator("#login")).to_be_visible()
    stranger.is_quiet()


def test_signing_out_ends_it_everywhere_in_this_browser(chatter):
    maria = chatter().sign_in(MARIA)
    second = maria.page.context.new_page()
    second.goto(maria.facts["base_url"] + "/chat")
    expect(second.locator("#conversations li").first).to_be_visible()
    maria.page.locator("#sign-out").click()
    expect(maria.page.locator("#login")).to_be_visible()
    expect(second.locator("#login-error")).to_contain_text("signed out")


def test_a_wrong_password_is_said(chatter):
    maria = chatter()
    maria.page.goto(maria.facts["base_url"] + "/chat")
    maria.page.locator("#phone").fill(MARIA)
    maria.page.locator("#password").fill("not this one")
    maria.page.keyboard.press("Enter")
    expect(maria.page.locator("#login-error")).to_have_text("Wrong phone or password.")
    expect(maria.page.locator("#password")).to_be_focused()


def test_who_has_the_chat_open_is_shown_as_online(two):
    maria, _tom = two
    expect(maria.page.locator("#talk-state")).to_have_text("online", timeout=60_000)


def test_staff_look_into_a_conversation_unseen(chatter, server):
    maria, staff = chatter(MARIA).open(CLINIC), chatter()
    log_in(staff.page, server)
    admin = f"{server['base_url']}/admin/chat/conversation/"
    staff.page.goto(f"{admin}?q={maria.conversation}")
    staff.page.locator("#result_list a", has_text=CLINIC).first.click()
    staff.page.get_by_role("link", name="Open in chat").click()
    staff.sees("Welcome, everybody.")
    expect(staff.page.locator("#talk-note")).to_contain_text("as staff")
    expect(staff.page.locator("#composer")).to_be_hidden()
    maria.say("staff hear this")
    staff.sees("staff hear this")
    expect(maria.page.locator("#talk-state")).to_have_text("3 members")
    staff.page.goto(f"{server['base_url']}/chat?conversation=nothingatall")
    assert "There is nothing here" in staff.page.content()


def test_it_fits_a_phone_and_shows_one_thing_at_a_time(chatter):
    maria = chatter(MARIA, **PHONE).open("Tom Reid")
    expect(maria.page.locator("#conversations")).to_be_hidden()
    assert maria.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    maria.page.locator("#back").click()
    expect(maria.item("Tom Reid")).to_be_visible()
    expect(maria.page.locator("#open-talk")).to_be_hidden()
    assert maria.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_is_dark_where_people_like_it_dark(chatter):
    maria = chatter(MARIA, color_scheme="dark").open("Tom Reid")
    ground = maria.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", ground)[:3])) < 60
    maria.is_quiet()


def test_it_speaks_chinese(chatter):
    tom = chatter(locale="zh-CN")
    tom.page.goto(tom.facts["base_url"] + "/chat")
    assert tom.page.locator("html").get_attribute("lang") == "zh-hans"
    expect(tom.page.locator("#login h1")).to_have_text("登录聊天")
    tom.sign_in(TOM).open("Maria Jensen")
    expect(tom.page.locator("#connection")).to_have_text("已连接")
    expect(tom.page.locator("#text")).to_have_attribute("placeholder", "写消息")
    tom.is_quiet()


@pytest.mark.node
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_shut_out(chatter, scheme):
    """axe-core finds nothing serious on the login page and in an open conversation."""
    maria = chatter(color_scheme=scheme)
    maria.page.add_init_script(path=NODE_MODULES / "axe-core" / "axe.min.js")
    maria.page.goto(maria.facts["base_url"] + "/chat")
    expect(maria.page.locator("#login")).to_be_visible()
    assert serious(maria.page) == []
    maria.sign_in(MARIA).open(CLINIC)
    maria.page.locator("#members-button").click()
    expect(maria.page.locator("#members li").first).to_be_visible()
    assert serious(maria.page) == []
    maria.page.locator("#notices-button").click()
    assert serious(maria.page) == []


def serious(page):
    found = page.evaluate("axe.run().then(result => result.violations)")
    return [
        (fault["id"], [node["html"] for node in fault["nodes"]])
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]
