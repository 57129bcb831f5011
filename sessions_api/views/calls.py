"""The lobby and the attendance of a session, for the back office of its team."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.wire.coviu import Ok
from rtcserver.wire.pages import PageQuery, page_of, window
from sessions_api import attendance, services
from sessions_api.errors import SessionCanceled
from sessions_api.models import CallEntryQuerySet, Session
from sessions_api.serializers import CallEntryPage, entry_writer
from sessions_api.views.base import TeamView


class CallView(TeamView):
    def find_running(self, session_id: str) -> Session:
        """A session of the team that was not cancelled."""
        session = self.find_session(session_id)
        if session.canceled_at is not None:
            raise SessionCanceled("The session was canceled.")
        return session

    def page(self, session: Session, entries: CallEntryQuerySet) -> Response:
        query = self.options_of(PageQuery)
        rows = list(entries.select_related("participant")[window(query)])
        always_iso = self.is_java_sdk or session.date_style == Session.DateStyle.ISO
        write = entry_writer(iso_dates=always_iso).to_representation
        return Response(page_of(rows, query, write))


class WaitingPeople(CallView):
    @extend_schema(
        operation_id="list_waiting",
        tags=["calls"],
        parameters=[PageQuery],
        responses=CallEntryPage,
    )
    def get(self, request: Request, session_id: str) -> Response:
        """Who waits to be let in, in the order of the queue."""
        session = self.find_running(session_id)
        return self.page(session, attendance.entries_of(session).waiting())


class Attendance(CallView):
    @extend_schema(
        operation_id="list_attendance",
        tags=["calls"],
        parameters=[PageQuery],
        responses=CallEntryPage,
    )
    def get(self, request: Request, session_id: str) -> Response:
        """Every stay of every person, in the order of their arrival."""
        session = self.find_running(session_id)
        return self.page(session, attendance.entries_of(session))


class AttendanceFile(CallView):
    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(request, force=True)  # a file whatever is asked

    @extend_schema(
        operation_id="export_attendance",
        tags=["calls"],
        responses={(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR, "A row for each stay.")},
    )
    def get(self, request: Request, session_id: str) -> HttpResponse:
        """The same as a file for spreadsheets; times in UTC."""
        return attendance.as_file(self.find_running(session_id))


class AdmitParticipant(TeamView):
    @extend_schema(operation_id="admit_participant", tags=["calls"], request=None, responses=Ok)
    def post(self, request: Request, participant_id: str) -> Response:
        """Let a waiting person in; nothing changes if they are inside already."""
        services.admit(self.find_participant(participant_id), actor=self.actor)
        return Response({"ok": True})


class RefuseParticipant(TeamView):
    @extend_schema(operation_id="refuse_participant", tags=["calls"], request=None, responses=Ok)
    def post(self, request: Request, participant_id: str) -> Response:
        """Send a waiting person away. They may ask again; to end that, cancel the participant."""
        services.refuse(self.find_participant(participant_id), actor=self.actor)
        return Response({"ok": True})


class EjectParticipant(TeamView):
    @extend_schema(operation_id="eject_participant", tags=["calls"], request=None, responses=Ok)
    def post(self, request: Request, participant_id: str) -> Response:
        """Put a person out of the call; they come back only if somebody admits them anew."""
        services.eject(self.find_participant(participant_id), actor=self.actor)
        return Response({"ok": True})
