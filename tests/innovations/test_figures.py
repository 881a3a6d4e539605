"""Indicators and measured values: entered, read from tables, drawn, taken along."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import delete, func, select

from civic.activity.models import Activity
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Forbidden, Missing, RuleBroken
from civic.innovations import reader, service
from civic.innovations.address import curve, figures, table
from civic.innovations.models import Indicator, Measurement, Stage
from civic.innovations.queries import figures as queries
from civic.innovations.queries.figures import Series, Value
from civic.innovations.reader import Row
from tests.make import make_user
from tests.make_innovations import make_indicator, make_innovation

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


def values(indicator):
    return {row.measured_on: row.value for row in queries.everything(indicator)}


def take(indicator, text, **more):
    raw = text if isinstance(text, bytes) else text.encode()
    return service.import_values(indicator.innovation.author, indicator, raw, **more)


# -- one by one ----------------------------------------------------------------------------------


def test_an_indicator_and_its_values(inside):
    innovation = make_innovation()
    indicator = make_indicator(innovation, unit="%", baseline=Decimal("12.5"), target=Decimal(90))
    service.enter_value(innovation.author, indicator, Row(0, JANUARY, Decimal("71.25"), "Anfang"))
    [series] = queries.series(innovation)
    assert series.last == Value(JANUARY, Decimal("71.25"), "Anfang")
    assert (series.total, series.start) == (1, Decimal("12.5"))


def test_ten_values_of_a_day_are_one_piece_of_news(inside):
    innovation = make_innovation()
    indicator = make_indicator(innovation, values={JANUARY: "1", FEBRUARY: "2"})
    take(indicator, "31.03.2026;3")
    measured = select(func.count()).where(Activity.verb == "innovation.measured")
    assert db.session.scalar(measured) == 1
    with clock.at(clock.now() + timedelta(days=1)):
        take(indicator, "30.04.2026;4")
    assert db.session.scalar(measured) == 2


def test_names_of_indicators_are_told_apart(inside):
    innovation = make_innovation()
    first = make_indicator(innovation)
    second = make_indicator(innovation, name="Helfende")
    with pytest.raises(RuleBroken) as broken:
        make_indicator(innovation, name=" Beratungen ")
    assert broken.value.field == "name"
    with pytest.raises(RuleBroken):
        service.edit_indicator(innovation.author, second, service.Measure("Beratungen"))
    service.edit_indicator(innovation.author, first, service.Measure("Gespräche", "Stück"))
    assert (first.name, first.unit, second.name) == ("Gespräche", "Stück", "Helfende")
    make_indicator(make_innovation())


def test_an_entry_has_a_dozen_indicators_at_most(inside):
    innovation = make_innovation()
    for n in range(service.figures.MOST_INDICATORS):
        make_indicator(innovation, name=f"Nummer {n}")
    with pytest.raises(RuleBroken):
        make_indicator(innovation, name="Eine zu viel")


def test_a_value_of_the_same_day_is_replaced_after_saying_so(inside):
    indicator = make_indicator(make_innovation(), values={JANUARY: "64"})
    author = indicator.innovation.author
    with pytest.raises(RuleBroken) as broken:
        service.enter_value(author, indicator, Row(0, JANUARY, Decimal(65)))
    assert broken.value.field == "measured_on"
    service.enter_value(author, indicator, Row(0, JANUARY, Decimal(65)), replace=True)
    assert values(indicator) == {JANUARY: Decimal(65)}


@pytest.mark.parametrize(
    ("day", "value"),
    [
        (date(2999, 1, 1), "1"),
        (date(1899, 12, 31), "1"),
        (JANUARY, "100000000000"),
        (JANUARY, "1.23456"),
    ],
)
def test_values_that_are_not_kept(inside, day, value):
    indicator = make_indicator(make_innovation())
    with pytest.raises(RuleBroken):
        service.enter_value(indicator.innovation.author, indicator, Row(0, day, Decimal(value)))


def test_the_largest_and_the_finest_value_come_back_as_they_were(inside):
    written = {JANUARY: "99999999999.9999", FEBRUARY: "-0.0001", MARCH: "-99999999999.9999"}
    indicator = make_indicator(make_innovation(), values=written)
    db.session.expire_all()
    assert values(indicator) == {day: Decimal(value) for day, value in written.items()}


def test_removing_takes_the_values_along(inside):
    innovation = make_innovation()
    indicator = make_indicator(innovation, values={JANUARY: "1", FEBRUARY: "2"})
    service.remove_value(innovation.author, db.session.scalars(queries.values(indicator)).first())
    assert len(values(indicator)) == 1
    service.remove_indicator(innovation.author, indicator)
    for table_of in (Indicator, Measurement):
        assert db.session.scalar(select(func.count()).select_from(table_of)) == 0


def test_nobody_else_touches_the_figures(inside):
    innovation = make_innovation()
    indicator = make_indicator(innovation, values={JANUARY: "1"})
    value = db.session.scalars(queries.values(indicator)).one()
    row = Row(0, FEBRUARY, Decimal(2))

    def try_all(actor):
        for act in (
            lambda: service.add_indicator(actor, innovation, service.Measure("Neu")),
            lambda: service.edit_indicator(actor, indicator, service.Measure("Neu")),
            lambda: service.enter_value(actor, indicator, row),
            lambda: service.import_values(actor, indicator, b"2026-02-28;2"),
            lambda: service.remove_value(actor, value),
            lambda: service.remove_indicator(actor, indicator),
        ):
            with pytest.raises(Forbidden):
                act()

    try_all(make_user())
    with transaction():
        innovation.state = Stage.ENDED
    try_all(innovation.author)


# -- tables --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "datum;wert;bemerkung\n31.01.2026;64;Anfang\n28.02.2026;1.112,5;\n",
        "2026-01-31;64;Anfang\r\n2026-02-28;1112,5\r\n",
        '\ufeffDatum,Wert\n31.1.2026,64,Anfang\n28.2.2026,"1112,5"\n',
        "date,value,note\n2026-01-31,64,Anfang\n2026-02-28,1112.5\n",
        "\n;;\n2026-01-31\t64\tAnfang\n\n2026-02-28\t1112.5\n",
        "31.01.2026 ; 64 % ; Anfang\n28.02.2026; 1 112,5 %;",
    ],
)
def test_tables_as_people_write_them(inside, text):
    indicator = make_indicator(make_innovation(), unit="%")
    taken = take(indicator, text)
    assert (taken.added, taken.replaced) == (2, 0)
    assert values(indicator) == {JANUARY: Decimal(64), FEBRUARY: Decimal("1112.5")}
    first = db.session.scalars(queries.values(indicator).where(Measurement.note == "Anfang")).one()
    assert first.recorded_by_id == indicator.innovation.author_id


def test_tables_of_older_spreadsheets_are_read_too(inside):
    indicator = make_indicator(make_innovation())
    take(indicator, "31.01.2026;64;Eröffnung".encode("cp1252"))
    assert db.session.scalars(queries.values(indicator)).one().note == "Eröffnung"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("31.02.2026;1", "is no date"),
        ("31/01/2026;1", "is no date"),
        ("01.01.2999;1", "future"),
        ("01.01.1800;1", "1900"),
        ("02.01.2026;viel", "is no number"),
        ("02.01.2026;", "is no number"),
        ("02.01.2026", "date and a value"),
        ("02.01.2026;1.284", "two ways"),
        ("02.01.2026;1,23456", "decimals"),
        ("02.01.2026;999999999999", "too large"),
        ("01.01.2026;5", "line %(line)s already"),
        ("02.01.2026;5;" + "x" * 201, "remark"),
        ("02.01.2026;=1+1", "is no number"),
    ],
)
def test_all_or_nothing_and_each_bad_line_by_its_number(inside, line, words):
    indicator = make_indicator(make_innovation())
    with pytest.raises(service.Faulty) as faulty:
        take(indicator, f"datum;wert\n01.01.2026;5\n\n{line}\n03.01.2026;7\n")
    [fault] = faulty.value.faults
    assert fault.line == 4
    assert words in fault.message
    assert values(indicator) == {}


def test_commas_that_nobody_can_tell_apart_are_no_value(inside):
    indicator = make_indicator(make_innovation())
    with pytest.raises(service.Faulty) as faulty:
        take(indicator, "31.01.2026,12,5\n28.02.2026,13,5,gut\n")
    assert [fault.line for fault in faulty.value.faults] == [1, 2]


def test_days_that_have_a_value_are_named_until_somebody_says_replace(inside):
    indicator = make_indicator(make_innovation(), values={JANUARY: "64"})
    text = "31.01.2026;65\n28.02.2026;70\n"
    with pytest.raises(service.Faulty) as faulty:
        take(indicator, text)
    assert [fault.line for fault in faulty.value.faults] == [1]
    assert values(indicator) == {JANUARY: Decimal(64)}
    assert take(indicator, text, replace=True) == service.Taken(added=1, replaced=1)
    assert values(indicator) == {JANUARY: Decimal(65), FEBRUARY: Decimal(70)}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"datum;wert;bemerkung\n",
        b"PK\x03\x04\x00\x00zip",
        b"x" * (reader.MOST_BYTES + 1),
        b"".join(b"01.01.2026;1\n" for _ in range(reader.MOST_LINES + 2)),
    ],
)
def test_what_is_no_table_or_too_large(inside, raw):
    indicator = make_indicator(make_innovation())
    with pytest.raises(RuleBroken) as broken:
        take(indicator, raw)
    assert broken.value.field == "file"


def test_a_thousand_lines_fit_and_five_thousand_values_are_kept(inside, monkeypatch):
    indicator = make_indicator(make_innovation())
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(reader.MOST_LINES)]
    text = "datum;wert\n" + "".join(f"{day};{n}\n" for n, day in enumerate(days))
    assert take(indicator, text).added == reader.MOST_LINES
    monkeypatch.setattr(service.figures, "MOST_VALUES", reader.MOST_LINES)
    take(indicator, text, replace=True)
    with pytest.raises(RuleBroken) as broken:
        take(indicator, "2019-12-31;1\n")
    assert broken.value.field == "file"
    assert queries.count(indicator) == reader.MOST_LINES
    [series] = queries.series(indicator.innovation)
    assert (len(series.values), series.total) == (queries.DRAWN, reader.MOST_LINES)
    assert series.last.on == days[-1]


def test_what_is_taken_along_is_harmless_and_can_be_read_back(inside):
    indicator = make_indicator(make_innovation(), values={JANUARY: "-1284.5", FEBRUARY: "70"})
    author = indicator.innovation.author
    service.enter_value(author, indicator, Row(0, MARCH, Decimal(3), '=HYPERLINK("x");"y"'))
    text = table.table_of(queries.everything(indicator))
    assert text.splitlines() == [
        "\ufeffdatum;wert;bemerkung",
        "2026-01-31;-1284,5;",
        "2026-02-28;70;",
        '2026-03-31;3;"\'=HYPERLINK(""x"");""y"""',
    ]
    before = values(indicator)
    assert take(indicator, text, replace=True).replaced == 3
    assert values(indicator) == before


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_no_text_becomes_a_formula(sign):
    assert table.harmless(f"{sign}1") == f"'{sign}1"
    assert table.harmless(f"1{sign}") == f"1{sign}"


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1284", "1284"),
        ("1.284,5", "1284.5"),
        ("1,284.5", "1284.5"),
        ("1.284.000", "1284000"),
        ("1,284,000.25", "1284000.25"),
        ("12,5", "12.5"),
        ("12.5", "12.5"),
        ("1,284", "1.284"),
        ("0.125", "0.125"),
        ("-3", "-3"),
        ("−3,5", "-3.5"),
        ("+4", "4"),
        ("1 284,5", "1284.5"),
        ("1'284", "1284"),
    ],
)
def test_numbers_as_people_write_them(text, number):
    assert reader.read_number(text) == Decimal(number)
    assert reader.read_number(reader.write_number(Decimal(number))) == Decimal(number)


@pytest.mark.parametrize(
    "text", ["", "x", "1e5", ".5", "5,", "1.2.3", "--1", "1.284", "NaN", "∞", "9" * 9999]
)
def test_what_is_no_number_or_more_than_one(text):
    with pytest.raises(RuleBroken):
        reader.read_number(text)


# -- drawings and their words --------------------------------------------------------------------


def series(*numbers, **changes):
    indicator = Indicator(**{"name": "Beratungen", "unit": ""} | changes)
    first = date(2025, 1, 1)
    found = [Value(first + timedelta(days=30 * n), Decimal(v)) for n, v in enumerate(numbers)]
    return Series(indicator, found, len(found))


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (series("64", "214", target=Decimal(180)), "Beratungen: Ziel erreicht"),
        (series("64", "122", target=Decimal(180)), "Beratungen: 50 Prozent des Weges zum Ziel"),
        (series("64", "60", target=Decimal(180)), "Beratungen: dem Ziel noch nicht näher"),
        (series("9", "2", target=Decimal(3)), "Beratungen: Ziel erreicht"),
        (series("9", "6", target=Decimal(3)), "Beratungen: 50 Prozent des Weges zum Ziel"),
        (series("64", "214"), "Beratungen: von 64 auf 214 gestiegen"),
        (series("64", "4.5", unit="%"), "Beratungen: von 64 auf 4,5\xa0% gesunken"),
        (series("64", "64"), "Beratungen: 64"),
        (series("80", baseline=Decimal(60)), "Beratungen: von 60 auf 80 gestiegen"),
        (series(), "Beratungen"),
    ],
)
def test_the_title_of_a_drawing_says_what_it_shows(app, one, words):
    with app.test_request_context("/"):
        assert figures.message(one) == words


def test_few_plain_values_are_columns_and_the_others_a_line():
    assert curve.fits_columns(series("64", "112"))
    assert not curve.fits_columns(series())
    assert not curve.fits_columns(series("64", "-1"))
    assert not curve.fits_columns(series("0.1", "0.3"))
    assert not curve.fits_columns(series("5", target=Decimal(-5)))
    assert not curve.fits_columns(series("5", target=Decimal(10**10)))
    assert not curve.fits_columns(series(*map(str, range(5, 14))))


@pytest.mark.parametrize(
    "one",
    [
        series("0"),
        series("64", "-112.5", "214", target=Decimal(180), baseline=Decimal(-10)),
        series("0.0003"),
        series("-5", "-7"),
        series("99999999999.9999", "1"),
        series(*map(str, range(60))),
    ],
)
def test_everything_lies_within_the_drawing(one):
    drawn = curve.curve(one)
    marks = [line.y for line in (*drawn.grid, drawn.target, drawn.baseline) if line]
    for y in (*marks, drawn.zero, *(point.y for point in drawn.points)):
        assert curve.TOP - 0.01 <= y <= curve.BOTTOM + 0.01
    assert all(curve.LEFT <= point.x <= curve.RIGHT for point in drawn.points)
    assert 2 <= len(drawn.grid) <= 8
    assert drawn.path.startswith("M")


def test_numbers_and_money_in_german(app):
    with app.test_request_context("/"):
        assert figures.figure(Decimal("1284.5000")) == "1.284,5"
        assert figures.with_unit(88, "%") == "88\N{NO-BREAK SPACE}%"


def remove_elsewhere(kind):
    """As another session does it: this one has not heard of it."""
    db.session.execute(delete(kind), execution_options={"synchronize_session": False})


def test_a_value_that_somebody_else_has_just_removed_is_not_there(inside):
    indicator = make_indicator(make_innovation(), values={JANUARY: "1"})
    [value] = db.session.scalars(select(Measurement)).all()
    remove_elsewhere(Measurement)
    with pytest.raises(Missing):
        service.remove_value(indicator.innovation.author, value)


def test_an_indicator_that_somebody_else_has_just_removed_takes_no_value(inside):
    indicator = make_indicator(make_innovation(), values={JANUARY: "1"})
    author = indicator.innovation.author
    remove_elsewhere(Indicator)
    with pytest.raises(Missing):
        service.enter_value(author, indicator, Row(0, FEBRUARY, Decimal(2)))
