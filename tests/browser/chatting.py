"""The web chat as people use it: what they press, and what they see."""

import re

from playwright.sync_api import expect

expect.set_options(timeout=20_000)  # of a machine with other things to do

LI, MARIA, TOM = "13900000001", "13900000004", "13900000005"  # of the demo


class Chatter:
    """One person in front of the web chat."""

    def __init__(self, watched, facts):
        self.watched, self.page, self.facts = watched, watched.page, facts

    def sign_in(self, phone):
        page = self.page
        page.goto(self.facts["base_url"] + "/chat")
        page.locator("#phone").fill(phone)
        page.locator("#password").fill(self.facts["chat_password"])
        page.locator("#login button").click()
        return self.arrived()

    def arrived(self):
        expect(self.page.locator("#conversations li").first).to_be_visible()
        return self

    def item(self, name):
        named = self.page.locator(".name", has_text=re.compile(f"^{re.escape(name)}$"))
        return self.page.locator("#conversations a", has=named)

    def open(self, name):
        self.item(name).click()
        expect(self.page.locator("#talk-title")).to_have_text(name)
        expect(self.page.locator("#entries li").first).to_be_visible()
        return self

    def say(self, text):
        self.page.locator("#text").fill(text)
        self.page.keyboard.press("Enter")

    def said(self, text):
        """The row of a stored message."""
        body = self.page.locator(".body", has_text=re.compile(f"^{re.escape(text)}$"))
        return self.page.locator("#entries > li", has=body)

    def sees(self, text):
        expect(self.said(text)).to_have_count(1)

    def bodies(self, having=""):
        """What the log says, from top to bottom."""
        return [
            text for text in self.page.locator("#entries .body").all_inner_texts() if having in text
        ]

    def act(self, text, name):
        """Press a button of a message."""
        row = self.said(text)
        row.hover()
        row.get_by_role("button", name=name).click()

    @property
    def conversation(self):
        return self.page.url.partition("#")[2]

    def is_quiet(self):
        """Nothing went wrong on the page, and it asked nobody but the server."""
        assert self.watched.faults == []
        ours = (self.facts["base_url"], "data:")
        assert [url for url in self.watched.asked if not url.startswith(ours)] == []
