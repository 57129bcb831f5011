"""What a migration of the chat makes of what is there."""

import pytest
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from rtcserver.settings.storage import database_at

OLDER = "older"


@pytest.fixture
def older(tmp_path, django_db_blocker):
    """An empty database beside the suite's, whose migrations can begin in the middle."""
    known = connections.settings
    address = database_at(f"sqlite:///{tmp_path / 'older.sqlite3'}")
    known[OLDER] = connections.configure_settings({**known, OLDER: address})[OLDER]
    with django_db_blocker.unblock():
        yield connections[OLDER]
    connections[OLDER].close()
    del connections[OLDER], known[OLDER]


def migrated(database, name):
    """How to reach the rows of a model as they are behind that migration of the chat."""
    MigrationExecutor(database).migrate([("chat", name)])
    apps = MigrationExecutor(database).loader.project_state([("chat", name)]).apps
    return lambda app, model: apps.get_model(app, model)._base_manager.using(OLDER)


def test_who_was_muted_before_stays_so(older):
    rows = migrated(older, "0002_notificationposition")
    muted, calm = (
        rows("chat", "Conversation").create(
            public_id=name, room=rows("rooms", "Room").create(kind="chat", key=name, public_id=name)
        )
        for name in ("muted", "calm")
    )
    rows("chat", "Mute").create(conversation=muted, sender_key="person:anna")
    rows = migrated(older, "0003_conversation_has_mutes")
    noted = rows("chat", "Conversation").filter(has_mutes=True)
    assert [row.pk for row in noted] == [muted.pk]
    assert rows("chat", "Conversation").filter(pk=calm.pk).exists()
