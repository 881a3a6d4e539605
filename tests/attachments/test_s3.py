"""The whole way of a file with a real server that speaks S3."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from flask import Flask

from civic.accounts.models import System
from civic.attachments import service
from civic.attachments.models import Attachment
from civic.attachments.service import clearing
from civic.config import Bucket
from civic.core.bucket import S3Storage
from civic.core.db import db, transaction
from civic.core.storage import EXTENSION
from civic.ideas.models import Idea
from tests.attachments import files
from tests.attachments.files import ALT
from tests.make import make_idea, make_user
from tests.s3 import BUCKET, server

AUTHOR = 821


@pytest.fixture(scope="module")
def s3_url() -> Iterator[str]:
    with server() as url:
        yield url


@pytest.fixture
def bucket(app: Flask, s3_url: str) -> Iterator[S3Storage]:
    usual = app.extensions[EXTENSION]
    store = S3Storage(Bucket(BUCKET, "town", endpoint=s3_url, region="eu-central-1"))
    app.extensions[EXTENSION] = store
    for each in list(store.walk()):
        store.delete(each.key)
    yield store
    app.extensions[EXTENSION] = usual


@pytest.fixture
def idea(app: Flask, bucket) -> int:
    with app.app_context(), transaction():
        return make_idea(make_user(id=AUTHOR)).id


def keys(store: S3Storage) -> set[str]:
    return {each.key for each in store.walk()}


def test_a_file_comes_is_read_and_goes(app, bucket, idea, browser):
    browser.sign_in(AUTHOR)
    url = f"/beitraege/{idea}/anhaenge"
    browser.post(url, file=(BytesIO(files.picture()), "baum.jpg"), alt=ALT)
    browser.post(url, file=(BytesIO(files.PDF), "Plan.pdf"))
    with app.app_context():
        picture, plan = db.session.query(Attachment).order_by(Attachment.id)
        assert keys(bucket) == {*picture.keys, *plan.keys}
        ids, widths = (picture.id, plan.id), picture.widths
    for width in widths:
        shown = browser.client.get(f"/anhaenge/{ids[0]}/{width}.webp")
        assert (shown.status_code, shown.data[8:12]) == (200, b"WEBP")
    assert browser.get(f"/anhaenge/{ids[1]}/Plan.pdf").response.data == files.PDF
    for id in ids:
        browser.post(f"/anhaenge/{id}/entfernen")
    with app.app_context():
        service.clear_gone(System())
    assert keys(bucket) == set()


def test_a_refused_row_leaves_nothing_in_the_bucket(app, bucket, idea):
    with app.app_context():
        for _ in range(2):
            thing = db.session.get_one(Idea, idea)
            add = {"data": files.PDF, "name": "x.pdf"}
            if keys(bucket):
                with pytest.raises(Exception, match="here already"):
                    service.add_file(thing.author, thing, **add)
            else:
                service.add_file(thing.author, thing, **add)
        assert len(keys(bucket)) == 1


def test_a_server_that_is_away_is_told_in_the_form(app, bucket, idea, browser):
    app.extensions[EXTENSION] = S3Storage(
        Bucket(BUCKET, endpoint="http://127.0.0.1:9", region="eu-central-1")
    )
    browser.sign_in(AUTHOR)
    page = browser.post(
        f"/beitraege/{idea}/anhaenge", 503, file=(BytesIO(files.PDF), "x.pdf"), alt=ALT
    )
    page.one("div", id="error_summary")
    with app.app_context():
        assert db.session.query(Attachment).count() == 0


def test_the_sweep_knows_the_bucket(app, bucket, idea, monkeypatch):
    monkeypatch.setattr(clearing, "ABANDONED", -clearing.ABANDONED)
    bucket.put(f"attachments/ab/{'0' * 32}.pdf", b"x")
    bucket.put("logos/x-128.webp", b"x")
    with app.app_context():
        assert service.sweep(System()) == 1
    assert keys(bucket) == {"logos/x-128.webp"}
