"""Liveness and readiness."""

import pytest


def test_livez_asks_nobody(client, django_assert_num_queries, db):
    with django_assert_num_queries(0):
        assert client.get("/livez").json() == {"status": "ok"}


def test_readyz_asks_every_part(client, db):
    answer = client.get("/readyz")
    assert answer.status_code == 200, answer.json()
    assert answer.json() == {
        "status": "ok", "database": "ok", "cache": "ok", "channel_layer": "ok",
    }  # fmt: skip


def test_readyz_names_the_part_that_is_gone(client, db, settings):
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["cache"] == "unreachable"
    assert "127.0.0.1" not in answer.content.decode()


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
def test_probes_may_ask_by_any_address(path, client, db):
    assert client.get(path, headers={"host": "10.0.0.9"}).status_code == 200
