"""The table of choices: for each category whether it is listed here, and when it is mailed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wtforms import BooleanField, SelectField

from civic.core.forms import Form
from civic.core.language import N_, translate
from civic.notifications.models import Category, Way
from civic.notifications.policy import CHOSEN, Preference

ON_PLATFORM = N_("Here on the platform")
BY_MAIL = N_("By e-mail")
#: What each category means, in a sentence.
HINTS: dict[Category, str] = {
    Category.MENTION: N_("Your name stands after an @ in a comment or a contribution."),
    Category.REPLY: N_("Comments on your contributions and replies to your comments."),
    Category.ANSWER: N_("The administration answers your contribution, or one that you follow."),
    Category.CHANGE: N_("A contribution that you follow gets a new text or is withdrawn."),
    Category.TALK: N_("Somebody comments on a contribution that you follow."),
    Category.NEW: N_("Something new is in a list whose search you keep."),
    Category.TERM: N_("An answer is overdue."),
    Category.TEAM: N_("Somebody asks to join, you are answered or given a task, a day comes near."),
}


class Row:
    """The two fields of a category."""

    def __init__(self, form: PreferencesForm, category: Category) -> None:
        self.category = category
        self.label = translate(category.label)
        self.hint = translate(HINTS[category])
        self.listed: Any = form[f"listed_{category.value}"]
        self.way: Any = form[f"way_{category.value}"]


class PreferencesForm(Form):
    """Two fields for each category, made below."""

    @classmethod
    def of(cls, chosen: Mapping[Category, Preference]) -> PreferencesForm:
        """The form, filled with what holds now."""
        data: dict[str, Any] = {}
        for category, wish in chosen.items():
            data[f"listed_{category.value}"] = wish.is_listed
            data[f"way_{category.value}"] = wish.way.value
        form = cls(data=data)
        for row in form.rows:
            row.way.choices = [(way.value, translate(way.label)) for way in Way]
        return form

    @property
    def rows(self) -> list[Row]:
        return [Row(self, category) for category in CHOSEN]

    @property
    def chosen(self) -> dict[Category, Preference]:
        return {row.category: Preference(Way(row.way.data), row.listed.data) for row in self.rows}


for _category in CHOSEN:
    setattr(PreferencesForm, f"listed_{_category.value}", BooleanField(ON_PLATFORM))
    setattr(PreferencesForm, f"way_{_category.value}", SelectField(BY_MAIL))
