"""LiveRoom logins become rows of the one table; their tokens follow."""

from itertools import islice

from django.db import migrations

BATCH = 500


def move(apps, schema_editor):
    def rows_of(name):
        return apps.get_model("accounts", name).objects.using(schema_editor.connection.alias)

    before = rows_of("SignatureLogin").order_by("pk").iterator(BATCH)
    while rows := list(islice(before, BATCH)):
        logins = create(rows_of("Login"), rows)
        tokens = list(rows_of("LiveRoomToken").filter(login__in=logins.keys()))
        for token in tokens:
            token.of_login_id = logins[token.login_id]
        rows_of("LiveRoomToken").bulk_update(tokens, ["of_login"])


def create(logins, rows):
    """Ids before -> ids from now on."""
    login = logins.model
    made = logins.bulk_create(
        login(
            user_id=row.user_id,
            dialect="liveroom",
            address=row.address,
            created_at=row.created_at,
            seen_at=row.renewed_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
        )
        for row in rows
    )
    return {row.pk: new.pk for row, new in zip(rows, made, strict=True)}


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_one_table_of_logins")]

    operations = [migrations.RunPython(move)]
