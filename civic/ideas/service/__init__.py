"""What happens to ideas: one by one (`commands`), by the clock (`terms`), at once (`intake`)."""

from civic.ideas.service.commands import (
    ANSWERS,
    decide_idea,
    discard_draft,
    edit_idea,
    forget_author,
    render_anew,
    save_draft,
    submit_idea,
    withdraw_idea,
)
from civic.ideas.service.intake import import_conversation
from civic.ideas.service.terms import remind_of_terms

__all__ = [
    "ANSWERS",
    "decide_idea",
    "discard_draft",
    "edit_idea",
    "forget_author",
    "import_conversation",
    "remind_of_terms",
    "render_anew",
    "save_draft",
    "submit_idea",
    "withdraw_idea",
]
