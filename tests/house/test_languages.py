"""The language of pages, which is nobody else's."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.test import Client

CHINESE = {"Accept-Language": "zh-hans"}


@pytest.fixture
def one_thread(db):
    """Where a request leaves what the next one meets, as on a thread of the server's pool."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda *args, **options: pool.submit(call, *args, **options).result()


def call(path, headers=None):
    assert threading.current_thread() is not threading.main_thread()
    return Client(headers=headers or {}).get(path)


@pytest.mark.parametrize("page", ["/diagnose", "/admin/login/", "/session/unknown", "/chat"])
def test_a_page_in_chinese_leaves_no_chinese_behind(one_thread, page):
    before = one_thread("/v1/sessions").content
    assert b"credentials were not provided" in before
    assert one_thread(page, CHINESE)["Content-Language"] == "zh-hans"
    assert one_thread("/v1/sessions").content == before


def test_an_api_has_one_language_whatever_is_asked_for(one_thread):
    assert one_thread("/v1/sessions", CHINESE).content == one_thread("/v1/sessions").content
