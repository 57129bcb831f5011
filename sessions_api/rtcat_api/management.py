"""`/v0.4` and `/v0.3` for back offices with an API key (contract B.3)."""

from typing import ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication import KeyHeaders
from rtcserver.counts import counted
from rtcserver.ids import parse_uuid
from rtcserver.wire.rtcat import PageQuery, RtcatView, page_of, rows_of
from sessions_api import services
from sessions_api.models import Participant, ParticipantQuerySet, Session, SessionQuerySet
from sessions_api.rtcat_api.demo import answer
from sessions_api.rtcat_api.forms import (
    Deleted,
    RtcatSession,
    RtcatSessionChanges,
    RtcatSessionPage,
    RtcatSessionRequest,
    RtcatToken,
    RtcatTokenChanges,
    RtcatTokenPage,
    RtcatTokenRequest,
    write_session,
    write_token,
)

TAGS = ["RTCat dialect"]
ONE_OR_MANY = PolymorphicProxySerializer(
    component_name="RtcatTokenOrTokens",
    serializers=[RtcatToken, RtcatToken(many=True)],
    resource_type_field_name=None,
    many=False,
)


class KeyView(RtcatView):
    """Every object is looked up inside the team of the key; what was deleted is not there."""

    authentication_classes = [KeyHeaders]

    def sessions(self) -> SessionQuerySet:
        return Session.objects.of_team(self.grant.team_id).not_canceled()

    def find_session(self, session_id: str) -> Session:
        session = self.sessions().filter(public_id=known_id(session_id)).first()
        if session is None:
            raise Http404
        return session

    def find_token(self, token: str) -> Participant:
        mine = Participant.objects.of_team(self.grant.team_id).not_canceled()
        mine = mine.filter(session__canceled_at=None).select_related("session")
        found = mine.filter(public_id=known_id(token)).first()
        if found is None:
            raise Http404
        return found


class Sessions(KeyView):
    permanent: ClassVar[bool | None] = None

    @extend_schema(
        operation_id="rtcat_list_sessions",
        tags=TAGS,
        parameters=[PageQuery],
        responses=RtcatSessionPage,
    )
    def get(self, request: Request) -> Response:
        """A page of the team's sessions, oldest first."""
        query = self.options_of(PageQuery)
        found = self.sessions()
        if self.permanent is not None:
            found = found.permanent(are=self.permanent)
        rows = map(write_session, found.order_by("id")[rows_of(query)])
        count = counted(found, f"rtcat.sessions.{self.grant.team_id}.{self.permanent}")
        return page_of(request, query, count, rows)

    @extend_schema(
        operation_id="rtcat_create_session",
        tags=TAGS,
        request=RtcatSessionRequest,
        responses={201: RtcatSession},
    )
    def post(self, request: Request) -> Response:
        """Make a session that is open from now on."""
        given = self.parsed(RtcatSessionRequest)
        session = services.open_session(
            actor=self.actor, team_id=self.grant.team_id, api_key=self.grant.api_key, **given
        )
        return Response(write_session(session), status=201)


class PermanentSessions(Sessions):
    http_method_names = ["get", "head"]
    schema = None
    permanent = True


class NonpermanentSessions(PermanentSessions):
    permanent = False


class OneSession(KeyView):
    @extend_schema(operation_id="rtcat_get_session", tags=TAGS, responses=RtcatSession)
    def get(self, request: Request, session_id: str) -> Response:
        """One session, expired or not."""
        return Response(write_session(self.find_session(session_id)))

    @extend_schema(
        operation_id="rtcat_update_session",
        tags=TAGS,
        request=RtcatSessionChanges,
        responses=RtcatSession,
    )
    def patch(self, request: Request, session_id: str) -> Response:
        """Change label, data and lifetime until it expires; what is left out stays."""
        session = self.find_session(session_id)
        changes = self.parsed(RtcatSessionChanges)
        timing = {name: changes.pop(name, None) for name in ("live_days", "permanent")}
        session = services.update_open_session(session, changes, actor=self.actor, **timing)
        return Response(write_session(session))

    @extend_schema(operation_id="rtcat_delete_session", tags=TAGS, responses={200: Deleted})
    def delete(self, request: Request, session_id: str) -> Response:
        """Delete a session with its tokens; who is inside is sent away."""
        services.withdraw_session(self.find_session(session_id), actor=self.actor)
        return Response({"delete": 1})


class Tokens(KeyView):
    permanent: ClassVar[bool | None] = None

    @extend_schema(
        operation_id="rtcat_list_tokens",
        tags=TAGS,
        parameters=[PageQuery],
        responses=RtcatTokenPage,
    )
    def get(self, request: Request, session_id: str) -> Response:
        """A page of the session's tokens, oldest first."""
        query = self.options_of(PageQuery)
        session = self.find_session(session_id)
        found = self.tokens_of(session)
        rows = (write_token(token, session) for token in found.order_by("id")[rows_of(query)])
        return page_of(request, query, found.count(), rows)

    @extend_schema(
        operation_id="rtcat_create_tokens",
        tags=TAGS,
        request=RtcatTokenRequest,
        responses={201: ONE_OR_MANY},
    )
    def post(self, request: Request, session_id: str) -> Response:
        """Make a token, or a list of `number` tokens alike."""
        session = self.find_session(session_id)
        given = self.parsed(RtcatTokenRequest)
        tokens = services.issue_tokens(
            session, actor=self.actor, api_key=self.grant.api_key, **given
        )
        return answer(tokens, session, given, status=201)

    def tokens_of(self, session: Session) -> ParticipantQuerySet:
        mine = Participant.objects.of_team(self.grant.team_id).not_canceled()
        mine = mine.filter(session=session)
        return mine if self.permanent is None else mine.permanent(are=self.permanent)


class PermanentTokens(Tokens):
    http_method_names = ["get", "head"]
    schema = None
    permanent = True


class NonpermanentTokens(PermanentTokens):
    permanent = False


class OneToken(KeyView):
    @extend_schema(operation_id="rtcat_get_token", tags=TAGS, responses=RtcatToken)
    def get(self, request: Request, token: str) -> Response:
        """One token, expired or not."""
        found = self.find_token(token)
        return Response(write_token(found, found.session))

    @extend_schema(
        operation_id="rtcat_update_token",
        tags=TAGS,
        request=RtcatTokenChanges,
        responses=RtcatToken,
    )
    def patch(self, request: Request, token: str) -> Response:
        """Change label, data and lifetime until it expires; what is left out stays."""
        found = self.find_token(token)
        changes = self.parsed(RtcatTokenChanges)
        timing = {name: changes.pop(name, None) for name in ("live_days", "permanent")}
        changed = services.update_token(found, changes, actor=self.actor, **timing)
        return Response(write_token(changed, found.session))

    @extend_schema(operation_id="rtcat_delete_token", tags=TAGS, responses={200: Deleted})
    def delete(self, request: Request, token: str) -> Response:
        """Delete a token: it opens nothing any more, and its holder is sent away."""
        services.withdraw_participant(self.find_token(token), actor=self.actor)
        return Response({"delete": 1})


def known_id(text: str) -> UUID:
    """Read an id from the path; what is no UUID is nobody's id."""
    if (known := parse_uuid(text)) is None:
        raise Http404
    return known
