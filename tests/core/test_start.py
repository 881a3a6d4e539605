"""A process loads what its settings ask for: a start is what people wait for after a failure."""

from __future__ import annotations

import subprocess
import sys

from tests.machine import environment

LARGE = ("alembic", "boto3", "botocore", "flask_migrate", "icalendar", "opentelemetry", "redis")
PROGRAM = """
import sys
from civic.app import create_app
create_app()
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded(folder, **settings):
    own = {"CIVIC_INSTANCE_PATH": str(folder), "CIVIC_ENV": "production"}
    own |= {"CIVIC_SECRET_KEY": "Kf7-2mQx9_vRb4Lw8nTz1hYc6pJd3sGa"}
    own |= {"CIVIC_BASE_URL": "https://town.example"} | settings
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=environment() | own, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return set(done.stdout.split())


def test_a_plain_house_loads_no_library_that_it_does_not_use(tmp_path):
    found = loaded(tmp_path)
    assert {"flask", "sqlalchemy"} <= found
    assert found.isdisjoint(LARGE)


def test_a_house_loads_what_its_settings_name(tmp_path):
    found = loaded(
        tmp_path,
        CIVIC_REDIS_URL="redis://127.0.0.1:1/0",
        CIVIC_MEDIA_URL="s3://bucket",
        OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1",
    )
    assert {"boto3", "opentelemetry", "redis"} <= found
