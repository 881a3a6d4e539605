"""Shape of indicators, of single values and of whole tables."""

from __future__ import annotations

from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField
from wtforms.validators import InputRequired, Optional

from civic.core.forms import Day, Form, Line
from civic.core.language import N_
from civic.innovations.forms.fields import Figure
from civic.innovations.reader import Row


class IndicatorForm(Form):
    """What is measured, and how."""

    name = Line(
        N_("What is measured?"),
        [InputRequired(_l("Please say what is measured."))],
        max_length=120,
        description=N_("For example: people helped in a month"),
    )
    unit = Line(
        N_("Unit"),
        [Optional()],
        max_length=30,
        description=N_("For example %, minutes or euros. Empty for a plain number."),
    )
    baseline = Figure(
        N_("What was it before?"),
        [Optional()],
        description=N_("The value before you began, if it is known"),
    )
    target = Figure(
        N_("What shall it become?"), [Optional()], description=N_("The value that you aim at")
    )
    source = Line(
        N_("How is it counted?"),
        [Optional()],
        max_length=200,
        description=N_("So that others can count in the same way. For example: tally in the shop"),
    )


class ValueForm(Form):
    """The value of one day."""

    measured_on = Day(
        N_("Day"),
        [InputRequired(_l("Please give the day."))],
        description=N_("For example 31.01.2026"),
    )
    value = Figure(N_("Value"), [InputRequired(_l("Please give the value."))])
    note = Line(N_("Remark"), [Optional()], max_length=200)
    replace = BooleanField(N_("Replace a value of the same day"))

    def row(self) -> Row:
        """What the service takes, once the form is found in order."""
        value = self.value.data or Decimal(0)
        return Row(0, self.measured_on.data, value, self.note.data or "")


class TableForm(Form):
    """Many values at once."""

    file = FileField(
        N_("Table with values (CSV)"),
        [FileRequired(_l("Please choose a file."))],
        description=N_("At most 1,000 lines and 200 KB"),
    )
    replace = BooleanField(N_("Replace values of the same days"))
