"""Coviu's names, types and limits for sessions and participants (contract A.4, A.5)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from rtcserver.dates import http_date, is_iso, iso_date, parse_date
from rtcserver.wire.fields import Text
from rtcserver.wire.pages import AFTER, PageQuery
from sessions_api.models import CallEntry, Participant, Session, entry_url

MAX_TEXT = 256  # characters
MAX_PICTURE = 2048
MAX_PARTICIPANTS = 1000  # in one request; more are added one by one
MAX_FLAGS = 100
SECOND = timedelta(seconds=1)


@extend_schema_field({"type": "string", "example": "Wed, 08 Jun 2050 04:07:11 GMT"})
class DateText(serializers.Field):
    """An RFC 1123 date or a zoned ISO 8601 one; out in the style of the session."""

    default_error_messages = {
        "format": "Expected a date such as 'Wed, 08 Jun 2050 04:07:11 GMT' "
        "or '2050-06-08T04:07:11Z'."
    }

    def to_internal_value(self, data: object) -> datetime:
        if not isinstance(data, str):
            self.fail("format")
        try:
            return parse_date(data)
        except ValueError:
            self.fail("format")

    def to_representation(self, value: datetime) -> str:
        return iso_date(value) if self.context.get("iso_dates") else http_date(value)


class QueryDate(DateText):
    """In a query string the `+` of an ISO zone may arrive as a blank."""

    def to_internal_value(self, data: object) -> datetime:
        return super().to_internal_value(self.unblanked(str(data)))

    @staticmethod
    def unblanked(text: str) -> str:
        head, blank, zone = text.rpartition(" ")
        is_zone = blank and "T" in head.upper() and zone.replace(":", "").isdigit()
        return f"{head}+{zone}" if is_zone else text


class LastDate(QueryDate):
    """An end that counts itself: all that is shown as this date, cut as the style cuts it."""

    def to_internal_value(self, data: object) -> datetime:
        first = super().to_internal_value(data)
        shown = timedelta(milliseconds=1) if is_iso(self.unblanked(str(data))) else SECOND
        return first + shown - timedelta(microseconds=1)


@extend_schema_field({"type": "string", "enum": ["host", "guest", "HOST", "GUEST"]})
class RoleField(serializers.ChoiceField):
    """Any case in, upper case out, as Coviu's SDKs send and expect."""

    def to_internal_value(self, data: object) -> str:
        return super().to_internal_value(data.lower() if isinstance(data, str) else "")

    def to_representation(self, value: str) -> str:
        return value.upper()


class EntryUrl(serializers.URLField):
    def to_representation(self, value: Any) -> str:
        return entry_url(value)


# --- requests -------------------------------------------------------------------------------------


class ParticipantRequest(serializers.Serializer):
    display_name = Text(max_length=MAX_TEXT, required=False, allow_null=True)
    picture = Text(max_length=MAX_PICTURE, required=False, allow_null=True)
    role = RoleField(choices=Participant.Role.choices)
    state = Text(max_length=MAX_TEXT, required=False, allow_null=True)


class ParticipantChanges(ParticipantRequest):
    role = RoleField(choices=Participant.Role.choices, required=False)


class SessionChanges(serializers.Serializer):
    """A partial update: what is left out stays, null clears an optional text."""

    session_name = Text(source="name", max_length=MAX_TEXT, required=False, allow_null=True)
    picture = Text(max_length=MAX_PICTURE, required=False, allow_null=True)
    start_time = DateText(source="starts_at", required=False)
    end_time = DateText(source="ends_at", required=False, allow_null=True)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        given = super().to_internal_value(data)
        if dates := [data[name] for name in ("start_time", "end_time") if data.get(name)]:
            styles = Session.DateStyle
            given["date_style"] = styles.ISO if any(map(is_iso, dates)) else styles.HTTP
        return given


class SessionRequest(SessionChanges):
    start_time = DateText(source="starts_at")
    end_time = DateText(source="ends_at")
    participants = serializers.ListField(
        child=ParticipantRequest(), required=False, max_length=MAX_PARTICIPANTS
    )
    feature_flags = serializers.ListField(
        child=Text(max_length=MAX_TEXT), required=False, max_length=MAX_FLAGS
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Null means absent on creation."""
        if isinstance(data, dict):
            data = {name: value for name, value in data.items() if value is not None}
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """`true`/`false` of the JS and Java SDKs, `1`/`0` of the PHP one."""

    default_empty_html = False


class ParticipantOptions(serializers.Serializer):
    deleted_participants = Flag(default=False)


class SessionQuery(PageQuery, ParticipantOptions):
    """The page query of `GET /v1/sessions` (contract A.5.1)."""

    start_time = QueryDate(required=False)
    end_time = LastDate(required=False)
    include_canceled = Flag(default=False)
    state = Text(required=False, max_length=MAX_TEXT)
    order = serializers.ChoiceField(choices=["forward", "reverse", "backwards"], default="forward")
    after = serializers.UUIDField(required=False, help_text=AFTER)


# --- answers: written from the rows of sessions_api.reading --------------------------------------


class ParticipantSerializer(serializers.Serializer):
    """A participant as its team sees it. Other participants never get this: it has the secret."""

    client_id = serializers.CharField(allow_null=True)
    display_name = serializers.CharField(allow_null=True)
    entry_url = EntryUrl(source="public_id")
    participant_id = serializers.UUIDField(source="public_id")
    peer_id = serializers.UUIDField(help_text="What events and other participants know it by.")
    picture = serializers.CharField(allow_null=True)
    role = RoleField(choices=Participant.Role.choices)
    session_id = serializers.UUIDField(source="session_public_id")
    state = serializers.CharField(allow_null=True)
    deleted_at = DateText(
        source="canceled_at",
        allow_null=True,
        required=False,
        help_text="Only with `deleted_participants`.",
    )

    def to_representation(self, participant: Mapping[str, Any]) -> dict[str, Any]:
        shown = super().to_representation(participant)
        if not self.context.get("deleted_participants"):
            del shown["deleted_at"]
        return shown


class SessionSerializer(serializers.Serializer):
    session_id = serializers.UUIDField(source="public_id")
    session_name = serializers.CharField(source="name", allow_null=True)
    start_time = DateText(source="starts_at")
    end_time = DateText(
        source="ends_at",
        allow_null=True,
        help_text="Null for a permanent session, which another dialect made.",
    )
    picture = serializers.CharField(allow_null=True)
    team_id = serializers.UUIDField(source="team_public_id")
    client_id = serializers.CharField(allow_null=True)
    participants = ParticipantSerializer(many=True)
    feature_flags = serializers.ListField(child=serializers.CharField())
    canceled_time = DateText(source="canceled_at", allow_null=True)
    actual_start_time = DateText(
        source="actual_started_at", allow_null=True, help_text="When the first person joined."
    )
    actual_end_time = DateText(
        source="actual_ended_at", allow_null=True, help_text="When the last person left."
    )


class CallEntrySerializer(serializers.Serializer):
    """One stay of one participant, as the team sees it."""

    participant_id = serializers.UUIDField(source="participant.public_id")
    peer_id = serializers.UUIDField(source="participant.peer_id")
    display_name = serializers.CharField(source="participant.display_name", allow_null=True)
    role = RoleField(source="participant.role", choices=Participant.Role.choices)
    status = serializers.ChoiceField(source="state", choices=CallEntry.State.choices)
    reason = serializers.CharField(help_text="Why they left: own, lapsed, canceled or ended.")
    is_connected = serializers.BooleanField(help_text="False while a connection is awaited.")
    arrived_time = DateText(source="arrived_at")
    waiting_since = DateText(allow_null=True)
    admitted_time = DateText(source="admitted_at", allow_null=True)
    admitted_by = serializers.CharField(help_text="`kind:id`; empty if nobody had to.")
    joined_time = DateText(source="joined_at", allow_null=True)
    left_time = DateText(source="left_at", allow_null=True)


@cache
def entry_writer(*, iso_dates: bool) -> CallEntrySerializer:
    return CallEntrySerializer(context={"iso_dates": iso_dates})


# A serializer copies all its fields when it is made, which costs more than the rest of a GET.
# These are made once for each style; writing a row changes nothing in them.
@cache
def session_writer(*, iso_dates: bool, deleted_participants: bool) -> SessionSerializer:
    context = {"iso_dates": iso_dates, "deleted_participants": deleted_participants}
    return SessionSerializer(context=context)


@cache
def participant_writer() -> ParticipantSerializer:
    return ParticipantSerializer(context={})


def write_session(
    row: Mapping[str, Any], *, always_iso: bool, deleted_participants: bool = False
) -> dict[str, Any]:
    """The wire form of a row of `reading.shown_sessions`, dates in the session's own style."""
    writer = session_writer(
        iso_dates=always_iso or row["date_style"] == Session.DateStyle.ISO,
        deleted_participants=deleted_participants,
    )
    return writer.to_representation(row)


class SessionPage(serializers.Serializer):
    content = SessionSerializer(many=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField(help_text="Number of sessions in this page.")
    more = serializers.BooleanField()


class CallEntryPage(serializers.Serializer):
    content = CallEntrySerializer(many=True)
    page = serializers.IntegerField()
    page_size = serializers.IntegerField(help_text="Number of entries in this page.")
    more = serializers.BooleanField()
