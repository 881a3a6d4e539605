"""The door plate of the style guide; the roof moves it in for development and tests only."""

from __future__ import annotations

from civic.core.feature import Feature
from civic.styleguide import views

feature = Feature(name="styleguide", blueprint=views.bp)
