"""The open demo (contract B.2): what browsers call, for sessions of one configured team."""

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from rtcserver.ids import parse_uuid
from rtcserver.wire.forms import read
from rtcserver.wire.rtcat import DemoView
from sessions_api import services
from sessions_api.errors import UnknownSession
from sessions_api.models import Participant, Session
from sessions_api.rtcat_api.forms import DemoName, RtcatTokenRequest, write_session, write_token


class NewSession(DemoView):
    def get(self, request: Request) -> Response:
        """One more session, at each call."""
        return Response(write_session(services.open_demo_session(services.demo_team())))


class TokenOfSession(DemoView):
    def get(self, request: Request, session_id: str) -> Response:
        """A token of a session of the demo."""
        wanted = self.options_of(RtcatTokenRequest)
        team = services.demo_team()
        sessions = Session.objects.of_team(team.pk).not_canceled()
        known = parse_uuid(session_id)
        session = sessions.filter(public_id=known).first() if known else None
        if session is None:
            raise UnknownSession("There is no such session.")
        return answer(services.issue_demo_tokens(team, session, **wanted), session, wanted)


class TokenByName(DemoView):
    def get(self, request: Request, name: str) -> Response:
        """A token of the session of that name, which is made if there is none."""
        wanted = self.options_of(RtcatTokenRequest)
        name = read(DemoName, {"name": name})["name"]
        team = services.demo_team()
        session = services.named_session(team, name)
        return answer(services.issue_demo_tokens(team, session, **wanted), session, wanted)


def answer(
    tokens: list[Participant], session: Session, wanted: dict[str, Any], status: int = 200
) -> Response:
    """One token, or the list of several."""
    written = [write_token(token, session) for token in tokens]
    return Response(written if wanted.get("number", 1) > 1 else written[0], status=status)
