"""What a migration of the rooms makes of what is there."""

from datetime import UTC, datetime

from tests.databases import rows_behind

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def test_a_live_room_keeps_its_app_and_category_forward_and_back(older):
    rows = rows_behind(older, "rooms", "0003_chat_rooms")
    live, group = (
        rows("rooms", "Room").create(kind=kind, public_id=kind, created_at=NOW)
        for kind in ("live", "group")
    )
    rows("rooms", "LiveRoom").create(
        room=live, app_id="14", category="game", updated_at=NOW, hosted_since=NOW
    )
    rows = rows_behind(older, "rooms", "0004_listed_by")
    kept = rows("rooms", "Room").values_list("app_id", "category")
    assert kept.get(pk=live.pk) == ("14", "game")
    assert kept.get(pk=group.pk) == ("", "")
    rows = rows_behind(older, "rooms", "0003_chat_rooms")
    assert rows("rooms", "LiveRoom").values_list("app_id", "category").get() == ("14", "game")
