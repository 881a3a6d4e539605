"""Traces are there when they are asked for, and tell nothing of who asked."""

from __future__ import annotations

import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from civic.app import create_app
from civic.core import spans as spans_of_requests
from civic.core import tracing
from tests.conftest import make_config

CANARY = "kanarienvogel"
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def house(tmp_path):
    return create_app(make_config(f"sqlite:///{tmp_path / 'x'}", tmp_path))


@pytest.fixture
def spans(house):
    kept = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing.init_tracing(house, provider)
    yield kept.get_finished_spans
    provider.shutdown()


def test_a_request_is_a_span(house, spans):
    house.test_client().get("/healthz", headers={"traceparent": PARENT})
    (span,) = spans()
    assert span.name == "health.healthz"
    assert span.attributes["http.response.status_code"] == 200
    assert span.attributes["civic.queries"] == 0
    assert f"{span.context.trace_id:032x}" == PARENT.split("-")[1]


def test_nothing_of_who_asked_is_in_it(house, spans):
    headers = dict.fromkeys(("User-Agent", "Referer", "X-Forwarded-For", "Cookie"), CANARY)
    headers |= {"traceparent": CANARY, "tracestate": CANARY, "baggage": f"a={CANARY}"}
    client = house.test_client()
    client.get(f"/{CANARY}?q={CANARY}", headers=headers, environ_overrides={"REMOTE_ADDR": CANARY})
    (span,) = spans()
    assert CANARY not in span.to_json()


@pytest.mark.parametrize("missing", ["collector", "exporter", "all packages"])
def test_without_packages_or_a_collector_nothing_is_traced(house, monkeypatch, missing):
    if missing != "collector":
        monkeypatch.setenv(tracing.ENDPOINT, "http://127.0.0.1:1")
    if missing == "exporter":
        monkeypatch.setattr(spans_of_requests, "OTLPSpanExporter", None)
    if missing == "all packages":
        monkeypatch.setitem(sys.modules, "civic.core.spans", None)
    before = len(house.before_request_funcs[None])
    tracing.init_tracing(house)
    assert len(house.before_request_funcs[None]) == before
