import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.servers import running

CHROMIUM = os.environ.get("CHROMIUM", shutil.which("chromium") or shutil.which("google-chrome"))
QUIET = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    limits = {"RTC_CHAT_MESSAGES_PER_10_SECONDS": "1000"}
    with running(tmp_path_factory.mktemp("browser"), **limits) as (facts, _printed):
        yield facts


@pytest.fixture(scope="session")
def playwright():
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's loop runs in this thread
    with sync_playwright() as playwright:
        yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def chromium(playwright):
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
    yield browser
    browser.close()


class Watched:
    """A page together with what went wrong on it and every address it asked for."""

    def __init__(self, context):
        self.page = context.new_page()
        self.faults: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", self._keep_errors)
        self.page.on("request", lambda request: self.asked.append(request.url))

    def _keep_errors(self, message):
        if message.type == "error":
            self.faults.append(message.text)


@pytest.fixture
def open_page(chromium):
    contexts = []

    def of(**options):
        contexts.append(chromium.new_context(**options))
        return Watched(contexts[-1])

    yield of
    for context in contexts:
        context.close()
