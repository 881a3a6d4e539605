"""Projects with people around them, for the tests of pages."""

import pytest

from civic.accounts.models import Role
from civic.core.db import db
from tests.make import make_idea, make_municipality, make_topic, make_user
from tests.make_projects import make_opening, make_project


@pytest.fixture
def scene(app):
    """A project with its team, a resident, a case worker and others, by name."""
    with app.app_context():
        town = make_municipality("Moosbach", slug="moosbach")
        lead, member = make_user("Lea Leitung"), make_user("Mia Mit")
        idea = make_idea(municipality=town)
        project = make_project(lead, town, ideas=[idea], members=[member])
        opening = make_opening(project, title="Jemand, der fotografiert")
        people = {
            "lead": lead,
            "member": member,
            "resident": make_user("Rita Resi"),
            "staff": make_user(roles=[(Role.STAFF, town)]),
            "staff_elsewhere": make_user(roles=[(Role.STAFF, make_municipality())]),
        }
        topic = make_topic("bildung")
        db.session.commit()
        ids = {name: user.id for name, user in people.items()}
        return ids | {
            "idea": idea.id,
            "project": project.id,
            "opening": opening.id,
            "topic": topic.slug,
            "base": f"/projekte/{project.id}",
            "url": f"/projekte/{project.id}-buecherei-am-abend",
        }


@pytest.fixture
def proposed(app):
    """A project that waits for the word of its municipality."""
    with app.app_context():
        town = make_municipality("Lindfurt", approves_projects=True)
        staff = make_user(roles=[(Role.STAFF, town)])
        project = make_project(municipality=town)
        db.session.commit()
        return {
            "base": f"/projekte/{project.id}",
            "url": f"/projekte/{project.id}-buecherei-am-abend",
            "id": project.id,
            "lead": project.author_id,
            "staff": staff.id,
            "resident": make_user().id,
        }
