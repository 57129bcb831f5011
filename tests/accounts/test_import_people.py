"""Taking over the users table of a SealTalk server."""

import csv
import hashlib
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.models import User
from rtcserver.models import SyncClock

ROW = {
    "id": 7,
    "region": "86",
    "phone": "13800000005",
    "nickname": "Old friend",
    "portraitUri": "http://img.example.com/7.png",
    "passwordHash": hashlib.sha1(b"secret1|4711", usedforsecurity=False).hexdigest(),
    "passwordSalt": "4711",
    "deletedAt": None,
}

pytestmark = pytest.mark.django_db


def imported(file):
    printed = io.StringIO()
    call_command("import_sealtalk_users", str(file), stdout=printed)
    return printed.getvalue().strip()


@pytest.fixture
def export(tmp_path):
    def write(*rows):
        file = tmp_path / "users.json"
        file.write_text(json.dumps(rows))
        return file

    return write


def log_in(password):
    body = {"region": "86", "phone": "13800000005", "password": password}
    return Client().post("/user/login", body, content_type="application/json").json()["code"]


def test_old_passwords_work_and_are_hashed_anew_at_the_first_login(export):
    assert imported(export(ROW)) == "1 imported, 0 already here."
    user = User.objects.get()
    assert ROW["passwordHash"] not in user.password
    assert user.password.startswith("sealtalk_argon2$")
    assert log_in("wrong12") == 1000
    assert log_in("secret1") == 200
    user.refresh_from_db()
    assert user.password.startswith("argon2$")
    assert log_in("secret1") == 200


def test_an_import_may_be_repeated_and_stamps_what_it_made(export):
    before = SyncClock.tick()
    file = export(ROW)
    imported(file)
    assert User.objects.get().stamp > before
    assert imported(file) == "0 imported, 1 already here."


def test_csv_is_read_too(tmp_path):
    file = tmp_path / "users.csv"
    with file.open("w", newline="") as out:
        writer = csv.DictWriter(out, ROW)
        writer.writeheader()
        writer.writerow(ROW | {"deletedAt": "NULL"})
    assert imported(file) == "1 imported, 0 already here."


def test_deleted_rows_are_left_out(export):
    assert imported(export(ROW | {"deletedAt": "2016-01-01"})) == "0 imported, 0 already here."


@pytest.mark.parametrize(
    "fault", [{"phone": "1"}, {"passwordHash": "x"}, {"passwordSalt": ""}, {"passwordSalt": "$"}]
)
def test_one_bad_row_stops_all_and_is_named_by_number(export, fault):
    with pytest.raises(CommandError, match=r"Row 2: .* Nothing was imported\."):
        imported(export(ROW, ROW | {"phone": "13800000006"} | fault))
    assert not User.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", "[1]", "{"])
def test_what_is_no_export_is_refused(tmp_path, text):
    file = tmp_path / "users.json"
    file.write_text(text)
    with pytest.raises(CommandError):
        imported(file)
