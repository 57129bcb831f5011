import pytest
from django.test import Client

from accounts.services import Device, start_login
from tests.dialects.sealtalk.calls import Caller
from tests.dialects.sealtalk.steps import post, proved, registered
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


@pytest.fixture
def ada(people):
    return people[0]


@pytest.fixture
def bo(people):
    return people[1]


@pytest.fixture
def cai(people):
    return people[2]


@pytest.fixture
def registered_ann(client, db):
    """HTTP client of a person who registered by phone code with the password `secret1`."""
    return registered(client, "13800000001")


@pytest.fixture
def token(client, db):
    """A verification token for a phone nobody has registered."""
    return proved(client, "13800000009")


@pytest.fixture
def log_in(client):
    def try_(password, phone="13800000001", **options):
        return post(
            client, "/user/login", region="86", phone=phone, password=password, **options
        ).json()

    return try_
