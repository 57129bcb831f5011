import pytest
from django.db import transaction
from django.test import override_settings

from tests.authorisation import world as worlds


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with (
        django_db_blocker.unblock(),
        override_settings(LIVEROOM_TEAM=f"{worlds.MARK} Clinic", CHATROOM_AUTH="login-ip"),
        transaction.atomic(),
    ):
        yield worlds.build()
        transaction.set_rollback(True)
