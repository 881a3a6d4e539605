"""Traces by OpenTelemetry, where its packages are installed and a collector is named."""

from __future__ import annotations

import os
from pkgutil import resolve_name
from typing import Any

from flask import Flask

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


def init_tracing(app: Flask, provider: Any = None) -> None:
    """Trace requests to the collector of the environment, or to a provider that is given."""
    if provider is None and not os.environ.get(ENDPOINT):
        return
    try:  # its packages are large, and a house without a collector needs none of them
        trace_requests = resolve_name("civic.core.spans:trace_requests")
    except ImportError:  # the extra `otel` is not there
        return
    trace_requests(app, provider)
