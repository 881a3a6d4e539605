"""Pages of projects, one subject a file; importing them puts their addresses on the blueprint."""

from civic.projects.views import (
    calendar,
    decisions,
    lists,
    openings,
    plan,
    posts,
    projects,
    requests,
    steps,
    team,
    work,
)
from civic.projects.views.room import bp

__all__ = [
    "bp",
    "calendar",
    "decisions",
    "lists",
    "openings",
    "plan",
    "posts",
    "projects",
    "requests",
    "steps",
    "team",
    "work",
]
