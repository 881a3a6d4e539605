"""Door plate of the ideas."""

from civic.core.feature import Feature, Kind, NavItem, SavedList
from civic.core.language import N_
from civic.ideas import address, filters, jobs, policy, service, views
from civic.ideas.cli import ideas as commands
from civic.ideas.models import Idea

feature = Feature(
    name="ideas",
    blueprint=views.bp,
    kinds=(Kind(Idea, N_("Idea"), N_("Ideas"), address.url_of_idea, address.sign_of_idea),),
    verbs={
        "idea.submitted": N_("Idea submitted"),
        "idea.edited": N_("New version of the text"),
        "idea.withdrawn": N_("Withdrawn by the author"),
        "idea.open": N_("Open again"),
        "idea.in_review": N_("The administration is looking into it"),
        "idea.taken_up": N_("The administration takes the idea up"),
        "idea.declined": N_("The administration does not take the idea up"),
        "idea.done": N_("Done"),
        "idea.answer_due_soon": N_("The promised answer is due within a week"),
        "idea.answer_overdue": N_("The promised answer is overdue"),
    },
    notices={
        "idea.submitted": "new",
        "idea.edited": "change",
        "idea.withdrawn": "change",
        "idea.open": "change",
        "idea.in_review": "answer",
        "idea.taken_up": "answer",
        "idea.declined": "answer",
        "idea.done": "answer",
        "idea.answer_due_soon": "duty",
        "idea.answer_overdue": "term",
    },
    jobs=jobs.JOBS,
    schedules=jobs.SCHEDULES,
    rules=policy.RULES,
    saved_lists=(SavedList("ideas.index", filters.NAMES, filters.describe, filters.among),),
    nav=(NavItem(N_("Ideas"), "ideas.index", 10),),
    globals={
        "answer_term": address.answer_term,
        "idea_steps": address.idea_steps,
        "reason_words": address.reason_words,
    },
    cli=(commands,),
    forget=service.forget_author,
)
