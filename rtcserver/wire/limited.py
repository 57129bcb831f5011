"""How many calls an API client may make, and how its answers say so."""

from typing import Any

from django.conf import settings
from limits import RateLimitItemPerMinute
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from rtcserver.wire.throttles import Usage, use


class ClientThrottle(BaseThrottle):
    """So many requests a minute for each API client, whatever the number of its tokens."""

    usage: Usage | None = None

    def allow_request(self, request: Request, view: Any) -> bool:
        grant: Any = request.auth
        if grant is None or not settings.RATE_LIMITS:
            return True
        limit = RateLimitItemPerMinute(settings.CALLS_PER_CLIENT_MINUTE)
        self.usage = view.usage = use(limit, "client", grant.api_key)
        return not self.usage.is_exceeded

    def wait(self) -> float | None:
        return self.usage.seconds if self.usage else None


class LimitedView(APIView):
    """A view for API clients; its answers say how many more calls the key has."""

    throttle_classes = [ClientThrottle]
    usage: Usage | None = None

    def finalize_response(self, request: Any, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        for name, value in self.usage.headers().items() if self.usage else ():
            response[name] = value
        return response
