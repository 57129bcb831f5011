from django.db import migrations, models
from django.db.models import OuterRef, Q, Subquery

LIVE_AND_OPEN = Q(kind="live", closed_at=None)


def to_rooms(apps, schema_editor):
    rooms, live_rooms = rows_of(apps, schema_editor)
    carry(rooms.exclude(live=None), live_rooms.filter(room=OuterRef("pk")))


def to_live_rooms(apps, schema_editor):
    rooms, live_rooms = rows_of(apps, schema_editor)
    carry(live_rooms.all(), rooms.filter(pk=OuterRef("room_id")))


def rows_of(apps, schema_editor):
    database = schema_editor.connection.alias
    models = [apps.get_model("rooms", name) for name in ("Room", "LiveRoom")]
    return [model._base_manager.using(database) for model in models]


def carry(rows, source):
    rows.update(**{name: Subquery(source.values(name)) for name in ("app_id", "category")})


class Migration(migrations.Migration):
    """`app_id` and `category` beside `closed_at`, so that one index has what rooms are listed by."""

    dependencies = [("rooms", "0003_chat_rooms")]

    operations = [
        migrations.AddField(
            "room", "app_id", models.CharField(blank=True, max_length=32, verbose_name="app id")
        ),
        migrations.AddField(
            "room", "category", models.CharField(blank=True, max_length=32, verbose_name="category")
        ),
        migrations.RunPython(to_rooms, to_live_rooms),
        migrations.RemoveField("liveroom", "app_id"),
        migrations.RemoveField("liveroom", "category"),
        migrations.RemoveIndex("room", "room_live_newest"),
        migrations.AddIndex(
            "room", models.Index("id", name="room_live", condition=Q(kind="live"))
        ),
        migrations.AddIndex(
            "room", models.Index("team", "id", name="room_live_open", condition=LIVE_AND_OPEN)
        ),
        migrations.AddIndex(
            "room",
            models.Index(
                "team", "category", "id", name="room_live_category", condition=LIVE_AND_OPEN
            ),
        ),
        migrations.AddIndex(
            "room",
            models.Index(
                fields=["team", "app_id", "-created_at", "-id"],
                name="room_live_newest",
                condition=LIVE_AND_OPEN,
            ),
        ),
    ]
