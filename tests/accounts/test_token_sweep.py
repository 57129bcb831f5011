"""Tokens that ran out are deleted by the worker."""

from datetime import timedelta

from django.utils import timezone

from accounts.models import AccessToken
from accounts.services import sweep_access_tokens
from rtcserver.worker import registered


def test_the_sweep_deletes_what_ran_out_and_nothing_else(coviu, token_request, key):
    api_client, secret = key
    token_request(api_client.client_id, secret, grant_type="client_credentials")
    first, second = AccessToken.objects.order_by("id")
    AccessToken.objects.filter(pk=second.pk).update(expires=timezone.now() - timedelta(seconds=1))
    assert sweep_access_tokens() == 1
    assert list(AccessToken.objects.all()) == [first]
    assert sweep_access_tokens() == 0
    assert coviu.get("/v1/sessions").status_code == 200


def test_the_worker_knows_every_sweep():
    assert {sweep.name for sweep in registered()} >= {
        "accounts.access_tokens",
        "accounts.liveroom_tokens",
        "rooms.presence",
        "rooms.reservations",
    }
