"""`/v0.4` and its older alias `/v0.3`. No path but the root ends in a slash."""

from django.urls import path, re_path

from rtcserver.wire.rtcat import Info, UnknownPath
from sessions_api.rtcat_api import management as api

urlpatterns = [
    path("", Info.as_view()),
    path("sessions", api.Sessions.as_view()),
    path("sessions/permanent", api.PermanentSessions.as_view()),
    path("sessions/nonpermanent", api.NonpermanentSessions.as_view()),
    path("sessions/<str:session_id>", api.OneSession.as_view()),
    path("sessions/<str:session_id>/tokens", api.Tokens.as_view()),
    path("sessions/<str:session_id>/tokens/permanent", api.PermanentTokens.as_view()),
    path("sessions/<str:session_id>/tokens/nonpermanent", api.NonpermanentTokens.as_view()),
    path("tokens/<str:token>", api.OneToken.as_view()),
    re_path("", UnknownPath.as_view()),
]
