"""Fields for measured values, written as people write them."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from wtforms import StringField

from civic.core.errors import RuleBroken
from civic.core.forms import Line
from civic.core.language import error_text
from civic.innovations import reader


class Number(Line):
    """A line that holds a number; `data` is the number, or None where nothing was written."""

    #: Makes the number of what was written, or raises `RuleBroken`.
    read: Callable[[str], Any]

    def __init__(self, label: str, validators: Any = (), **kw: Any) -> None:
        StringField.__init__(self, label, validators, **kw)  # what is read needs no length
        self.max_length = reader.LONGEST_NUMBER

    def process_formdata(self, valuelist: list[str]) -> None:
        """Raises `ValueError` with words for the person, which WTForms puts beside the field."""
        if not valuelist:
            return
        self.data = None
        if said := valuelist[0].strip():
            try:
                self.data = type(self).read(said)
            except RuleBroken as broken:
                raise ValueError(error_text(broken)) from broken

    def _value(self) -> str:
        """What was written, however wrong; else the number as it would be written."""
        if self.raw_data:
            return str(self.raw_data[0])
        return self.written(self.data) if self.data is not None else ""

    @staticmethod
    def written(value: Any) -> str:
        return str(value)


class Figure(Number):
    """A measured value, with a comma before its decimals."""

    read = staticmethod(reader.read_number)

    @staticmethod
    def written(value: Decimal) -> str:
        return reader.write_number(value)
