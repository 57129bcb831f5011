"""Figures of this process and of the installation, for Prometheus (docs/operations.md).

Every process answers `/metrics` with its own counters, so each is scraped at its own address.
What only the database knows is read when it is asked for: apps name it with `register`.
"""

import hmac
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, Counter, Gauge, Histogram
from prometheus_client import generate_latest as written
from prometheus_client.core import GaugeMetricFamily

from rtcserver.ids import new_public_id
from rtcserver.request_ids import request_id
from rtcserver.tracing import answered, request_span

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}  # clients invent more
REQUEST_ID = re.compile(r"[\w.-]{1,64}", re.ASCII)

requests = Counter("rtc_http_requests_total", "HTTP requests", ["method", "view", "status"])
seconds = Histogram("rtc_http_request_seconds", "Time in the view's thread", ["view"])
sockets = Gauge("rtc_sockets", "WebSockets that are open", ["kind"])
delivered = Counter("rtc_chat_deliveries_total", "Entries written to readers of conversations")


@dataclass(frozen=True, slots=True)
class Figure:
    """A gauge that is read from the database at each scrape: one query, by index."""

    name: str
    help: str
    read: Callable[[], float]


_figures: list[Figure] = []


def register(figure: Figure) -> None:
    """Have one more figure of the installation told; called once, while apps get ready."""
    _figures.append(figure)


class Measured:
    """Counts and times every request by its route, and names it in logs and answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        name = name_of(request.META.get("HTTP_X_REQUEST_ID", ""))
        token, start = request_id.set(name), time.perf_counter()
        method = request.method if request.method in METHODS else "other"
        try:
            with request_span(method, request.META) as span:
                answer = self._get_response(request)
                route = route_of(request)
                answered(span, method, route, answer.status_code)
        finally:
            request_id.reset(token)
        count(method, route, answer.status_code, time.perf_counter() - start)
        answer.headers["X-Request-ID"] = name
        return answer


def name_of(sent: str) -> str:
    """What a request is called: as its sender does, if that is harmless in a log."""
    return sent if REQUEST_ID.fullmatch(sent) else new_public_id()


def count(method: str, view: str, status: int, took: float) -> None:
    """Count an answered request; `method` is one of METHODS or `other`, `took` in seconds."""
    requests.labels(method, view, str(status)).inc()
    seconds.labels(view).observe(took)


def route_of(request: HttpRequest) -> str:
    """The pattern of the URL, which holds no id; one name for whatever has no view."""
    match = request.resolver_match
    return match.route if match else "none"


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """For who shows RTC_METRICS_TOKEN as a bearer token; without that setting there is none."""
    shown = request.META.get("HTTP_AUTHORIZATION", "")
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    if not settings.METRICS_TOKEN:
        return HttpResponse(status=404)
    if not hmac.compare_digest(shown.encode(), wanted.encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    return HttpResponse(written(REGISTRY), content_type=CONTENT_TYPE_LATEST)


class _Installation:
    """What every process tells alike."""

    def describe(self) -> Iterator[GaugeMetricFamily]:
        return iter(())  # nothing is read while the process starts

    def collect(self) -> Iterator[GaugeMetricFamily]:
        for figure in _figures:
            try:
                yield GaugeMetricFamily(figure.name, figure.help, value=figure.read())
            except Error:
                continue  # the database is away: /readyz says so


REGISTRY.register(_Installation())
