"""LiveRoom dialect: `oauth/...` and `auth_users/...` (docs/dialects/liveroom.md)."""

import time
from typing import Any

from django.conf import settings
from django.utils import timezone
from limits import parse
from rest_framework import exceptions, serializers
from rest_framework.response import Response

from accounts import services
from accounts.errors import BadSignature, NothingToSet, TokenExpired, TokenInvalid
from accounts.hashers import checksum
from accounts.liveroom_auth import LiveRoomUserView
from accounts.models import User
from accounts.services import IssuedToken
from accounts.signals import user_seen
from accounts.usersig import mint
from rtcserver.wire.base import client_address
from rtcserver.wire.fields import Text
from rtcserver.wire.liveroom import LiveRoomView, UserParameters, moment, ok
from rtcserver.wire.throttles import hit, wait_seconds

FAILURES = parse("10/5 minutes")  # wrong signatures, per name and address
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

    def act(self, given: dict[str, Any]) -> Response:
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
    hash = Text(max_length=16, required=False, help_text="Only `md5`.")
    nickname = Text(max_length=125, required=False)
    name = Text(max_length=125, required=False, help_text="As `nickname`.")
    avatar = Text(max_length=512, required=False)

    def validate_hash(self, value: str) -> str:
        if value.lower() != "md5":
            raise serializers.ValidationError("Only md5 is known.")
        return value


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

    def act(self, given: dict[str, Any]) -> Response:
        address = client_address(self.request)
        attempt = ("liveroom sign-in", address, checksum(given["username"]))
        if wait := wait_seconds(FAILURES, *attempt):
            raise exceptions.Throttled(wait)
        try:
            user, token = services.sign_in(address=address, **self.claims(given))
        except BadSignature:
            hit(FAILURES, *attempt)
            raise
        user_seen.send(sender=User, user=user)
        return ok(credentials(user, token), "signature ok")

    @staticmethod
    def claims(given: dict[str, Any]) -> dict[str, str]:
        return {
            "name": given["username"],
            "nickname": given.get("nickname", given.get("name", "")),
            "portrait_url": given.get("avatar", ""),
            **{part: given.get(part, "") for part in ("signature", "tag", "ts", "nonce")},
        }


class Account(Credentials):
    phone = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    avatar = serializers.CharField()


class LoginToken(LiveRoomUserView):
    """Exchange a token for a fresh one; the old one counts for ten more minutes."""

    Answer = Account

    def act(self, given: dict[str, Any]) -> Response:
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

    def identify(self, given: dict[str, Any]) -> None:
        try:
            self.token = services.live_token(user_id=given["user_id"], token=given["token"])
        except (TokenInvalid, TokenExpired):
            self.token = None  # type: ignore[assignment]

    def act(self, given: dict[str, Any]) -> Response:
        if self.token:
            services.end_signature_login(self.token.login, actor=self.actor)
        return ok(message="logout ok")


class Delete(LiveRoomUserView):
    """Remove the account: salt, profile, tokens, memberships and owned rooms."""

    def identify(self, given: dict[str, Any]) -> None:
        """The service itself decides: a login that ended a moment ago still counts."""

    def act(self, given: dict[str, Any]) -> Response:
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

    def act(self, given: dict[str, Any]) -> Response:
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

    def act(self, given: dict[str, Any]) -> Response:
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

    def act(self, given: dict[str, Any]) -> Response:
        return ok({"userId": self.user_id, "updateUtc": moment(timezone.now())}, "keepalive ok")


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
