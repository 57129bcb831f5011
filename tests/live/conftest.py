from pathlib import Path

import pytest

from tests.fakes import WebhookReceiver

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Every test of this folder starts servers of its own, whatever database the others use."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.live)


@pytest.fixture
def receiver():
    receiver = WebhookReceiver()
    yield receiver
    receiver.answers.set()
    receiver.close()
