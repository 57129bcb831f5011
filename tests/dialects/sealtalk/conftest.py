import pytest
from django.test import Client

from accounts.services import Device, start_login
from tests.dialects.sealtalk.calls import Caller
from tests.factories import UserFactory


@pytest.fixture
def person(db):
    return UserFactory(username=None, name="Ann", region="86", phone="13800000001")


@pytest.fixture
def logged_in():
    """Return an HTTP client that carries a login of the given person."""

    def of(user) -> Client:
        client = Client()
        _login, key = start_login(user=user, device=Device("sealtalk", "10.0.0.1", "test"))
        client.cookies["rong_im_auth"] = key
        return client

    return of


@pytest.fixture
def ann(person, logged_in):
    return logged_in(person)


@pytest.fixture
def people(db):
    """Three people with a device each: call with `.post()` and `.get()`."""
    return [
        Caller(UserFactory(username=None, name=name, region="86", phone=f"1380000010{number}"))
        for number, name in enumerate(["Ada", "Bo", "Cai"])
    ]
