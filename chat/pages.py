"""The web chat (docs/web-chat.md): one page for people, and for staff who look into a room."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.services import find_login
from chat.errors import UnknownConversation
from chat.frames import SUBPROTOCOL
from chat.page_texts import TEXTS
from chat.services import Speaker, conversation_for
from chat.staff_tickets import issue_staff_ticket, may_look
from rtcserver.wire.cookies import cookie_value


@never_cache
@require_safe
def web_chat(request: HttpRequest) -> HttpResponse:
    """The client itself; whom it speaks for is settled by its calls and its socket.

    `?conversation=` opens one. For staff at the console who may look into conversations it is
    shown as it is read by staff; 404 if there is none in their teams.
    """
    wanted = request.GET.get("conversation", "")
    shown: dict[str, Any] = {
        "conversation": wanted,
        "socket": "/ws/chat",
        "protocol": SUBPROTOCOL,
        "signedIn": find_login(cookie_value(request)) is not None,
        "staff": None,
    }
    if wanted and may_look(request.user):
        shown["staff"] = _seen_by_staff(request.user, wanted)
    response = render(request, "chat/page.html", {"boot": shown, "texts": TEXTS})
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@never_cache
@require_safe
def staff_ticket(request: HttpRequest) -> HttpResponse:
    """What opens the socket for the staff whose console login asks: `{"ticket"}`, or 403."""
    user: Any = request.user
    if not may_look(user):
        return JsonResponse({}, status=403)
    return JsonResponse({"ticket": issue_staff_ticket(user)})


def _seen_by_staff(user: Any, wanted: str) -> dict[str, str]:
    try:
        found = conversation_for(speaker=Speaker.staff(user), public_id=wanted)
    except UnknownConversation:
        raise Http404 from None
    return {
        "name": user.name or user.username,
        "title": str(found),
        "ticket": reverse("staff_ticket"),
    }
