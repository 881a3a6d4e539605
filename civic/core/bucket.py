"""The store of files in a bucket of S3; loaded only where `CIVIC_MEDIA_URL` names one."""

from __future__ import annotations

import os
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import md5
from io import BytesIO
from typing import IO, Any

import boto3
from botocore.config import Config as Manner
from botocore.exceptions import BotoCoreError, ClientError

from civic.config import Bucket
from civic.core.logs import log
from civic.core.storage import KEY, FileGone, StorageError, StorageFull, Stored, checked, try_out

#: What S3 servers say when there is no such file, and when they have no room left.
GONE = frozenset({"404", "NoSuchKey", "NotFound"})
NO_ROOM = frozenset({"XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity", "507"})
#: Seconds for the way to the server and for each of its answers.
CONNECT, READ = 3, 15
#: Files that it names in one answer.
PAGE = 1000


@contextmanager
def _of_s3() -> Iterator[None]:
    try:
        yield
    except ClientError as fault:
        code = str(fault.response.get("Error", {}).get("Code", ""))
        if code in GONE:
            raise FileGone from fault
        log.error("store of files failed", error="ClientError", code=code)
        raise (StorageFull if code in NO_ROOM else StorageError) from fault
    except (BotoCoreError, OSError) as fault:
        log.error("store of files failed", error=type(fault).__name__)
        raise StorageError from fault


class S3Storage:
    """Files in a bucket. Keys for it are those of the environment (`AWS_ACCESS_KEY_ID` …)."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket
        self._guard = threading.Lock()
        self._made: tuple[int, Any] | None = None

    def put(self, key: str, data: bytes) -> None:
        digest = md5(data, usedforsecurity=False).digest()  # S3 compares it with what came
        with _of_s3():
            self._client().put_object(
                **self._at(key),
                Body=data,
                ContentMD5=b64encode(digest).decode(),
                ContentLength=len(data),
            )

    def open(self, key: str) -> IO[bytes]:
        """Read to its end at once: a line that breaks later would leave half an answer."""
        with _of_s3():
            body = self._client().get_object(**self._at(key))["Body"]
            try:
                return BytesIO(body.read())
            finally:
                body.close()

    def exists(self, key: str) -> bool:
        try:
            with _of_s3():
                self._client().head_object(**self._at(key))
        except FileGone:
            return False
        return True

    def delete(self, key: str) -> None:
        with _of_s3():
            self._client().delete_object(**self._at(key))

    def walk(self, below: str = "") -> Iterator[Stored]:
        start = self._name(checked(below) + "/") if below else self._name("")
        with _of_s3():
            pages = self._client().get_paginator("list_objects_v2")
            asked = {"Bucket": self.bucket.name, "Prefix": start}
            for page in pages.paginate(**asked, PaginationConfig={"PageSize": PAGE}):
                for entry in page.get("Contents", ()):
                    key = entry["Key"][len(self._name("")) :]
                    if KEY.fullmatch(key):
                        yield Stored(key, entry["Size"], entry["LastModified"].astimezone(UTC))

    def tidy(self, before: datetime) -> int:
        """A file comes into a bucket whole; nothing is ever half written."""
        del before
        return 0

    def check(self) -> None:
        try_out(self)

    def _name(self, key: str) -> str:
        return f"{self.bucket.prefix}/{key}" if self.bucket.prefix else key

    def _at(self, key: str) -> dict[str, str]:
        return {"Bucket": self.bucket.name, "Key": self._name(checked(key))}

    def _client(self) -> Any:
        """One a process: it may be used by all threads, but not by a process that was forked."""
        with self._guard:
            if self._made is None or self._made[0] != os.getpid():
                self._made = (os.getpid(), _client(self.bucket))
            return self._made[1]


def _client(bucket: Bucket) -> Any:
    manner = Manner(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"total_max_attempts": 2, "mode": "standard"},
        s3={"addressing_style": "path" if bucket.endpoint else "auto"},
        # Newer sums than MD5 are not known to every server that speaks S3.
        request_checksum_calculation="when_required",
        response_checksum_validation="when_required",
    )
    return boto3.session.Session().client(
        "s3",
        endpoint_url=bucket.endpoint or None,
        region_name=bucket.region or None,
        config=manner,
    )
