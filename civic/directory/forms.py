"""The filters of the directory."""

from __future__ import annotations

from wtforms import BooleanField, SelectField
from wtforms.validators import Optional

from civic.core.forms import Form, Line
from civic.core.language import N_
from civic.municipalities.forms import PlaceField


class FilterForm(Form):
    """They stand in the address, so it carries no token."""

    class Meta(Form.Meta):
        csrf = False

    q = Line(N_("Search word"), [Optional()], max_length=100)
    kommune = PlaceField(N_("Municipality"), [Optional()], nothing=N_("All municipalities"))
    art = SelectField(N_("Kind"), coerce=str, validators=[Optional()], validate_choice=False)
    bestaetigt = BooleanField(N_("Only those that their municipality has confirmed"))
