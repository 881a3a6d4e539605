"""Commands and jobs of the room."""

from __future__ import annotations

from sqlalchemy import select

from civic.core.db import db
from civic.organisations import jobs
from civic.organisations.models import Organisation
from tests.make_organisations import make_organisation


def test_descriptions_are_rendered_anew(app):
    with app.app_context():
        make_organisation(description="**fett**", renderer_version=0, description_html="")
        db.session.commit()
    result = app.test_cli_runner().invoke(args=["organisations", "render"])
    assert (result.exit_code, result.output) == (0, "1 texts rendered anew.\n")
    with app.app_context():
        [html] = db.session.scalars(select(Organisation.description_html))
    assert "<strong>" in html


def test_every_schedule_has_its_job(inside):
    assert {schedule.kind for schedule in jobs.SCHEDULES} == jobs.JOBS.keys()
    for job in jobs.JOBS.values():
        job({"window": "2026-11-22"})
