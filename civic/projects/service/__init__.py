"""What happens to projects, one subject a file; this is the door to all of them."""

from civic.projects.service.calendar import close_calendar, open_calendar
from civic.projects.service.decisions import CHANGED as DECISION_CHANGED
from civic.projects.service.decisions import DECIDED as DECISION_RECORDED
from civic.projects.service.decisions import REMOVED as DECISION_REMOVED
from civic.projects.service.decisions import (
    Wording,
    edit_decision,
    record_decision,
    remove_decision,
)
from civic.projects.service.due import remind_of_tasks
from civic.projects.service.invitations import (
    accept_invitation,
    decline_invitation,
    forget_expired,
    invite,
    resend_invitation,
    revoke_invitation,
)
from civic.projects.service.leaving import forget_person
from civic.projects.service.openings import Wanted, add_opening, edit_opening, settle_opening
from civic.projects.service.outline import Outline
from civic.projects.service.plan import (
    add_milestone,
    add_task,
    edit_milestone,
    edit_task,
    finish_task,
    remove_milestone,
    remove_task,
    reopen_milestone,
    reopen_task,
    settle_milestone,
)
from civic.projects.service.posts import (
    add_post,
    edit_post,
    forget_posts,
    remove_post,
    render_posts_anew,
)
from civic.projects.service.projects import (
    begin_project,
    discard_draft,
    edit_project,
    propose_again,
    render_anew,
    save_draft,
)
from civic.projects.service.requests import answer_request, ask_to_join, withdraw_request
from civic.projects.service.steps import (
    approve_project,
    complete_project,
    end_project,
    name_contact,
    pause_project,
    refuse_project,
    resume_project,
    start_project,
    write_lessons,
)
from civic.projects.service.succession import appoint_heirs
from civic.projects.service.team import (
    describe_self,
    give_lead,
    join_team,
    leave_team,
    remove_member,
    step_down,
)
from civic.projects.service.terms import remind_of_approvals

__all__ = [
    "DECISION_CHANGED",
    "DECISION_RECORDED",
    "DECISION_REMOVED",
    "Outline",
    "Wanted",
    "Wording",
    "accept_invitation",
    "add_milestone",
    "add_opening",
    "add_post",
    "add_task",
    "answer_request",
    "appoint_heirs",
    "approve_project",
    "ask_to_join",
    "begin_project",
    "close_calendar",
    "complete_project",
    "decline_invitation",
    "describe_self",
    "discard_draft",
    "edit_decision",
    "edit_milestone",
    "edit_opening",
    "edit_post",
    "edit_project",
    "edit_task",
    "end_project",
    "finish_task",
    "forget_expired",
    "forget_person",
    "forget_posts",
    "give_lead",
    "invite",
    "join_team",
    "leave_team",
    "name_contact",
    "open_calendar",
    "pause_project",
    "propose_again",
    "record_decision",
    "refuse_project",
    "remind_of_approvals",
    "remind_of_tasks",
    "remove_decision",
    "remove_member",
    "remove_milestone",
    "remove_post",
    "remove_task",
    "render_anew",
    "render_posts_anew",
    "reopen_milestone",
    "reopen_task",
    "resend_invitation",
    "resume_project",
    "revoke_invitation",
    "save_draft",
    "settle_milestone",
    "settle_opening",
    "start_project",
    "step_down",
    "withdraw_request",
    "write_lessons",
]
