import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_move_liveroom_logins")]

    operations = [
        migrations.RemoveField("liveroomtoken", "login"),
        migrations.RenameField("liveroomtoken", "of_login", "login"),
        migrations.AlterField(
            "liveroomtoken",
            "login",
            models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="tokens",
                to="accounts.login",
            ),
        ),
        migrations.DeleteModel("SignatureLogin"),
    ]
