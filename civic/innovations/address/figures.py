"""Figures in words: numbers with units, money, and what a series of values says."""

from __future__ import annotations

from decimal import Decimal

from babel import numbers
from flask_babel import gettext as _

from civic.core.language import current_language, show_date, translate_number
from civic.innovations.models import Innovation
from civic.innovations.queries.figures import Series, Value
from civic.innovations.reader import Fault

PERCENT = 100


def figure(value: Decimal | int) -> str:
    """A measured value with all its decimals: "1.284,5"."""
    return str(numbers.format_decimal(value, format="#,##0.####", locale=current_language()))


def with_unit(value: Decimal | int, unit: str) -> str:
    """A value with its unit, held together on one line."""
    return f"{figure(value)}\N{NO-BREAK SPACE}{unit}" if unit else figure(value)


def euros(sum_: int) -> str:
    """Whole euros in words: "3.200 Euro"."""
    return translate_number("%(num)s euro", "%(num)s euros", sum_)


def money(innovation: Innovation) -> str:
    """What it costs, once and then in each year, with the words that were said to it."""
    once, yearly = innovation.cost_once, innovation.cost_yearly
    parts = []
    if once is not None:
        parts.append(_("%(sum)s to begin with", sum=euros(once)) if once else _("Free to begin"))
    if yearly is not None:
        parts.append(
            _("%(sum)s in each year", sum=euros(yearly)) if yearly else _("nothing in later years")
        )
    return ", ".join(map(str, parts))


def parts_in_words(detail: str | None) -> str:
    """What an edit changed, as the act carries it ("text costs")."""
    words = {
        "text": _("description"),
        "topics": _("topics"),
        "costs": _("costs"),
        "needs": _("what is needed"),
        "lessons": _("lessons"),
        "contact": _("contact"),
    }
    return ", ".join(str(words[part]) for part in (detail or "").split() if part in words)


def message(series: Series) -> str:
    """What the values say, in one sentence; the title of their drawing."""
    name, last, target = series.indicator.name, series.last, series.indicator.target
    if last is None:
        return name
    if target is not None:
        return _towards(series, last, target)
    return _moved(series, last)


def _towards(series: Series, last: Value, target: Decimal) -> str:
    name, start = series.indicator.name, series.start or Decimal(0)
    is_rising = target >= start
    if last.value >= target if is_rising else last.value <= target:
        return str(_("%(name)s: the target is reached", name=name))
    share = (last.value - start) / (target - start) if target != start else Decimal(0)
    if share <= 0:
        return str(_("%(name)s: not yet nearer to the target", name=name))
    part = int(share * PERCENT)
    return str(_("%(name)s: %(part)s percent of the way to the target", name=name, part=part))


def _moved(series: Series, last: Value) -> str:
    name, start = series.indicator.name, series.start
    values = {"name": name, "last": with_unit(last.value, series.indicator.unit)}
    if start is None or start == last.value:
        return str(_("%(name)s: %(last)s", **values))
    values["first"] = figure(start)
    if last.value > start:
        return str(_("%(name)s: up from %(first)s to %(last)s", **values))
    return str(_("%(name)s: down from %(first)s to %(last)s", **values))


def in_words(series: Series) -> str:
    """The drawing for those who do not see it: from when to when, from what to what."""
    first, last, unit = series.values[0], series.values[-1], series.indicator.unit
    if len(series.values) == 1:
        return str(
            _(
                "%(name)s: %(value)s on %(day)s.",
                name=series.indicator.name,
                value=with_unit(first.value, unit),
                day=show_date(first.on),
            )
        )
    parts = [
        _(
            "%(name)s: from %(first)s on %(begin)s to %(last)s on %(end)s.",
            name=series.indicator.name,
            first=with_unit(first.value, unit),
            begin=show_date(first.on),
            last=with_unit(last.value, unit),
            end=show_date(last.on),
        )
    ]
    if series.indicator.baseline is not None:
        parts.append(_("Before: %(value)s.", value=with_unit(series.indicator.baseline, unit)))
    if series.indicator.target is not None:
        parts.append(_("Target: %(value)s.", value=with_unit(series.indicator.target, unit)))
    return " ".join(map(str, parts))


def fault_words(fault: Fault) -> str:
    """What is wrong in a line of a table."""
    return str(_(fault.message, **fault.values))
