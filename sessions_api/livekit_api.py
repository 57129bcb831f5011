"""What a LiveKit server tells us: `POST /livekit/webhook`."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from rtcserver.ids import parse_uuid
from sessions_api import services
from sessions_api.media.livekit import BadWebhook, LiveKit, read_webhook

MAX_BODY = 64 * 1024  # bytes


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> JsonResponse:
    """Answer 200 to what is signed, whatever it says; 401 to anything else, 404 without LiveKit.

    Somebody who joins with a token that outlived their stay is removed again. The lobby and the
    attendance never follow these calls: they know better.
    """
    if settings.MEDIA_BACKEND != "livekit":
        return JsonResponse({"error": "not_found"}, status=404)
    if len(request.body) > MAX_BODY:
        return JsonResponse({"error": "body_too_large"}, status=413)
    try:
        event = read_webhook(request.headers.get("Authorization", ""), request.body)
    except BadWebhook:
        return JsonResponse({"error": "unauthorized"}, status=401)
    if event.get("event") == "participant_joined":
        room, identity = _id(event, "room", "name"), _id(event, "participant", "identity")
        if room and identity:
            services.keep_out(room, identity, server=LiveKit.name)
    return JsonResponse({"ok": True})


def _id(event: dict[str, Any], part: str, name: str) -> UUID | None:
    described = event.get(part)
    text = described.get(name) if isinstance(described, dict) else None
    return parse_uuid(text) if isinstance(text, str) else None
