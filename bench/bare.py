"""The limits of the framework, beside the product: bare views with the same SQL."""

from django.db import connection, transaction
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.views import APIView

from sessions_api.models import Session

SESSION = """
    INSERT INTO sessions_api_session (public_id, team_id, client_id, name, starts_at, ends_at,
        date_style, feature_flags, route, has_lobby, media, revision, created_at)
    SELECT gen_random_uuid(), team_id, client_id, name, starts_at, ends_at, date_style,
        feature_flags, route, has_lobby, media, 0, now()
    FROM sessions_api_session WHERE public_id = %s RETURNING id"""
PEOPLE = """
    INSERT INTO sessions_api_participant (public_id, peer_id, session_id, role, can_publish,
        created_at)
    VALUES (gen_random_uuid(), gen_random_uuid(), %s, 'host', true, now()),
        (gen_random_uuid(), gen_random_uuid(), %s, 'guest', true, now())"""
EVENT = """
    INSERT INTO rtcserver_event (transaction, type, subject_kind, subject_id, actor_kind,
        actor_id, dialect, payload, happened_at)
    VALUES (pg_current_xact_id()::text::bigint, 'session.created', 'session', '-', 'api_client',
        '-', 'coviu', '{}', now())"""


class BareSession(APIView):
    authentication_classes: list = []
    permission_classes: list = []

    def get(self, request, public_id):
        row = Session.across_teams.values("public_id", "name", "starts_at").get(public_id=public_id)
        return Response(row)

    def post(self, request, public_id):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(SESSION, [public_id])
            [row] = cursor.fetchone()
            cursor.execute(PEOPLE, [row, row])
            cursor.execute(EVENT)
        return Response({"id": row})


urlpatterns = [
    path("bare/<uuid:public_id>", BareSession.as_view()),
    path("", include("rtcserver.urls")),
]
