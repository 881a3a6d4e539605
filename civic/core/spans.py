"""The spans of OpenTelemetry; loaded only where a collector is named.

One span a request, with its endpoint, method and status: no address of a client, no path and no
query ever gets into it, so nothing has to be taken out again.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask, Response, g, request
from opentelemetry import context, propagate, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from civic.core.slow import tally

try:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
except ImportError:
    OTLPSpanExporter = None


def trace_requests(app: Flask, provider: Any) -> None:
    """Make a span of each request; without a provider for the collector of the environment."""
    if provider is None:
        if OTLPSpanExporter is None:
            return
        provider = TracerProvider(resource=Resource.create({"service.name": "civic"}))
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    app.before_request(partial(_begin, provider.get_tracer("civic")))
    app.after_request(_note)
    app.teardown_request(_end)


def _begin(tracer: Any) -> None:
    """The trace of the proxy in front goes on."""
    parent = propagate.extract({"traceparent": request.headers.get("traceparent", "")})
    what = {"http.request.method": request.method}
    g.span = tracer.start_span(request.endpoint or "-", parent, trace.SpanKind.SERVER, what)
    g.span_context = context.attach(trace.set_span_in_context(g.span))


def _note(response: Response) -> Response:
    span = g.get("span")
    if span is not None:
        span.set_attribute("http.response.status_code", response.status_code)
        span.set_attribute("civic.request_id", g.get("request_id", ""))
        own = tally.get()
        span.set_attribute("civic.queries", own.queries if own else 0)
        if response.status_code >= 500:
            span.set_status(trace.StatusCode.ERROR)
    return response


def _end(error: BaseException | None) -> None:
    del error
    span = g.pop("span", None)
    if span is not None:
        context.detach(g.pop("span_context"))
        span.end()
