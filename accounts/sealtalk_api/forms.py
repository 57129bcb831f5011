"""What bodies hold and what answers show, by the names of the wire."""

from typing import Any

from django.core.validators import RegexValidator, URLValidator
from rest_framework import serializers

from accounts.models import User
from rtcserver.wire.fields import Text
from rtcserver.wire.sealtalk import shown_text

_NUMBER = r"(0|[1-9][0-9]{0,8})"
_BEFORE = r"(0|[1-9][0-9]*|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"  # one part of a pre-release
_BUILD = r"[0-9A-Za-z-]+"
NICKNAME = 32
PORTRAIT = 256


class Digits(Text):
    """A region, phone or code: clients send strings, the first documents show numbers."""

    def to_internal_value(self, data: object) -> str:
        is_number = isinstance(data, int) and not isinstance(data, bool)
        return super().to_internal_value(str(data)[:64] if is_number else data)


class Password(Text):
    def __init__(self, **options: Any) -> None:
        no_blanks = RegexValidator(r"^\S*\Z", "Must have no blanks.")
        super().__init__(min_length=6, max_length=20, validators=[no_blanks], **options)


class Token(serializers.UUIDField):
    def to_internal_value(self, data: object) -> Any:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class PhoneForm(serializers.Serializer):
    region = Digits(max_length=8)
    phone = Digits(max_length=32)


class CodeForm(PhoneForm):
    code = Digits(max_length=32)


class LoginForm(PhoneForm):
    password = Text(max_length=128)


class RegisterForm(serializers.Serializer):
    nickname = Text(min_length=1, max_length=NICKNAME)
    password = Password()
    verification_token = Token()


class ResetForm(serializers.Serializer):
    password = Password()
    verification_token = Token()


class ChangePasswordForm(serializers.Serializer):
    oldPassword = Text(max_length=128)
    newPassword = Password()


class DeleteForm(serializers.Serializer):
    password = Text(max_length=128)


class NicknameForm(serializers.Serializer):
    nickname = Text(min_length=1, max_length=NICKNAME)


class PortraitForm(serializers.Serializer):
    portraitUri = Text(
        min_length=12, max_length=PORTRAIT, validators=[URLValidator(schemes=["http", "https"])]
    )


class UploadForm(serializers.Serializer):
    token = Text(max_length=200)
    file = serializers.FileField()


class VersionQuery(serializers.Serializer):
    """A version as semver.org 2.0.0 has it, maybe with a `v`; parts of 64 characters at most."""

    version = serializers.RegexField(
        rf"^v?{_NUMBER}\.{_NUMBER}\.{_NUMBER}"
        rf"(-(?=[^+]{{1,64}}(\+|\Z)){_BEFORE}(\.{_BEFORE})*)?"
        rf"(\+(?=.{{1,64}}\Z){_BUILD}(\.{_BUILD})*)?\Z"
    )


# --- Answers, as the OpenAPI file shows them ------------------------------------------------------


class Done(serializers.Serializer):
    code = serializers.IntegerField(
        help_text="200; or 1000 wrong code or password, 2000 code expired, 5000 code throttled."
    )


class VerifiedResult(serializers.Serializer):
    verification_token = serializers.UUIDField()


class IdResult(serializers.Serializer):
    id = serializers.CharField()


class LoginResult(IdResult):
    token = serializers.CharField()


class TokenResult(serializers.Serializer):
    userId = serializers.CharField()
    token = serializers.CharField()


class ImageTokenResult(serializers.Serializer):
    target = serializers.CharField()
    domain = serializers.CharField()
    token = serializers.CharField()


class ImageResult(serializers.Serializer):
    key = serializers.CharField()
    url = serializers.CharField()


class SmsImageResult(serializers.Serializer):
    url = serializers.CharField(allow_blank=True)
    verifyId = serializers.CharField(allow_blank=True)


class PersonResult(serializers.Serializer):
    id = serializers.CharField()
    nickname = serializers.CharField()
    portraitUri = serializers.CharField()


class Verified(Done):
    result = VerifiedResult()


class Free(Done):
    result = serializers.BooleanField()


class Registered(Done):
    result = IdResult()


class LoggedInAnswer(Done):
    result = LoginResult()


class TokenAnswer(Done):
    result = TokenResult()


class ImageTokenAnswer(Done):
    result = ImageTokenResult()


class ImageAnswer(Done):
    result = ImageResult()


class SmsImageAnswer(Done):
    result = SmsImageResult()


class PersonAnswer(Done):
    result = PersonResult()


class PeopleAnswer(Done):
    result = PersonResult(many=True)


class DesktopUpdate(serializers.Serializer):
    version = serializers.CharField()
    url = serializers.CharField()
    name = serializers.CharField()
    notes = serializers.CharField()
    pub_date = serializers.CharField()


class MobileVersion(serializers.Serializer):
    version = serializers.CharField()
    url = serializers.CharField()


class MobileBuild(MobileVersion):
    build = serializers.CharField()


class ClientVersions(serializers.Serializer):
    iOS = MobileBuild()
    Android = MobileVersion()


def shown_person(user: User) -> dict[str, str]:
    """`{id, nickname, portraitUri}`."""
    return {
        "id": user.public_id,
        "nickname": shown_text(user.name, NICKNAME),
        "portraitUri": shown_text(user.portrait_url, PORTRAIT),
    }
