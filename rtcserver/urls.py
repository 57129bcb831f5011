"""The map: URL prefix -> app."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from accounts.token_api import MetadataView
from rtcserver import health
from rtcserver.wire import liveroom
from sessions_api.pages import entry

LIVEROOM: list[URLPattern | URLResolver] = [
    path("", liveroom.Root.as_view()),
    path("", include("accounts.liveroom_urls")),
    path("", include("rooms.liveroom_urls")),
    re_path("^(?:oauth|auth_users|rooms)/", liveroom.UnknownApi.as_view()),  # what no app has
]
urlpatterns = [
    path("livez", health.livez),
    path("readyz", health.readyz),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("admin/", admin.site.urls),
    path(".well-known/oauth-authorization-server", MetadataView.as_view()),
    path("v1/schema", SpectacularAPIView.as_view(), name="schema"),
    path("v1/docs", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("v1/", include("accounts.urls")),
    path("v1/", include("rooms.urls")),
    path("v1/", include("sessions_api.urls")),
    path("session/<str:participant_id>", entry, name="entry"),
    path("helloworld", liveroom.HelloWorld.as_view()),
    *[path(f"{stage}base/v1/", include(LIVEROOM)) for stage in liveroom.STAGES],
]

handler400 = "rtcserver.wire.fallback.bad_request"
handler403 = "rtcserver.wire.fallback.permission_denied"
handler404 = "rtcserver.wire.fallback.not_found"
handler500 = "rtcserver.wire.fallback.server_error"
