"""LiveRoom dialect: `oauth/...` and `auth_users/...` (docs/dialects/liveroom.md)."""

import time
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from limits import parse
from rest_framework import exceptions, serializers

from accounts import services
from accounts.errors import BadSignature, NothingToSet, TokenExpired, TokenInvalid
from accounts.hashers import checksum
from accounts.liveroom_auth import LiveRoomUserView
from accounts.models import User
from accounts.services import Device, IssuedToken
from accounts.signals import user_seen
from accounts.usersig import mint
from rtcserver.wire.base import client_address
from rtcserver.wire.fields import Text
from rtcserver.wire.liveroom import (
    BadParameter,
    LiveRoomView,
    UserParameters,
    answer,
    envelope,
    moment,
    ok,
)
from rtcserver.wire.throttles import hit, wait_seconds

FAILURES = parse("10/5 minutes")  # wrong signatures, per name and address: told to wait
FLOOD = parse("100/5 minutes")  # not even checked any more
REGISTRATIONS = parse("60/hour")  # per address


class RegisterParameters(serializers.Serializer):
    username = Text(source="name", min_length=1, max_length=128)
    salt = Text(min_length=32, max_length=256)
    invite = Text(max_length=128, required=False)


class RegisteredName(serializers.Serializer):
    name = serializers.CharField()
    id = serializers.IntegerField()


class Register(LiveRoomView):
    """Register a name and the salt its signatures will be made with."""

    Parameters = RegisterParameters
    Answer = RegisteredName

    def act(self, given: dict[str, Any]) -> HttpResponse:
        if wait := hit(REGISTRATIONS, "liveroom register", client_address(self.request)):
            raise exceptions.Throttled(wait)
        registered = services.register_name(**given)
        return ok({"name": registered.name, "id": registered.pk}, "register ok")


class SignatureParameters(serializers.Serializer):
    username = Text(min_length=1, max_length=128)
    signature = Text(max_length=128)
    tag = Text(max_length=32, required=False)
    ts = Text(max_length=32, required=False)
    nonce = Text(max_length=128, required=False)
    hash = Text(max_length=16, required=False, help_text="`md5`, or `sha256` over the same text.")
    nickname = Text(max_length=125, required=False)
    name = Text(max_length=125, required=False, help_text="As `nickname`.")
    avatar = Text(max_length=512, required=False)

    def validate_hash(self, value: str) -> str:
        if value.lower() not in services.SIGNATURE_HASHES:
            raise serializers.ValidationError("Only md5 and sha256 are known.")
        return value.lower()


class Credentials(serializers.Serializer):
    userId = serializers.CharField()
    apaasUserId = serializers.CharField(help_text="As `userId`.")
    apaasAppId = serializers.CharField(help_text="The tenant, or empty.")
    sdkAppId = serializers.IntegerField()
    sdkUserSig = serializers.CharField(help_text="TLSSigAPIv2, good for 48 hours.")
    userSig = serializers.CharField(help_text="As `sdkUserSig`.")
    token = serializers.CharField()
    expire = serializers.CharField(help_text="`YYYY-MM-DD HH:mm:ss`, UTC.")


class Signature(LiveRoomView):
    """Sign in by a signature; the first time makes the user of (username, tag)."""

    Parameters = SignatureParameters
    Answer = Credentials

    def act(self, given: dict[str, Any]) -> HttpResponse:
        """A right signature passes beside the wrong ones of others, until they are a flood."""
        address = client_address(self.request)
        attempt = ("liveroom sign-in", address, checksum(given["username"]))
        if wait := wait_seconds(FLOOD, *attempt):
            raise exceptions.Throttled(wait)
        try:
            user, token = services.sign_in(device=self.device(address), **self.claims(given))
        except BadSignature:
            hit(FLOOD, *attempt)
            if wait := hit(FAILURES, *attempt):
                raise exceptions.Throttled(wait) from None
            raise
        user_seen.send(sender=User, user=user, login=None)
        return ok(credentials(user, token), "signature ok")

    def device(self, address: str) -> Device:
        return Device("liveroom", address, self.request.META.get("HTTP_USER_AGENT", ""))

    @staticmethod
    def claims(given: dict[str, Any]) -> dict[str, str]:
        return {
            "name": given["username"],
            "nickname": given.get("nickname", given.get("name", "")),
            "portrait_url": given.get("avatar", ""),
            **{part: given.get(part, "") for part in ("signature", "tag", "ts", "nonce")},
            "algorithm": given.get("hash", "md5"),
        }


class Account(Credentials):
    phone = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField()


class LoginToken(LiveRoomUserView):
    """Exchange a token for a fresh one; the old one counts for ten more minutes."""

    Answer = Account

    def act(self, given: dict[str, Any]) -> HttpResponse:
        token = services.renew_token(self.token)
        user = self.user
        shown = {
            "phone": f"+{user.region}{user.phone}" if user.phone else "",
            "email": user.email or "",
            "name": user.name,
            "avatar": user.portrait_url,
        }
        return ok(credentials(user, token) | shown, "login ok")


class Logout(LiveRoomUserView):
    """Sign out; every token of this sign-in is dead. An unusable token is no error."""

    def read(self, given: dict[str, Any]) -> dict[str, Any]:
        try:
            return super().read(given)
        except BadParameter:
            if {"userId", "token"} <= given.keys():
                return {"user_id": "", "token": ""}  # nobody's
            raise

    def identify(self, given: dict[str, Any]) -> None:
        try:
            self.token = services.live_token(user_id=given["user_id"], token=given["token"])
        except (TokenInvalid, TokenExpired):
            self.token = None  # type: ignore[assignment]

    def act(self, given: dict[str, Any]) -> HttpResponse:
        if self.token:
            services.end_login(self.token.login, actor=self.actor)
        return ok(message="logout ok")


class Delete(LiveRoomUserView):
    """Remove the account: salt, profile, tokens, memberships and owned rooms."""

    def identify(self, given: dict[str, Any]) -> None:
        """The service itself decides: a login that ended a moment ago still counts."""

    def act(self, given: dict[str, Any]) -> HttpResponse:
        services.remove_signature_user(**given)
        return ok(message="delete ok")


class UpdateParameters(UserParameters):
    name = Text(max_length=125, required=False)
    tag = Text(max_length=32, required=False)
    tag2 = Text(max_length=32, required=False)
    avatar = Text(source="portrait_url", max_length=512, required=False)


class Update(LiveRoomUserView):
    """Set name, tags and, along with one of them, the avatar."""

    Parameters = UpdateParameters

    def check(self, given: dict[str, Any]) -> None:
        if not given.keys() & {"name", "tag", "tag2"}:
            raise NothingToSet("Give a name or a tag.")

    def act(self, given: dict[str, Any]) -> HttpResponse:
        services.update_signature_user(self.user, **given)
        return ok(message="update ok")


class QueryParameters(UserParameters):
    searchUserId = Text(max_length=128, required=False, help_text="Beats `searchPhone`.")
    searchPhone = Text(max_length=64, required=False, help_text="`+` and country code.")


class ShownUser(serializers.Serializer):
    userId = serializers.CharField()
    apaasUserId = serializers.CharField(help_text="As `userId`.")
    name = serializers.CharField()
    avatar = serializers.CharField()
    tag = serializers.CharField(allow_null=True)
    tag2 = serializers.CharField(allow_null=True)


class Query(LiveRoomUserView):
    """Another user's profile, or one's own; never phone or e-mail."""

    Parameters = QueryParameters
    Answer = ShownUser

    def act(self, given: dict[str, Any]) -> HttpResponse:
        user = self.user
        if given:
            user = services.find_signature_user(
                public_id=given.get("searchUserId", ""), phone=given.get("searchPhone", "")
            )
        known = user.signature_user
        return ok(
            {
                "userId": known.public_id,
                "apaasUserId": known.public_id,
                "name": user.name,
                "avatar": user.portrait_url,
                "tag": known.tag,
                "tag2": known.tag2,
            },
            "query ok",
        )


class Alive(serializers.Serializer):
    userId = serializers.CharField()
    updateUtc = serializers.CharField(help_text="`YYYY-MM-DD HH:mm:ss`, UTC.")


class Keepalive(LiveRoomUserView):
    """Say that one is still there; any other call with the token says so too."""

    Answer = Alive

    def act(self, given: dict[str, Any]) -> HttpResponse:
        return answer(alive(self.user_id))


def alive(user_id: str) -> dict[str, Any]:
    """What a keepalive is answered; also without the view (rooms/keepalives.py)."""
    return envelope({"userId": user_id, "updateUtc": moment(timezone.now())}, "keepalive ok")


def credentials(user: User, token: IssuedToken) -> dict[str, Any]:
    user_id = user.signature_user.public_id or ""
    user_sig = mint(user_id, now=time.time())
    return {
        "userId": user_id,
        "apaasUserId": user_id,
        "apaasAppId": settings.LIVEROOM_TENANT,
        "sdkAppId": settings.LIVEROOM_SDK_APP_ID,
        "sdkUserSig": user_sig,
        "userSig": user_sig,
        "token": token.text,
        "expire": moment(token.expires_at),
    }
