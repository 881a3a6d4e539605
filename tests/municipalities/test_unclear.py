"""Who names a municipality in words is asked which one is meant, on every list alike."""

from __future__ import annotations

import pytest

from civic.core.db import db
from tests.make import make_municipality

LISTS = (
    "/ideen",
    "/projekte",
    "/projekte/gesucht",
    "/innovationen",
    "/innovationen/boerse",
    "/erprobungsraeume",
    "/organisationen",
)
ASKED, UNKNOWN = "Welche Kommune meinen Sie", "Wir kennen keine Kommune"


@pytest.fixture
def two_bearers(app):
    """Two places of the same name, in two counties."""
    with app.app_context():
        for kreis in ("Auental", "Bergland"):
            make_municipality("Neustadt", parent=make_municipality(kreis))
        db.session.commit()


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("said", "question"), [("Neustadt", ASKED), ("Xqzwy", UNKNOWN), ("", ""), (" ", "")]
)
def test_a_list_asks_where_it_is_not_clear(browser, two_bearers, path, said, question):
    page = browser.get(path, query_string={"kommune": said}).text
    assert (ASKED in page) is (question == ASKED)
    assert (UNKNOWN in page) is (question == UNKNOWN)
