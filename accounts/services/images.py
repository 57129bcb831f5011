"""Pictures: checked by what they contain, named by chance, kept by Django's storage API."""

import re
from datetime import timedelta
from typing import IO

from django.conf import settings
from django.core import signing
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from accounts.errors import BadImage, BadUploadToken, TooManyImages
from accounts.models import Image, User
from rtcserver.ids import new_public_id

CONTENT_TYPES = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
}
TOKEN_SECONDS = 3600
IMAGES_A_DAY = 100  # per person
_SALT = "image upload"
_KEY = re.compile(r"[0-9A-Za-z]{1,32}\.(?:jpg|png|gif|webp)")


def upload_token(user: User) -> str:
    """A token that lets its bearer upload pictures for `user` within an hour."""
    return signing.dumps(user.public_id, salt=_SALT)


def store_image(*, token: str, file: "File[bytes]") -> Image:
    """Keep an uploaded picture for the person of an upload token.

    Raises:
        BadUploadToken: Altered, older than an hour, or its person is blocked.
        BadImage: Empty, larger than RTC_IMAGE_MAX_BYTES, or no JPEG, PNG, GIF or WebP.
        TooManyImages: The person uploaded 100 within a day.
    """
    owner = _owner_of(token)
    if not 0 < file.size <= settings.IMAGE_MAX_BYTES:
        raise BadImage(f"A picture has up to {settings.IMAGE_MAX_BYTES} bytes.")
    kind = _kind_of(file)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=owner.pk)  # so that parallel uploads count
        day = timezone.now() - timedelta(days=1)
        if Image.objects.filter(owner=owner, created_at__gt=day).count() >= IMAGES_A_DAY:
            raise TooManyImages("Too many pictures today.")
        name = default_storage.save(f"{new_public_id()}{new_public_id()}.{kind}", file)
        return Image.objects.create(owner=owner, key=name, size=file.size)


def open_image(key: str) -> tuple[IO[bytes], str]:
    """A stored picture and its content type.

    Raises:
        FileNotFoundError: No such picture.
    """
    if not _KEY.fullmatch(key) or not Image.objects.filter(key=key).exists():
        raise FileNotFoundError(key)
    return default_storage.open(key), CONTENT_TYPES[key.rpartition(".")[2]]


def _owner_of(token: str) -> User:
    try:
        public_id = signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        raise BadUploadToken("The upload token is wrong or has expired.") from None
    owner = User.objects.filter(public_id=public_id, is_active=True).first()
    if owner is None:
        raise BadUploadToken("The upload token is wrong or has expired.")
    return owner


def _kind_of(file: "File[bytes]") -> str:
    """The format by its first bytes; what the client calls it counts for nothing."""
    head = file.read(16)
    file.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n") and head[12:16] == b"IHDR":
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    raise BadImage("Only JPEG, PNG, GIF and WebP pictures.")
