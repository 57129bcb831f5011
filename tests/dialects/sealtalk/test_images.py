"""Uploading pictures."""

import struct
import time

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Image
from accounts.services import block_user
from tests.conftest import TESTER

PNG = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + bytes(17)
JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
GIF = b"GIF89a" + bytes(10)
WEBP = b"RIFF\x10\0\0\0WEBPVP8 " + bytes(8)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def token(ann):
    return ann.get("/user/get_image_token").json()["result"]["token"]


def upload(token, content, name="a.png", content_type="image/png"):
    file = SimpleUploadedFile(name, content, content_type)
    return Client().post("/user/upload_image", {"token": token, "file": file})


@pytest.mark.parametrize(
    ("content", "content_type"),
    [(PNG, "image/png"), (JPEG, "image/jpeg"), (GIF, "image/gif"), (WEBP, "image/webp")],
)
def test_a_picture_is_kept_and_shown_as_what_it_contains(client, token, content, content_type):
    answer = upload(token, content, name="evil.html", content_type="text/html").json()
    shown = client.get("/media/" + answer["result"]["key"])
    assert b"".join(shown.streaming_content) == content
    assert shown["Content-Type"] == content_type
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert answer["result"]["url"].endswith("/media/" + answer["result"]["key"])


@pytest.mark.parametrize(
    "content", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"", b"\x89PNG", b"MZ" * 9]
)
def test_what_is_no_picture_is_refused_whatever_it_is_called(token, content):
    answer = upload(token, content)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "text/html; charset=utf-8"
    assert not Image.objects.exists()


def test_too_large_pictures_are_refused(token, settings):
    settings.IMAGE_MAX_BYTES = 100
    assert upload(token, PNG + bytes(100)).status_code == 400
    settings.IMAGE_MAX_BYTES = 20_000
    assert upload(token, PNG + bytes(40_000)).status_code == 400
    assert not Image.objects.exists()


@pytest.mark.parametrize("forged", ["", "x", "ImFiYyI:1:2", "\u4e2d"])
def test_a_forged_upload_token_is_refused(db, forged):
    assert upload(forged, PNG).status_code in (400, 403)


def test_an_upload_token_lives_an_hour_and_ends_with_its_person(token, person):
    with time_machine.travel(time.time() + 3700):
        assert upload(token, PNG).status_code == 403
    block_user(person, actor=TESTER)
    assert upload(token, PNG).status_code == 403


def test_a_person_uploads_a_hundred_pictures_a_day(token, person):
    Image.objects.bulk_create(Image(owner=person, key=f"{n}.png", size=1) for n in range(100))
    assert upload(token, PNG).status_code == 429


@pytest.mark.parametrize("key", ["unknown.png", "../settings.env", "%2e%2e", "a.png%00"])
def test_only_uploaded_pictures_are_shown(client, db, key):
    assert client.get(f"/media/{key}").status_code == 404


def test_the_target_is_a_setting_and_the_domain_has_no_scheme(ann, settings):
    settings.IMAGE_TARGET = "qiniu"
    result = ann.get("/user/get_image_token").json()["result"]
    assert result["target"] == "qiniu"
    assert result["domain"] == "127.0.0.1:8000/media"
