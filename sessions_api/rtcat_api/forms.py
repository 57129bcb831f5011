"""RTCat's names, types and limits for sessions and tokens (contract B.1)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from math import ceil
from typing import Any

from rest_framework import serializers

from rtcserver.wire.fields import Text
from rtcserver.wire.rtcat import Count, Created, Expiry, Flag
from sessions_api.models import MAX_DATA, MAX_LIVE_DAYS, Participant, Session
from sessions_api.services.open_sessions import SESSION_DAYS, TOKEN_DAYS

MAX_LABEL = 255  # characters
MAX_NUMBER = 100  # tokens in one call
ROUTES = {"p2p": Session.Route.PEERS, "rel": Session.Route.RELAY}
PUBLISHES = {"pub": True, "sub": False}


# --- requests -------------------------------------------------------------------------------------


class Kind(serializers.ChoiceField):
    """One of a few words, kept as what it stands for."""

    default_error_messages = {"invalid_choice": "There is no such type."}

    def __init__(self, meanings: Mapping[str, Any], **options: Any) -> None:
        super().__init__(choices=list(meanings), **options)
        self._meanings = meanings

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or data not in self._meanings:
            self.fail("invalid_choice", input=data)
        return self._meanings[data]


class Changes(serializers.Serializer):
    """A partial update: what is left out stays, null clears a text."""

    data = Text(max_length=MAX_DATA, required=False, allow_null=True)  # type: ignore[assignment]
    live_days = Count(min_value=1, max_value=MAX_LIVE_DAYS, required=False)
    permanent = Flag(required=False)


class RtcatSessionChanges(Changes):
    label = Text(source="name", max_length=MAX_LABEL, required=False, allow_null=True)  # type: ignore[assignment]


class RtcatTokenChanges(Changes):
    label = Text(source="display_name", max_length=MAX_LABEL, required=False, allow_null=True)  # type: ignore[assignment]


class NullIsAbsent(serializers.Serializer):
    """On creation, null means the default."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        return super().to_internal_value(
            {name: value for name, value in data.items() if value is not None}
        )


class RtcatSessionRequest(NullIsAbsent, RtcatSessionChanges):
    type = Kind(ROUTES, source="route", required=False)


class RtcatTokenRequest(NullIsAbsent, RtcatTokenChanges):
    type = Kind(PUBLISHES, source="can_publish", required=False)
    number = Count(min_value=1, max_value=MAX_NUMBER, required=False)


class DemoName(serializers.Serializer):
    name = Text(min_length=1, max_length=MAX_LABEL)


# --- answers --------------------------------------------------------------------------------------


class Lasting(serializers.Serializer):
    """What sessions and tokens have in common; the original answers in this order."""

    uuid = serializers.UUIDField()
    label = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    type = serializers.CharField()
    permanent = serializers.BooleanField()
    data = serializers.CharField(allow_null=True)  # type: ignore[assignment]
    time_created = Created()
    live_days = serializers.IntegerField(help_text="From the creation.")
    expire_in = Expiry(help_text="Of a permanent one: without meaning.")


class RtcatSession(Lasting):
    type = serializers.ChoiceField(choices=list(ROUTES))  # type: ignore[assignment]


class RtcatToken(Lasting):
    session_id = serializers.UUIDField()
    type = serializers.ChoiceField(choices=list(PUBLISHES))  # type: ignore[assignment]

    def get_fields(self) -> dict[str, serializers.Field]:
        fields = super().get_fields()
        return {name: fields.pop(name) for name in ("uuid", "session_id")} | fields


class Deleted(serializers.Serializer):
    delete = serializers.IntegerField()


class RtcatPage(serializers.Serializer):
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField()


class RtcatSessionPage(RtcatPage):
    results = RtcatSession(many=True)


class RtcatTokenPage(RtcatPage):
    results = RtcatToken(many=True)


@cache
def _session_writer() -> RtcatSession:
    return RtcatSession()


@cache
def _token_writer() -> RtcatToken:
    return RtcatToken()


def write_session(session: Session) -> dict[str, Any]:
    """The wire form of a session, whichever dialect made it."""
    is_relayed = session.route == Session.Route.RELAY
    return _session_writer().to_representation(
        {
            "uuid": session.public_id,
            "label": session.name,
            "type": "rel" if is_relayed else "p2p",
            "permanent": session.ends_at is None,
            "data": session.data,
            **_lifetime(session, session.ends_at, SESSION_DAYS),
        }
    )


def write_token(token: Participant, session: Session) -> dict[str, Any]:
    """The wire form of a participant: the token is their entry id."""
    return _token_writer().to_representation(
        {
            "uuid": token.public_id,
            "session_id": session.public_id,
            "label": token.display_name,
            "type": "pub" if token.can_publish else "sub",
            "permanent": token.expires_at is None,
            "data": token.data,
            **_lifetime(token, token.expires_at, TOKEN_DAYS),
        }
    )


def _lifetime(row: Session | Participant, end: datetime | None, usual: int) -> dict[str, Any]:
    days = row.live_days or usual
    if end and end != row.created_at + timedelta(days=days):  # planned, or ended by hand
        days = max(1, ceil((end - row.created_at) / timedelta(days=1)))
    return {
        "time_created": row.created_at,
        "live_days": days,
        "expire_in": end or row.created_at + timedelta(days=days),
    }
