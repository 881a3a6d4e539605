"""What an innovation brings about: its indicators and their measured values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import cast

from sqlalchemy import Table, delete, func, select
from sqlalchemy.exc import IntegrityError

from civic.accounts.models import Actor
from civic.activity import service as activity
from civic.activity.models import Activity
from civic.contributions import service as contributions
from civic.core import clock
from civic.core.db import db, transaction
from civic.core.errors import Missing, RuleBroken
from civic.core.language import N_
from civic.core.policy import demand
from civic.innovations import policy, reader
from civic.innovations.models import Indicator, Innovation, Measurement
from civic.innovations.reader import Fault, Row

#: More of either nobody reads, and each page of an innovation would carry them.
MOST_INDICATORS = 12
MOST_VALUES = 5000
MEASURED = "innovation.measured"
VALUES = cast("Table", Measurement.__table__)


@dataclass(frozen=True)
class Measure:
    """What is measured and how: the columns of an indicator that people fill in."""

    name: str
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    source: str = ""


@dataclass(frozen=True)
class Taken:
    """What an import has done."""

    added: int
    replaced: int


class Faulty(RuleBroken):
    """A table with lines that cannot be taken over; nothing of it was."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            N_("Nothing was taken over. Please correct the lines named below."), "file"
        )
        self.faults = faults


@transaction()
def add_indicator(actor: Actor, innovation: Innovation, measure: Measure) -> Indicator:
    """Begin to measure something. Raises `RuleBroken` where it is measured already."""
    contributions.lock(actor, innovation)
    demand(policy.may_edit, actor, innovation)
    count = select(func.count()).where(Indicator.innovation_id == innovation.id)
    if (db.session.scalar(count) or 0) >= MOST_INDICATORS:
        raise RuleBroken(
            N_("An entry has at most %(most)s indicators. Fewer are easier to read."),
            most=MOST_INDICATORS,
        )
    indicator = Indicator(innovation=innovation, created_at=clock.now(), **_columns(measure))
    try:
        with db.session.begin_nested():
            db.session.add(indicator)
    except IntegrityError as error:
        raise _same_name() from error
    return indicator


@transaction()
def edit_indicator(actor: Actor, indicator: Indicator, measure: Measure) -> None:
    """Change what is said about a measure; its values stay."""
    _hold(actor, indicator)
    try:
        with db.session.begin_nested():
            for name, value in _columns(measure).items():
                setattr(indicator, name, value)
    except IntegrityError as error:
        raise _same_name() from error


@transaction()
def remove_indicator(actor: Actor, indicator: Indicator) -> None:
    """Take a measure away with all its values; asked for on a page of its own."""
    _hold(actor, indicator)
    db.session.delete(indicator)
    db.session.flush()


def _columns(measure: Measure) -> dict[str, object]:
    if not measure.name:
        raise RuleBroken(N_("Please say what is measured."), "name")
    for name in ("baseline", "target"):
        if (value := getattr(measure, name)) is not None:
            reader.check_number(value)
    return vars(measure) | {"name": " ".join(measure.name.split())}


def _same_name() -> RuleBroken:
    return RuleBroken(N_("There is already an indicator with this name."), "name")


@transaction()
def enter_value(
    actor: Actor, indicator: Indicator, row: Row, *, replace: bool = False
) -> Measurement:
    """Enter the value of one day; with `replace` in place of one that is there.

    Raises `RuleBroken` where there is one and nobody said that it may go.
    """
    reader.check_day(row.on)
    reader.check_number(row.value)
    _hold(actor, indicator)
    old = db.session.scalar(
        select(Measurement).where(
            Measurement.indicator_id == indicator.id, Measurement.measured_on == row.on
        )
    )
    if old is not None and not replace:
        raise RuleBroken(
            N_("There is a value of this day already. Tick the box below to replace it."),
            "measured_on",
        )
    _write(actor, indicator, [row])
    _say_so(actor, indicator.innovation)
    return db.session.scalars(
        select(Measurement).where(
            Measurement.indicator_id == indicator.id, Measurement.measured_on == row.on
        )
    ).one()


@transaction()
def import_values(
    actor: Actor, indicator: Indicator, raw: bytes, *, replace: bool = False
) -> Taken:
    """Take a table over: all of it or nothing. Raises `Faulty` with every bad line."""
    demand(policy.may_edit, actor, indicator.innovation)
    sheet = reader.read(raw, indicator.unit)
    if sheet.faults:
        raise Faulty(sheet.faults)
    _hold(actor, indicator)
    known = _known(indicator, [row.on for row in sheet.rows])
    if known and not replace:
        raise Faulty([_is_known(row) for row in sheet.rows if row.on in known])
    _write(actor, indicator, sheet.rows)
    _say_so(actor, indicator.innovation)
    return Taken(added=len(sheet.rows) - len(known), replaced=len(known))


def _is_known(row: Row) -> Fault:
    return Fault(
        row.line, N_("There is a value of this day already. Tick the box below to replace it.")
    )


@transaction()
def remove_value(actor: Actor, measurement: Measurement) -> None:
    """Take one value away; it can be entered again at any time.

    Raises `Missing` where somebody else has just removed or replaced it.
    """
    _hold(actor, measurement.indicator)
    own = delete(Measurement).where(Measurement.id == measurement.id)
    if db.session.scalar(own.returning(Measurement.id)) is None:
        raise Missing


def _hold(actor: Actor, indicator: Indicator) -> None:
    """Values of an innovation are written one after the other, so that the counts hold.

    Raises `Missing` where somebody has just removed the indicator.
    """
    contributions.lock(actor, indicator.innovation)
    demand(policy.may_edit, actor, indicator.innovation)
    if db.session.scalar(select(Indicator.id).where(Indicator.id == indicator.id)) is None:
        raise Missing


def _say_so(actor: Actor, innovation: Innovation) -> None:
    """News once a day and person: ten values that somebody enters are one piece of news."""
    today = select(Activity.id).where(
        Activity.contribution_id == innovation.id,
        Activity.verb == MEASURED,
        Activity.actor_id == (actor.id or None),
        Activity.at >= clock.day_start(),
    )
    if db.session.scalars(today.limit(1)).first() is None:
        activity.record(actor, MEASURED, innovation)


def _known(indicator: Indicator, days: Sequence[date]) -> set[date]:
    """Those of these days that have a value."""
    return set(
        db.session.scalars(
            select(Measurement.measured_on).where(
                Measurement.indicator_id == indicator.id, Measurement.measured_on.in_(days)
            )
        )
    )


def _write(actor: Actor, indicator: Indicator, rows: Sequence[Row]) -> None:
    """Put the values in place of those of the same days. Raises `RuleBroken` beyond the limit."""
    days = [row.on for row in rows]
    db.session.execute(
        delete(Measurement)
        .where(Measurement.indicator_id == indicator.id, Measurement.measured_on.in_(days))
        .execution_options(synchronize_session="fetch")
    )
    count = select(func.count()).where(Measurement.indicator_id == indicator.id)
    if (db.session.scalar(count) or 0) + len(rows) > MOST_VALUES:
        raise RuleBroken(
            N_("An indicator keeps at most %(most)s values."), "file", most=MOST_VALUES
        )
    db.session.execute(VALUES.insert(), [_values(actor, indicator, row) for row in rows])


def _values(actor: Actor, indicator: Indicator, row: Row) -> Mapping[str, object]:
    return {
        "indicator_id": indicator.id,
        "measured_on": row.on,
        "value": row.value,
        "note": row.note,
        "recorded_by_id": actor.id or None,
        "created_at": clock.now(),
    }
