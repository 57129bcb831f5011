"""Traces over OTLP, if RTC_TRACES_URL says where: requests, operations of sockets, sweeps, SQL.

A span has what is written here and no more: routes instead of paths, statements without their
values, the kind of an error without its text. When nobody asks for traces a span costs nothing.
"""

import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.backends.signals import connection_created

MAX_STATEMENT = 2_000  # characters
EXPORT_SECONDS = 3  # how long a collector that does not answer may hold up the end of a process
QUIET = ("/livez", "/readyz", "/metrics")  # machines ask for them all day

_provider: Any = None
_tracer: Any = None


_NOTHING: AbstractContextManager[Any] = nullcontext()


def is_installed() -> bool:
    return find_spec("opentelemetry") is not None


def start(exporter: Any = None) -> None:
    """Begin to trace, if that is asked for.

    Args:
        exporter: Where spans go instead of RTC_TRACES_URL.
    """
    if not settings.TRACES_URL or not is_installed():  # rtc.E051 tells of the latter
        return
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider, sampling
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    some = sampling.TraceIdRatioBased(settings.TRACES_SHARE)
    provider = TracerProvider(
        # Whoever calls may add to a trace of theirs, and does not decide how many are sent.
        sampler=sampling.ParentBased(some, remote_parent_sampled=some),
        resource=Resource.create(
            {
                "service.name": "rtcserver",
                "service.instance.id": str(uuid.uuid4()),
                "deployment.environment.name": settings.PROFILE,
            }
        ),
    )
    sent_by = exporter or OTLPSpanExporter(settings.TRACES_URL, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(sent_by))
    global _provider, _tracer
    _provider, _tracer = provider, provider.get_tracer("rtcserver")
    connection_created.connect(_trace_statements, dispatch_uid="traces")
    for connection in connections.all(initialized_only=True):
        _trace_statements(connection)


def stop() -> None:
    """Send what is still to be sent, and trace no more; the end of a process does so too."""
    global _tracer
    if _tracer:
        _tracer = None
        _provider.shutdown()


def span(name: str, **attributes: Any) -> AbstractContextManager[Any]:
    """A piece of work, within the one in hand. Attributes are named `rtc.…`."""
    if _tracer is None:
        return _NOTHING
    return _begun(name, "INTERNAL", {f"rtc.{key}": value for key, value in attributes.items()})


def request_span(method: str, environ: Mapping[str, Any]) -> AbstractContextManager[Any]:
    """An HTTP request, within the trace that the caller's `traceparent` names."""
    if _tracer is None or environ.get("PATH_INFO") in QUIET:
        return _NOTHING
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    sent = {"traceparent": environ.get("HTTP_TRACEPARENT", "")}
    around = TraceContextTextMapPropagator().extract(sent)
    return _begun(method, "SERVER", {"http.request.method": method}, context=around)


def answered(span: Any, method: str, route: str, status: int) -> None:
    """Say of a request's span what is known by its end."""
    if span is None:
        return
    span.update_name(f"{method} {route}")
    span.set_attributes({"http.route": route, "http.response.status_code": status})
    if status >= 500:
        _failed(span, str(status))


def trace_id() -> str:
    """Of the span in hand, for the log; empty: there is none."""
    if _tracer is None:
        return ""
    from opentelemetry import trace

    known = trace.get_current_span().get_span_context()
    return trace.format_trace_id(known.trace_id) if known.is_valid else ""


@contextmanager
def _begun(name: str, kind: str, attributes: Mapping[str, Any], **options: Any) -> Iterator[Any]:
    from opentelemetry.trace import SpanKind

    with _tracer.start_as_current_span(
        name,
        kind=SpanKind[kind],
        attributes=attributes,
        record_exception=False,  # its text may quote what it was about
        set_status_on_exception=False,
        **options,
    ) as begun:
        try:
            yield begun
        except Exception as fault:
            _failed(begun, type(fault).__qualname__)
            raise


def _failed(span: Any, kind: str) -> None:
    from opentelemetry.trace import StatusCode

    span.set_attribute("error.type", kind)
    span.set_status(StatusCode.ERROR)


def _trace_statements(connection: Any, **signal: Any) -> None:
    if _execute not in connection.execute_wrappers:
        connection.execute_wrappers.append(_execute)


def _execute(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    """Run a statement, as a span if it belongs to one: what sweeps ask every second does not."""
    from opentelemetry import trace

    if _tracer is None or not trace.get_current_span().is_recording():
        return execute(sql, params, many, context)
    text = str(sql)
    told = {
        "db.system.name": context["connection"].vendor,
        "db.query.text": text[:MAX_STATEMENT],
    }
    with _begun(text.split(maxsplit=1)[0], "CLIENT", told):
        return execute(sql, params, many, context)
