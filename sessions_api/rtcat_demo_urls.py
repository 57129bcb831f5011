"""The open demo's three routes. A name comes before an id: `/tokens/tokens` is a name."""

from django.urls import path, re_path

from rtcserver.wire.rtcat import TOKENS_OF_SESSION
from sessions_api.rtcat_api import demo

urlpatterns = [
    path("sessions", demo.NewSession.as_view()),
    path("tokens/<str:name>", demo.TokenByName.as_view()),
    re_path(f"^{TOKENS_OF_SESSION.pattern}$", demo.TokenOfSession.as_view()),
]
