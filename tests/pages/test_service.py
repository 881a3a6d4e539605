"""Texts of the operator and reports of barriers."""

from __future__ import annotations

import pytest

from civic.accounts.models import Nobody, System
from civic.core.db import db
from civic.core.errors import Forbidden, RuleBroken
from civic.core.html import MAX_SOURCE
from civic.core.outbox import Mail
from civic.pages import queries, service
from civic.pages.models import Feedback, PageName, PageText

pytestmark = pytest.mark.usefixtures("inside")
IMPRINT = PageName.IMPRINT


@pytest.mark.parametrize("name", PageName)
@pytest.mark.parametrize("language", ["de", "en"])
def test_every_page_ships_with_a_text(name, language):
    text = queries.shown(name, language)
    assert not text.is_own
    assert text.language == language
    assert len(text.body_html) > 500
    assert "<h1" not in text.body_html


def test_an_own_text_replaces_the_shipped_one():
    assert service.set_text(System(), IMPRINT, "de", "Stadt **Lindfurt**")
    text = queries.shown(IMPRINT, "de")
    assert text.is_own
    assert text.body_html.strip() == "<p>Stadt <strong>Lindfurt</strong></p>"
    assert service.set_text(System(), IMPRINT, "de", "Neu")
    assert db.session.query(PageText).count() == 1


def test_an_own_text_stands_in_for_a_language_that_has_none():
    service.set_text(System(), IMPRINT, "de", "Stadt Lindfurt")
    assert queries.shown(IMPRINT, "en").language == "de"
    assert not queries.shown(PageName.PRIVACY, "en").is_own


@pytest.mark.parametrize("body", ["", "  \n", None])
def test_back_to_the_shipped_text(body):
    service.set_text(System(), IMPRINT, "de", "Stadt Lindfurt")
    body = queries.shipped(IMPRINT, "de").body if body is None else body
    assert not service.set_text(System(), IMPRINT, "de", body)
    assert db.session.query(PageText).count() == 0


def test_limits_of_a_text():
    with pytest.raises(RuleBroken):
        service.set_text(System(), IMPRINT, "de", "x" * (MAX_SOURCE + 1))
    with pytest.raises(RuleBroken):
        service.set_text(System(), IMPRINT, "fr", "Bonjour")
    with pytest.raises(Forbidden):
        service.set_text(Nobody(), IMPRINT, "de", "Meins")


def test_a_report_is_kept_and_mailed():
    service.report_barrier(
        Nobody(),
        page="/ideen",
        body="Kein Kontrast",
        email="a@example.org",
        contact="k@example.org",
    )
    kept = db.session.query(Feedback).one()
    assert (kept.page, kept.body, kept.email) == ("/ideen", "Kein Kontrast", "a@example.org")
    mail = db.session.query(Mail).one()
    assert mail.recipient == "k@example.org"
    assert "Kein Kontrast" in mail.text
    assert "http://localhost/ideen" in mail.text
    assert "a@example.org" in mail.text


def test_a_report_needs_words():
    with pytest.raises(RuleBroken):
        service.report_barrier(Nobody(), page="/", body="", email="", contact="k@example.org")
    assert db.session.query(Mail).count() == 0
