"""What a migration of the chat makes of what is there."""

from django.db.migrations.executor import MigrationExecutor


def migrated(database, name):
    """How to reach the rows of a model as they are behind that migration of the chat."""
    MigrationExecutor(database).migrate([("chat", name)])
    apps = MigrationExecutor(database).loader.project_state([("chat", name)]).apps
    return lambda app, model: apps.get_model(app, model)._base_manager.using("older")


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
