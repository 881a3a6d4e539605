"""Things of the demo that the tours visit: words in braces of `tours.py`, and where they stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from tests.browser.server import DATABASE, Server

IDEA = "SELECT id FROM contribution WHERE kind = 'idea' AND hidden_at IS NULL AND {}"
COMMENT = (
    "SELECT comment.id FROM comment JOIN contribution USING (id) "
    "WHERE state = 'posted' AND {} ORDER BY comment.id DESC"
)
THING = "SELECT id FROM contribution WHERE kind = '{}' AND title = '{}'"
ROW = "SELECT id FROM {} WHERE {}_id = ({}) AND {}"
PERSON = "SELECT id FROM user WHERE email = '{}@example.org'"
ORGANISATION = "SELECT id FROM organisation WHERE name = '{}'"
PILOT = "SELECT pilot.id FROM pilot JOIN contribution ON contribution.id = contribution_id WHERE {}"
PICTURE = (
    "SELECT attachment.id FROM attachment JOIN project_post "
    "ON project_post.id = contribution_id WHERE kind = 'image' AND project_id = ({})"
)
VALUE = (
    "SELECT measurement.id FROM measurement JOIN indicator "
    "ON indicator.id = indicator_id WHERE innovation_id = ({})"
)
PROJECT = THING.format("project", "Drei lange Abende in der Bücherei")
LOOKING = THING.format("project", "Defibrillatoren: eine Karte und Menschen, die losgehen")
OWN = ORGANISATION.format("Förderverein Stadtbücherei Lindfurt e. V.")
SHARED = THING.format("innovation", "Digitale Sprechstunde im Dorfladen")
KEPT = THING.format("innovation", "Wartezeit im Bürgerbüro schon zu Hause sehen")

QUESTIONS = {
    "talk": IDEA.format("1 ORDER BY comment_count DESC, id"),
    "changed": IDEA.format("version > 1 ORDER BY id"),
    "declined": IDEA.format("state = 'declined' ORDER BY id"),
    "withdrawn": IDEA.format("state = 'withdrawn' ORDER BY id"),
    "open": IDEA.format("state = 'open' AND municipality_id = 3 ORDER BY id"),
    "quiet": IDEA.format("comment_count = 0 ORDER BY id"),
    "hidden": "SELECT id FROM contribution WHERE kind = 'idea' AND hidden_as = 'moderated'",
    "comment": COMMENT.format("hidden_at IS NULL AND parent_id IS NULL"),
    "hidden_comment": COMMENT.format("hidden_as = 'moderated'"),
    "blocked_comment": COMMENT.format("hidden_as = 'blocked'"),
    "topic": "SELECT id FROM topic WHERE municipality_id IS NULL ORDER BY id",
    "told": "SELECT contribution_id FROM notice JOIN user ON user.id = user_id "
    "WHERE email = 'einwohnerin@example.org' ORDER BY notice.id DESC",
    # The project that verein@example.org leads, and others.
    "project": PROJECT,
    "open_team": THING.format("project", "Mitfahrbank am Dorfladen"),
    "looking": LOOKING,
    "wanted": ROW.format("opening", "project", LOOKING, "state = 'open'"),
    "proposed": "SELECT id FROM contribution WHERE kind = 'project' AND state = 'proposed'",
    "paused": "SELECT id FROM contribution WHERE kind = 'project' AND state = 'paused'",
    "ended": "SELECT id FROM contribution WHERE kind = 'project' AND state = 'ended'",
    "opening": ROW.format("opening", "project", PROJECT, "state = 'open'"),
    "asked": ROW.format("team_request", "project", PROJECT, "state = 'open'"),
    "mate": PERSON.format("selin"),
    "milestone": ROW.format("milestone", "project", PROJECT, "state = 'planned'"),
    "reached": ROW.format("milestone", "project", PROJECT, "state = 'reached'"),
    "task": ROW.format("task", "project", PROJECT, "done_at IS NULL"),
    "decision": ROW.format("decision", "project", PROJECT, 1),
    "post": ROW.format("project_post", "project", PROJECT, "1 ORDER BY id DESC"),
    "file": PICTURE.format(PROJECT),
    # Organisations.
    "organisation": OWN,
    "applicant": ROW.format("organisation_request", "organisation", OWN, "state = 'open'"),
    "fellow": PERSON.format("gerda"),
    "network": ORGANISATION.format("Netzwerk Lebendige Dörfer Mittelwald"),
    "doubted": ORGANISATION.format("Hochschule Mittelwald, Institut für Dorf und Stadt"),
    # Test beds, and what is tried there.
    "full": "SELECT id FROM contribution WHERE kind = 'testbed' AND state = 'full'",
    "free": THING.format("testbed", "Stadtbücherei Lindfurt nach Ladenschluss"),
    "line": THING.format("testbed", "Rufbuslinie 7: Neues im laufenden Betrieb testen"),
    "pilot": PILOT.format("pilot.state = 'finished'"),
    "waiting": PILOT.format("pilot.state = 'applied'"),
    "running": ROW.format("pilot", "contribution", PROJECT, 1),
    # The register; verwaltung@example.org keeps some of it.
    "innovation": SHARED,
    "indicator": ROW.format("indicator", "innovation", SHARED, 1),
    "lost": "SELECT id FROM contribution WHERE kind = 'innovation' AND state = 'ended'",
    "kept": KEPT,
    "kept_indicator": ROW.format("indicator", "innovation", KEPT, 1),
    "kept_value": VALUE.format(KEPT),
    "adopted": THING.format("innovation", "Digitale Sprechstunde in drei Stadtteilbüros"),
    "need": "SELECT id FROM contribution WHERE kind = 'exchange' AND state = 'wanted'",
    "offer": THING.format("exchange", "Zehn Tablets in gutem Zustand abzugeben"),
}


def landmarks(live: Server) -> dict[str, str]:
    """The numbers of all these things."""
    with closing(sqlite3.connect(live.instance / DATABASE)) as connection:
        found = {name: connection.execute(ask).fetchone() for name, ask in QUESTIONS.items()}
    missing = [name for name, row in found.items() if row is None]
    assert not missing, f"The demo has nothing for {missing}"
    return {name: str(row[0]) for name, row in found.items()}
