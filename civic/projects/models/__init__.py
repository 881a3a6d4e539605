"""A project, its team and what it looks for, its plan, its posts and decisions."""

from civic.projects.models.project import (
    LIVING,
    Project,
    ProjectDraft,
    ProjectReminder,
    ProjectState,
    TeamMember,
    TeamRole,
)
from civic.projects.models.team import (
    Opening,
    OpeningState,
    TeamInvitation,
    TeamRequest,
)
from civic.projects.models.work import (
    Decision,
    Milestone,
    MilestoneState,
    ProjectPost,
    Task,
)

__all__ = [
    "LIVING",
    "Decision",
    "Milestone",
    "MilestoneState",
    "Opening",
    "OpeningState",
    "Project",
    "ProjectDraft",
    "ProjectPost",
    "ProjectReminder",
    "ProjectState",
    "Task",
    "TeamInvitation",
    "TeamMember",
    "TeamRequest",
    "TeamRole",
]
