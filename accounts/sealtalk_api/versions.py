"""What clients ask about themselves: is there a newer one?"""

import re
from typing import Any

from django.conf import settings
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.sealtalk_api import forms
from accounts.sealtalk_api.entry import TAG
from rtcserver.wire.sealtalk import OpenView

UPDATE_FACTS = ("version", "url", "name", "notes", "pub_date")


class LatestUpdate(OpenView):
    @extend_schema(
        operation_id="sealtalk_latest_update",
        tags=[TAG],
        auth=[],
        parameters=[forms.VersionQuery],
        responses={200: forms.DesktopUpdate, 204: OpenApiResponse(description="Up to date.")},
    )
    def get(self, request: Request) -> Response:
        """The newest desktop client as Squirrel.Mac reads it, bare; or 204."""
        mine = self.parsed(forms.VersionQuery, request.query_params)["version"]
        update = settings.DESKTOP_UPDATE
        if precedence(mine) >= precedence(update.get("version", "0.0.0-0")):
            return Response(status=204)
        return Response({name: update.get(name, "") for name in UPDATE_FACTS})


class ClientVersion(OpenView):
    @extend_schema(
        operation_id="sealtalk_client_version",
        tags=[TAG],
        auth=[],
        responses=forms.ClientVersions,
    )
    def get(self, request: Request) -> Response:
        """The newest apps, bare."""
        ios = settings.CLIENT_VERSIONS.get("iOS", {})
        android = settings.CLIENT_VERSIONS.get("Android", {})
        return Response(
            {
                "iOS": {name: ios.get(name, "") for name in ("version", "build", "url")},
                "Android": {name: android.get(name, "") for name in ("version", "url")},
            }
        )


def precedence(version: str) -> tuple[Any, ...]:
    """A key that sorts versions as semver.org 2.0.0, clause 11, does."""
    core, _dash, extra = version.lstrip("v").partition("+")[0].partition("-")
    numbers = tuple(int(number) for number in re.findall(r"[0-9]+", core)[:3])
    # A pre-release comes before its release; its numbers come before its words.
    parts = tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in extra.split(".")
    )
    return (numbers, (0, parts) if extra else (1, ()))
