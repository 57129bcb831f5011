import pytest

from accounts.services import Device, issue_socket_token, start_login
from chat.services.words import forget_words
from tests.sockets import Talker, serving


@pytest.fixture(autouse=True)
def words_read_anew():
    forget_words()


@pytest.fixture
def port():
    with serving() as at:
        yield at


@pytest.fixture
def talkers(port):
    opened = []

    def of(user=None, **options):
        talker = Talker(port, **options)
        opened.append(talker)
        if user:
            login, _key = start_login(user=user, device=Device("sealtalk"))
            assert talker.ask("auth", login=issue_socket_token(login))["op"] == "welcome"
        return talker

    yield of
    for talker in opened:
        talker.close()
