

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0005_signature'),
        ('rooms', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LiveRoom',
            fields=[
                ('room', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='live', serialize=False, to='rooms.room')),
                ('app_id', models.CharField(blank=True, max_length=32, verbose_name='app id')),
                ('category', models.CharField(blank=True, max_length=32, verbose_name='category')),
                ('subject', models.CharField(blank=True, max_length=64, verbose_name='subject')),
                ('description', models.CharField(blank=True, max_length=512, verbose_name='description')),
                ('updated_at', models.DateTimeField(verbose_name='updated at')),
                ('hosted_since', models.DateTimeField(verbose_name='hosted since')),
                ('hidden_at', models.DateTimeField(blank=True, null=True, verbose_name='hidden at')),
            ],
            options={
                'verbose_name': 'live room',
                'verbose_name_plural': 'live rooms',
            },
        ),
        migrations.CreateModel(
            name='Presence',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='presence', serialize=False, to=settings.AUTH_USER_MODEL, verbose_name='person')),
                ('last_seen_at', models.DateTimeField(db_index=True, verbose_name='last seen')),
            ],
            options={
                'verbose_name': 'presence',
                'verbose_name_plural': 'presence',
                'ordering': ['-last_seen_at'],
            },
        ),
        migrations.CreateModel(
            name='RoomBan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='since')),
            ],
            options={
                'verbose_name': 'ban',
                'verbose_name_plural': 'bans',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='RoomReservation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=128, null=True, unique=True, verbose_name='room id')),
                ('category', models.CharField(blank=True, max_length=32, verbose_name='category')),
                ('title', models.CharField(blank=True, max_length=64, verbose_name='title')),
                ('expires_at', models.DateTimeField(verbose_name='expires at')),
            ],
            options={
                'verbose_name': 'reserved room id',
                'verbose_name_plural': 'reserved room ids',
                'ordering': ['-id'],
            },
        ),
        migrations.AddIndex(
            model_name='room',
            index=models.Index(condition=models.Q(('closed_at', None), ('kind', 'live')), fields=['team', '-created_at', '-id'], name='room_live_newest'),
        ),
        migrations.AddField(
            model_name='liveroom',
            name='created_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='created by'),
        ),
        migrations.AddField(
            model_name='liveroom',
            name='updated_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='updated by'),
        ),
        migrations.AddField(
            model_name='roomban',
            name='room',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='bans', to='rooms.room'),
        ),
        migrations.AddField(
            model_name='roomban',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='roomreservation',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='room_reservations', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddConstraint(
            model_name='roomban',
            constraint=models.UniqueConstraint(fields=('room', 'user'), name='room_ban_once'),
        ),
        migrations.AddIndex(
            model_name='roomreservation',
            index=models.Index(models.F('expires_at'), name='reservation_expiry'),
        ),
    ]
