"""What a migration of the chat makes of what is there."""

from tests.databases import rows_behind


def test_who_was_muted_before_stays_so(older):
    rows = rows_behind(older, "chat", "0002_notificationposition")
    muted, calm = (
        rows("chat", "Conversation").create(
            public_id=name, room=rows("rooms", "Room").create(kind="chat", key=name, public_id=name)
        )
        for name in ("muted", "calm")
    )
    rows("chat", "Mute").create(conversation=muted, sender_key="person:anna")
    rows = rows_behind(older, "chat", "0003_conversation_has_mutes")
    noted = rows("chat", "Conversation").filter(has_mutes=True)
    assert [row.pk for row in noted] == [muted.pk]
    assert rows("chat", "Conversation").filter(pk=calm.pk).exists()
