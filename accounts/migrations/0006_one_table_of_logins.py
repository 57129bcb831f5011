import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_signature")]

    operations = [
        migrations.AlterField(
            "login",
            "key_checksum",
            models.CharField(editable=False, max_length=64, null=True, unique=True),
        ),
        migrations.AddField(
            "liveroomtoken",
            "of_login",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="accounts.login",
            ),
        ),
    ]
