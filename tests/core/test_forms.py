"""Fields of the house: days and sums, written as people write them."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict
from wtforms.validators import Optional

from civic.core.forms import Day, Euros, Form

BEFORE = date(2026, 3, 1)


class _Form(Form):
    class Meta:
        csrf = False

    day = Day("Day", [Optional()])
    sum = Euros("Sum", [Optional()])


@pytest.fixture
def sent(app):
    """The form as it comes back: what it had before, and what somebody typed."""

    def fill(**typed):
        form = _Form(MultiDict(typed), data={"day": BEFORE, "sum": 100})
        form.validate()
        return form

    with app.test_request_context():
        yield fill


@pytest.mark.parametrize("text", ["24.12.2026", " 24.12.2026 ", "2026-12-24", "24.12.26"])
def test_days_as_people_and_machines_write_them(sent, text):
    form = sent(day=text)
    assert (form.day.data, form.day.errors) == (date(2026, 12, 24), [])


@pytest.mark.parametrize("text", ["morgen", "31.2.2026", "24.12.0226", "24.12.9026", "24/12/2026"])
def test_what_is_no_day_is_shown_again(sent, text):
    form = sent(day=text)
    assert (form.day.data, form.day._value()) == (None, text)
    assert "24.12.2026" in form.day.errors[0]


def test_an_emptied_field_takes_the_day_and_the_sum_away(sent):
    form = sent(day="", sum=" ")
    assert (form.day.data, form.sum.data, form.errors) == (None, None, {})


def test_a_field_that_was_not_sent_stays_as_it_was(sent):
    form = sent(day="24.12.2026")
    assert form.sum.data == 100
    assert sent(sum="1").day.data == BEFORE


@pytest.mark.parametrize(
    "text",
    ["3.200 €", "3200", "3.200,00 Euro", "3,200", "EUR 3200", "3200,-", "3 200 Euros", "3'200"],
)
def test_sums_in_whole_euros(sent, text):
    form = sent(sum=text)
    assert (form.sum.data, form.sum.errors) == (3200, [])


@pytest.mark.parametrize(
    "text",
    ["12,5", "-3", "viel", "3.20", "1.234,567", "99999999999", "9" * 9999, "1" + " " * 60 + "€"],
)
def test_what_is_no_sum(sent, text):
    form = sent(sum=text)
    assert (form.sum.data, form.sum._value()) == (None, text)
    assert form.sum.errors


def test_the_largest_sum_fits_its_column(sent):
    assert sent(sum="2.000.000.000").sum.data == 2_000_000_000
    assert sent(sum="2.000.000.001").sum.errors
