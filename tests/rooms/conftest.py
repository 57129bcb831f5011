import pytest

from rtcserver.events import Actor
from tests.rooms.people import Person


@pytest.fixture
def host(db):
    return Person("Anna")


@pytest.fixture
def guest(db):
    return Person("Bo")


@pytest.fixture
def worker_actor():
    return Actor("system", "tests", "tests")
