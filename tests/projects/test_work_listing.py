"""The pages of the work cost the same with ten rows and with a thousand."""

from datetime import timedelta

import pytest

from civic.core import clock, html
from civic.core.db import db
from civic.projects.models import (
    Decision,
    Milestone,
    MilestoneState,
    ProjectPost,
    Task,
)
from tests.ideas.test_listing import Queries
from tests.projects.scene import make_scene

DAY = timedelta(days=1)


@pytest.fixture
def filled(app):
    """A function that fills a project: so many tasks, news and decisions, up to 60 milestones."""

    def fill(number):
        with app.app_context():
            scene = make_scene()
            for n in range(number):
                db.session.add_all(_rows(scene, n, number))
            db.session.commit()
            first = db.session.query(ProjectPost).first()
            return scene.project.id, first.id, scene.member.id

    return fill


def _rows(scene, n, number):
    of = {"project_id": scene.project.id, "created_at": clock.now()}
    day = clock.today() + (n - number // 2) * DAY
    yield Task(title=f"Aufgabe {n}", owner_id=scene.member.id, due_on=day, **of)
    yield Task(title=f"Fertig {n}", done_at=clock.now() - n * DAY, **of)
    yield Decision(title=f"Beschluss {n}", body="Gemeinderat", decided_on=day, **of)
    yield ProjectPost(
        title=f"Nachricht {n}",
        body="Text",
        body_html="<p>Text</p>",
        renderer_version=html.RENDERER_VERSION,
        author_id=scene.member.id,
        municipality_id=scene.project.municipality_id,
        state="posted",
        published_at=clock.now() - n * DAY,
        is_inner=n % 2 == 1,
        **of,
    )
    if n < 60:
        yield Milestone(title=f"Meilenstein {n}", due_on=day, state=MilestoneState.PLANNED, **of)


@pytest.mark.parametrize("number", [10, 1000])
def test_query_budgets_do_not_grow(app, browser, filled, number):
    project, post, member = filled(number)
    public = (
        (f"/projekte/{project}/meilensteine", 8),
        (f"/projekte/{project}/nachrichten", 8),
        (f"/projekte/{project}/beschluesse", 8),
        (f"/projekte/nachrichten/{post}", 14),
        (f"/projekte/{project}-baenke-fuer-den-friedhofsweg", 14),
    )
    _hold(app, browser, public)
    browser.sign_in(member)
    inner = (
        (f"/projekte/{project}/innen", 18),
        (f"/projekte/{project}/aufgaben", 11),
        ("/konto/aufgaben", 8),
        (f"/projekte/{project}/kalender", 8),
    )
    _hold(app, browser, inner)


def _hold(app, browser, pages):
    for url, budget in pages:
        browser.get(url)
        with Queries(app) as sent:
            browser.get(url)
        assert sent.number <= budget, f"{url}: {sent.number}"
