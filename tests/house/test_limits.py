"""docs/limits.md has every limit, answers say what is left, and all processes count as one."""

import re
from datetime import timedelta
from importlib import import_module
from pathlib import Path

import pytest
from django.conf import settings
from django.test import override_settings
from django.utils.module_loading import import_string
from limits import RateLimitItem, parse

from rtcserver.errors import DomainError, Kind
from rtcserver.wire import throttles
from tests.house.test_house_rules import SOURCES
from tests.servers import OwnRedis

PAGE = Path(settings.BASE_DIR, "docs", "limits.md").read_text()
ROWS = {
    cells[4].strip().strip("`"): cells[3].strip()
    for line in PAGE.splitlines()
    if line.startswith("| ") and (cells := line.split("|")) and "`" in cells[4]
}
SETTING = re.compile(r"PER_|MAX_|CAPACITY|_TOKENS|_SESSIONS|_BYTES")
LIMIT_BY_NAME = re.compile(r"env\.int\(\s*\"(RTC_\w+)\", default=([\d_* ]+)")


def test_every_rate_of_the_code_is_on_the_page():
    for path in SOURCES:
        if "parse(" not in (text := path.read_text()):
            continue
        name = ".".join(path.relative_to(settings.BASE_DIR).with_suffix("").parts)
        for constant in re.findall(r"^(\w+) = parse\(", text, re.MULTILINE):
            assert f"{name}.{constant}" in ROWS


def test_every_limit_by_setting_is_on_the_page_with_its_default():
    parts = Path(settings.BASE_DIR, "rtcserver", "settings").glob("*.py")
    found = LIMIT_BY_NAME.findall("".join(part.read_text() for part in parts))
    limits = {name: default for name, default in found if SETTING.search(name)}
    assert len(limits) > 15
    for name, default in limits.items():
        number = 1
        for factor in default.split("*"):
            number *= int(factor)
        assert ROWS[name].split()[0].rstrip(":") == str(number), name


def test_what_the_page_says_of_constants_is_so():
    names = [name for name in ROWS if "." in name]
    assert len(names) > 25
    for name in names:
        said = ROWS[name]
        value = value_of(name)
        if isinstance(value, RateLimitItem):
            assert parse(said) == value, name
        else:
            assert int(said.split()[0]) == value, name


def value_of(name):
    """A constant by its dotted name, also of a class."""
    if name.startswith("rtcserver.settings."):
        return getattr(settings, name.rpartition(".")[2])
    owner, _dot, last = name.rpartition(".")
    try:
        found = getattr(import_module(owner), last)
    except ModuleNotFoundError:
        found = getattr(import_string(owner), last)
    return found.total_seconds() / 60 if isinstance(found, timedelta) else found


def test_every_refusal_of_a_limit_is_on_the_page():
    def of(base):
        for refusal in base.__subclasses__():
            yield refusal
            yield from of(refusal)

    limited = {r.slug for r in of(DomainError) if getattr(r, "kind", None) is Kind.LIMITED}
    assert limited
    for slug in limited:
        assert f"`{slug}`" in PAGE, slug


@pytest.mark.django_db
class TestAnswers:
    @override_settings(CALLS_PER_CLIENT_MINUTE=3)
    def test_an_api_client_is_told_what_is_left_and_when_to_come_back(self, coviu):
        left = []
        for _call in range(3):
            answer = coviu.get("/v1/sessions")
            assert (answer.status_code, answer["RateLimit-Limit"]) == (200, "3")
            left.append(answer["RateLimit-Remaining"])
        assert left == ["2", "1", "0"]
        answer = coviu.get("/v1/sessions")
        assert answer.status_code == 429
        assert answer.json()["error"]["code"] == "throttled"
        assert 0 < int(answer["RateLimit-Reset"]) <= 60
        assert abs(int(answer["Retry-After"]) - int(answer["RateLimit-Reset"])) <= 1
        assert "RateLimit-Limit" not in coviu.get("/v1/schema")

    @override_settings(CALLS_PER_CLIENT_MINUTE=1)
    def test_a_key_is_one_client_in_both_of_its_dialects(self, coviu, key, client):
        assert coviu.get("/v1/sessions").status_code == 200
        headers = {"X-RTCAT-APIKEY": key[0].client_id, "X-RTCAT-SECRET": key[1]}
        answer = client.get("/v0.4/sessions", headers=headers)
        assert answer.status_code == 429
        assert set(answer.json()) == {"error", "description"}
        assert int(answer["Retry-After"]) > 0
        assert answer["RateLimit-Remaining"] == "0"

    def test_a_guesser_of_keys_is_told_how_long_to_wait(self, client, db):
        headers = {"X-RTCAT-APIKEY": "x", "X-RTCAT-SECRET": "y"}
        for _try in range(30):
            assert client.get("/v0.4/sessions", headers=headers).status_code == 403
        answer = client.get("/v0.4/sessions", headers=headers)
        assert answer.status_code == 429
        assert int(answer["Retry-After"]) > 0


@pytest.mark.redis
def test_processes_share_what_they_count_and_go_on_alone_without_redis(tmp_path):
    def of_another_process():
        throttles.limiter.cache_clear()
        throttles.own_limiter.cache_clear()

    few = parse("3/minute")
    with OwnRedis(tmp_path) as redis, override_settings(REDIS_URL=redis.url):
        of_another_process()
        assert [throttles.hit(few, "x"), throttles.use(few, "x").used] == [None, 1]
        of_another_process()
        assert [throttles.hit(few, "x"), throttles.hit(few, "x")] == [None, None]
        assert throttles.use(few, "x").used == 2
        assert throttles.hit(few, "x") > 0
        redis.kill()
        assert throttles.hit(few, "x") is None, "counts alone, and anew"
        assert throttles.use(few, "x").used == 1
        for _use in range(3):
            throttles.hit(few, "x")
        assert throttles.wait_seconds(few, "x") > 0
        redis.start()
        assert throttles.use(few, "x").used == 1, "flushed with the old Redis, and shared again"
    of_another_process()
