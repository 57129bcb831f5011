"""`/v1/sessions` and `/v1/participants` in Coviu's dialect (contract A.5)."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.wire.coviu import Ok
from rtcserver.wire.pages import behind, page_of, window
from sessions_api import services
from sessions_api.models import Session, SessionQuerySet
from sessions_api.reading import planned_session, shown_sessions
from sessions_api.serializers import (
    ParticipantChanges,
    ParticipantOptions,
    ParticipantRequest,
    ParticipantSerializer,
    SessionChanges,
    SessionPage,
    SessionQuery,
    SessionRequest,
    SessionSerializer,
)
from sessions_api.views.base import TeamView, known_id


@extend_schema_view(
    get=extend_schema(
        operation_id="list_sessions",
        tags=["sessions"],
        parameters=[SessionQuery],
        responses=SessionPage,
    ),
    post=extend_schema(
        operation_id="create_session",
        tags=["sessions"],
        request=SessionRequest,
        responses=SessionSerializer,
    ),
)
class Sessions(TeamView):
    def get(self, request: Request) -> Response:
        """A page of the team's sessions: oldest first, by start when a window is asked for."""
        query = self.options_of(SessionQuery)
        with_deleted = query["deleted_participants"]
        wanted = self.matching(query)[window(query)]
        rows = shown_sessions(self.grant, wanted, canceled_participants=with_deleted)
        write = partial(self.written, deleted_participants=with_deleted)
        return Response(page_of(rows, query, write))

    def post(self, request: Request) -> Response:
        """Plan a session, with its first participants, all or nothing."""
        given = self.parsed(SessionRequest)
        planned = services.create_session(
            actor=self.actor, team_id=self.grant.team_id, api_key=self.grant.api_key, **given
        )
        return Response(self.written(planned_session(self.grant, *planned)))

    def matching(self, query: Mapping[str, Any]) -> SessionQuerySet:
        sessions = Session.objects.of_team(self.grant.team_id)
        if not query["include_canceled"]:
            sessions = sessions.not_canceled()
        start, end = query.get("start_time"), query.get("end_time")
        with_canceled = query["deleted_participants"]
        if "state" in query:
            sessions = sessions.with_participant_state(query["state"], canceled=with_canceled)
        order = ["starts_at", "id"] if start or end else ["id"]
        if query["order"] != "forward":
            order = [f"-{name}" for name in order]
        rows = sessions.within(start, end).order_by(*order)
        return behind(rows, Session.objects.of_team(self.grant.team_id), query.get("after"))


@extend_schema(exclude=True)
class SessionList(Sessions):
    """`/v1/session`: the document's spelling, of the list alone."""

    http_method_names = ["get", "head", "options"]


class OneSession(TeamView):
    @extend_schema(
        operation_id="get_session",
        tags=["sessions"],
        parameters=[ParticipantOptions],
        responses=SessionSerializer,
    )
    def get(self, request: Request, session_id: str) -> Response:
        """One session with its participants."""
        options = self.options_of(ParticipantOptions)
        return Response(self.shown_session(known_id(session_id), **options))

    @extend_schema(
        operation_id="update_session",
        tags=["sessions"],
        request=SessionChanges,
        responses=SessionSerializer,
    )
    def put(self, request: Request, session_id: str) -> Response:
        """Change name, picture or window until the session ends; what is left out stays."""
        session = self.find_session(session_id)
        changes = self.parsed(SessionChanges)
        if changes.get("ends_at", session.ends_at) is None and session.ends_at is not None:
            raise ValidationError({"end_time": ["This field may not be null."]})
        services.update_session(session, changes, actor=self.actor)
        return Response(self.shown_session(session.public_id))

    @extend_schema(operation_id="cancel_session", tags=["sessions"], responses={200: Ok})
    def delete(self, request: Request, session_id: str) -> Response:
        """Cancel a session that has not started, for good."""
        services.cancel_session(self.find_session(session_id), actor=self.actor)
        return Response({"ok": True})


class SessionParticipants(TeamView):
    @extend_schema(
        operation_id="list_participants",
        tags=["participants"],
        parameters=[ParticipantOptions],
        responses=ParticipantSerializer(many=True),
    )
    def get(self, request: Request, session_id: str) -> Response:
        """The participants, in the order they were added: a bare array."""
        options = self.options_of(ParticipantOptions)
        people = self.shown_session(known_id(session_id), **options)["participants"]
        if self.is_java_sdk:
            people = {"content": people, "page": 0, "page_size": len(people), "more": False}
        return Response(people)

    @extend_schema(
        operation_id="add_participant",
        tags=["participants"],
        request=ParticipantRequest,
        responses=ParticipantSerializer,
    )
    def post(self, request: Request, session_id: str) -> Response:
        """Invite one more person, also while the call runs."""
        session = self.find_session(session_id)
        given = self.parsed(ParticipantRequest)
        participant = services.add_participant(
            session, actor=self.actor, api_key=self.grant.api_key, **given
        )
        return Response(self.shown_participant(participant.public_id))


class OneParticipant(TeamView):
    @extend_schema(
        operation_id="get_participant", tags=["participants"], responses=ParticipantSerializer
    )
    def get(self, request: Request, participant_id: str) -> Response:
        """One participant."""
        return Response(self.shown_participant(known_id(participant_id)))

    @extend_schema(
        operation_id="update_participant",
        tags=["participants"],
        request=ParticipantChanges,
        responses=ParticipantSerializer,
    )
    def put(self, request: Request, participant_id: str) -> Response:
        """Change what is known of a person until the session ends; what is left out stays."""
        participant = self.find_participant(participant_id)
        changes = self.parsed(ParticipantChanges)
        services.update_participant(participant, changes, actor=self.actor)
        return Response(self.shown_participant(participant.public_id))

    @extend_schema(operation_id="cancel_participant", tags=["participants"], responses={200: Ok})
    def delete(self, request: Request, participant_id: str) -> Response:
        """Withdraw an invitation for good: its entry URL is dead from now on."""
        services.cancel_participant(self.find_participant(participant_id), actor=self.actor)
        return Response({"ok": True})
