"""A real server that speaks S3 over HTTP, for tests; it checks neither keys nor rights."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import boto3
from moto.server import ThreadedMotoServer

BUCKET = "media"
#: Any will do.
KEYS = {"AWS_ACCESS_KEY_ID": "tests", "AWS_SECRET_ACCESS_KEY": "tests"}


@contextmanager
def server() -> Iterator[str]:
    """Runs on a free port with one bucket, and ends whatever happens: its thread is no daemon."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    before = {name: os.environ.get(name) for name in KEYS}
    running = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    running.start()
    try:
        os.environ.update(KEYS)
        host, port = running.get_host_and_port()
        url = f"http://{host}:{port}"
        forget = Request(f"{url}/moto-api/reset", method="POST")  # noqa: S310 - what others kept
        urlopen(forget).close()  # noqa: S310 - this machine
        client = boto3.client("s3", endpoint_url=url, region_name="eu-central-1")
        place = {"LocationConstraint": "eu-central-1"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        yield url
    finally:
        running.stop()
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.__setitem__(name, value)
