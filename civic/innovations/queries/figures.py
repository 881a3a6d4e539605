"""Indicators and their values: the latest for the pages, all of them for the export."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, select

from civic.core.db import db
from civic.core.errors import Missing
from civic.core.paging import Order
from civic.innovations.models import Indicator, Innovation, Measurement

#: So many of the latest values are drawn and stand in the table beside the drawing.
DRAWN = 60
ORDER = Order((("measured_on", Measurement.measured_on), ("id", Measurement.id)))

_INDICATORS = (
    select(Indicator)
    .where(Indicator.innovation_id == bindparam("id"))
    .order_by(Indicator.created_at, Indicator.id)
)
_RANKED = (
    select(
        Measurement.indicator_id,
        Measurement.measured_on,
        Measurement.value,
        Measurement.note,
        func.row_number()
        .over(partition_by=Measurement.indicator_id, order_by=Measurement.measured_on.desc())
        .label("place"),
        func.count().over(partition_by=Measurement.indicator_id).label("total"),
    )
    .join(Indicator, Indicator.id == Measurement.indicator_id)
    .where(Indicator.innovation_id == bindparam("id"))
    .subquery()
)
_LATEST = (
    select(_RANKED)
    .where(_RANKED.c.place <= DRAWN)
    .order_by(_RANKED.c.indicator_id, _RANKED.c.measured_on)
)


class Value(NamedTuple):
    """One value on one day."""

    on: date
    value: Decimal
    note: str = ""


@dataclass
class Series:
    """An indicator with its latest values, the earliest first, and how many there are in all."""

    indicator: Indicator
    values: list[Value] = field(default_factory=list)
    total: int = 0

    @property
    def last(self) -> Value | None:
        return self.values[-1] if self.values else None

    @property
    def start(self) -> Decimal | None:
        """What the values are held against: the baseline, else the first value that is shown."""
        if self.indicator.baseline is not None:
            return self.indicator.baseline
        return self.values[0].value if self.values else None


def series(innovation: Innovation) -> list[Series]:
    """All indicators of an innovation with their latest values, in two queries."""
    found = {i.id: Series(i) for i in db.session.scalars(_INDICATORS, {"id": innovation.id})}
    for row in db.session.execute(_LATEST, {"id": innovation.id}) if found else ():
        one = found[row.indicator_id]
        one.values.append(Value(row.measured_on, row.value, row.note))
        one.total = row.total
    return list(found.values())


def get(innovation: Innovation, id: int) -> Indicator:
    """An indicator of this innovation; else `Missing`."""
    indicator = db.session.get(Indicator, id)
    if indicator is None or indicator.innovation_id != innovation.id:
        raise Missing
    return indicator


def value(indicator: Indicator, id: int) -> Measurement:
    """A value of this indicator; else `Missing`."""
    measurement = db.session.get(Measurement, id)
    if measurement is None or measurement.indicator_id != indicator.id:
        raise Missing
    return measurement


def values(indicator: Indicator) -> Select[Measurement]:
    """All values of an indicator, for a list by pages."""
    return select(Measurement).where(Measurement.indicator_id == indicator.id)


def count(indicator: Indicator) -> int:
    """How many values it has."""
    counted = select(func.count()).where(Measurement.indicator_id == indicator.id)
    return db.session.scalar(counted) or 0


def everything(indicator: Indicator) -> Sequence[Any]:
    """All values of an indicator, the earliest first, for the export; the service bounds them."""
    return db.session.execute(
        select(Measurement.measured_on, Measurement.value, Measurement.note)
        .where(Measurement.indicator_id == indicator.id)
        .order_by(Measurement.measured_on)
    ).all()


def with_values(found: Iterable[Series]) -> list[Series]:
    """Those that have something to show."""
    return [one for one in found if one.values]
