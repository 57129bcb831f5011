"""The map: URL prefix -> app."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.sealtalk_urls import one_person
from accounts.token_api import MetadataView
from chat.pages import staff_ticket, web_chat
from rtcserver.front import home
from rtcserver.wire import liveroom, rtcat
from rtcserver.wire.sealtalk import UnknownPath
from sessions_api.livekit_api import webhook
from sessions_api.pages import diagnose, entry, invitation

LIVEROOM: list[URLPattern | URLResolver] = [
    path("", liveroom.Root.as_view()),
    path("", include("accounts.liveroom_urls")),
    path("", include("rooms.liveroom_urls")),
    re_path("^(?:oauth|auth_users|rooms)/", liveroom.UnknownApi.as_view()),  # what no app has
]
urlpatterns = [
    path("", home, name="home"),
    *[path(f"{stage}base/v1/", include(LIVEROOM)) for stage in liveroom.STAGES],  # most calls
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path(".well-known/oauth-authorization-server", MetadataView.as_view()),
    path("v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("v1/", include("accounts.urls")),
    path("v1/", include("rooms.urls")),
    path("v1/", include("sessions_api.urls")),
    path("v1/", include("chat.urls")),
    path("session/<str:participant_id>.ics", invitation, name="invitation"),
    path("auth/", include("accounts.chatroom_urls")),
    path("chatroom/", include("chat.chatroom_urls")),
    path("session/<str:participant_id>", entry, name="entry"),
    path("diagnose", diagnose, name="diagnose"),
    path("livekit/webhook", webhook),
    *[path(f"{version}/", include("sessions_api.rtcat_urls")) for version in rtcat.VERSIONS],
    path("", include("sessions_api.rtcat_demo_urls")),
    path("chat", web_chat, name="web_chat"),
    path("chat/ticket", staff_ticket, name="staff_ticket"),
    path("", include("social.sealtalk_urls")),  # before accounts, whose /user/:id takes any word
    path("", include("accounts.sealtalk_urls")),
    path("", include("chat.sealtalk_urls")),
    one_person,
    re_path(r"^(user|friendship|group|misc)(/|$)", UnknownPath.as_view()),  # last of that dialect
    path("helloworld", liveroom.HelloWorld.as_view()),
]

handler400 = "rtcserver.wire.fallback.bad_request"
handler403 = "rtcserver.wire.fallback.permission_denied"
handler404 = "rtcserver.wire.fallback.not_found"
handler500 = "rtcserver.wire.fallback.server_error"
