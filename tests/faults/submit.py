"""Submits ideas one by one, to be watched by strace: `python -m tests.faults.submit 40 FULL`."""

from __future__ import annotations

import sys

from civic.app import create_app
from civic.core import database
from civic.core.db import db
from civic.ideas import service
from tests.make import BODY, make_municipality, make_topic, make_user


def main(number: int, synchronous: str) -> None:
    app = create_app()
    database.SQLITE_PRAGMAS = (*database.SQLITE_PRAGMAS, f"PRAGMA synchronous={synchronous}")
    with app.app_context():
        town, topic = make_municipality(), make_topic()
        people = [make_user() for _ in range(number // 20 + 1)]
        for n in range(number):
            service.submit_idea(
                people[n // 20],
                town,
                title=f"Bank Nummer {n} am Weg",
                body=BODY,
                place="",
                slugs=[topic.slug],
            )
        db.session.remove()
        db.engine.dispose()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
