"""What happens to ideas: one by one (`commands`), and a whole conversation at once (`intake`)."""

from civic.ideas.service.commands import (
    ANSWERS,
    decide_idea,
    discard_draft,
    edit_idea,
    forget_author,
    render_anew,
    save_draft,
    submit_idea,
    tell_supporters,
    withdraw_idea,
)
from civic.ideas.service.intake import import_conversation

__all__ = [
    "ANSWERS",
    "decide_idea",
    "discard_draft",
    "edit_idea",
    "forget_author",
    "import_conversation",
    "render_anew",
    "save_draft",
    "submit_idea",
    "tell_supporters",
    "withdraw_idea",
]
